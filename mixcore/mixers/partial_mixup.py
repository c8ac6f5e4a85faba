"""Partial Mixup of MIX-KD: a share of each batch stays mixed, the rest is whole again.

Choi, Jeon, Shukla, Turaga, "Understanding the Role of Mixup in Knowledge Distillation: An Empirical
Study", WACV 2023. So lam has an atom: it is 1 for most samples, and Beta(1, 1) for the others.

Paper and code differ. The code draws whose lam is set to 1 with replacement, so that many are hit
twice: where 10 % should stay mixed, about 41 % do. The code also shuffles the batch twice, for the
sample and for its partner; as pairs that is one permutation, and rows come in another order, which
no loss that is a mean sees. Here each sample stays in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixcore.batch import Batch
from mixcore.combine import combine_plans
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan
from mixcore.regions.shapes import Whole
from mixcore.rng import Rng, make_streams
from mixcore.wrappers import Recipe, check_recipe

EXACT, RELEASED = "exact", "as released"
COUNTS = (EXACT, RELEASED)


def draw_mixed(n: int, share: float, random: np.random.Generator, count: str = EXACT) -> np.ndarray:
    """Whether each of n samples stays mixed, bool (n,).

    Args:
        n: samples.
        share: that should stay mixed, in [0, 1].
        random: draws which.
        count: "exact": round(share * n) of them; "as released": all but int((1 - share) * n) rows
            that are drawn with replacement, and so far more of them.

    Raises:
        ValueError: for a share outside [0, 1] and an unknown count.

    Example:
        >>> import numpy as np
        >>> from mixcore.mixers.partial_mixup import draw_mixed
        >>> int(draw_mixed(64, 0.1, np.random.default_rng(0)).sum())
        6
        >>> int(draw_mixed(64, 0.1, np.random.default_rng(0), "as released").sum())
        30
    """
    _check(share, count)
    mixed = np.ones(n, bool)
    whole = n - round(share * n)
    if count == EXACT:
        mixed[random.permutation(n)[:whole]] = False
    else:
        mixed[random.integers(n, size=int((1 - share) * n))] = False
    return mixed


def expect_mixed(n: int, share: float, count: str = EXACT) -> float:
    """The share of n samples that stays mixed, on average.

    As released a sample stays mixed where none of m = int((1 - share) * n) draws hits it:
    (1 - 1 / n) ** m, which for large n is exp(share - 1).

    Raises:
        ValueError: as `draw_mixed`.

    Example:
        >>> from mixcore.mixers.partial_mixup import expect_mixed
        >>> round(expect_mixed(64, 0.1), 3), round(expect_mixed(64, 0.1, "as released"), 3)
        (0.094, 0.408)
    """
    _check(share, count)
    if count == EXACT:
        return round(share * n) / n
    return float((1 - 1 / n) ** int((1 - share) * n))


@dataclass(frozen=True)
class PartlyMixed:
    """The recipe for a share of each batch; the other samples keep their image and label whole.

    Unlike Sometimes, which tosses a coin a sample, the number is exact in every batch.

    Args:
        recipe: a method or wrapper.
        share: that stays mixed, in [0, 1].
        count: "exact", or "as released", by which far more stay mixed.

    Raises:
        TypeError: for what is no recipe.
        ValueError: for a share outside [0, 1] and an unknown count.

    Example:
        >>> import mixcore, torch
        >>> from mixcore.mixers.partial_mixup import PartlyMixed
        >>> recipe = PartlyMixed(mixcore.method("mixup"), 0.25)
        >>> plan = recipe.plan(mixcore.Batch(torch.rand(8, 1, 8, 8)), rng=0)
        >>> int((plan.w_a == 1).sum())
        6
    """

    recipe: Recipe
    share: float = 0.1
    count: str = EXACT

    def __post_init__(self) -> None:
        check_recipe(self.recipe, "PartlyMixed")
        _check(self.share, self.count)

    def plan(self, batch: Batch, rng: Rng) -> AnyPlan:
        """A Plan in which the samples left alone have lam = 1."""
        random = make_streams(rng)
        mixed = self.recipe.plan(batch, random.child("recipe"))
        return leave_whole(mixed, batch, draw_mixed(
            len(batch), self.share, random.stage("partial"), self.count
        ))  # fmt: skip


def leave_whole(plan: AnyPlan, batch: Batch, mixed: np.ndarray) -> AnyPlan:
    """The plan for the samples where `mixed` (b,) is true; the others are whole, with lam = 1."""
    index = plan.index.numpy() if isinstance(plan, Plan) else np.arange(len(batch))
    ones = np.ones(len(batch))
    alone = Plan(index, Whole(ones, batch.size), lam=ones)
    return combine_plans([plan, alone], (~mixed).astype(np.int64))


def _check(share: float, count: str) -> None:
    if not 0 <= share <= 1:
        raise ValueError(f"The share that stays mixed must be in [0, 1], got {share!r}.")
    if count not in COUNTS:
        raise ValueError(f"count must be one of {', '.join(map(repr, COUNTS))}, got {count!r}.")
