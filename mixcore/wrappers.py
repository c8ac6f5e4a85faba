"""Wrappers around methods: Sometimes, OneOf, PerBatch. They are methods themselves.

They replace the probability, switch and mode arguments that other libraries carry in every
method. A Plan made of parts keeps each part's rows and fast path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from mixcore import pair
from mixcore.batch import Batch
from mixcore.plan import Plan
from mixcore.region import Region, Whole
from mixcore.rng import Rng, streams
from mixcore.warp import Window


class Recipe(Protocol):
    """Anything that plans: a method or a wrapper around methods."""

    def plan(self, batch: Batch, rng: Rng) -> Plan: ...


class Parts(Region):
    """Sample i's region is that of plan owner[i]; each plan is as long as the batch."""

    def __init__(self, plans: Sequence[Plan], owner: np.ndarray) -> None:
        self.plans, self.owner = plans, owner
        self.size = plans[0].region.size
        self.bent = any(p.warp is not None or p.region.bent for p in plans)
        self._owner = owner.tolist()

    def __len__(self) -> int:
        return len(self.owner)

    def area(self) -> np.ndarray:
        return np.choose(self.owner, [p.region.area() for p in self.plans])

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        full = torch.empty(len(self), 1, *self.size, device=device)
        for rows, plan in self._used():
            full[torch.from_numpy(rows).to(device)] = plan.region.rows(rows).mask(device).float()
        return full

    def rows(self, rows: np.ndarray) -> Parts:
        return Parts([p.rows(rows) for p in self.plans], self.owner[rows])

    def at(self, height: int, width: int) -> Parts:
        return Parts([p.at(height, width) for p in self.plans], self.owner)

    def window(self, i: int) -> Window:
        return self.plans[self._owner[i]].region.window(i)

    def piece(self, row: Tensor, i: int) -> Tensor:
        plan = self.plans[self._owner[i]]
        return plan.piece(plan.region, row, i)

    def put(self, out: Tensor, a: Tensor, piece: Tensor, i: int) -> None:
        self.plans[self._owner[i]].region.put(out, a, piece, i)

    def blend(self, a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
        mixed = []
        for rows, plan in self._used():
            chosen = torch.from_numpy(rows).to(a.device)
            mixed.append((chosen, plan.region.rows(rows).blend(a[chosen], b[chosen])))
        whole = torch.cat([part for _, part in mixed])
        back = torch.cat([chosen for chosen, _ in mixed]).argsort()
        result = whole.index_select(0, back)
        return result if out is None else out.copy_(result)

    def _used(self) -> list[tuple[np.ndarray, Plan]]:
        owned = [(np.flatnonzero(self.owner == k), plan) for k, plan in enumerate(self.plans)]
        return [(rows, plan) for rows, plan in owned if len(rows)]


def together(plans: Sequence[Plan], owner: np.ndarray, index: np.ndarray) -> Plan:
    """One Plan whose sample i is that of plans[owner[i]], all with the same partners."""

    def chosen(values: list[Tensor | None]) -> np.ndarray:
        nan = np.full(len(owner), np.nan)
        return np.choose(owner, [nan if v is None else v.numpy() for v in values])

    lam = chosen([p.lam for p in plans])
    return Plan(
        index,
        Parts(plans, owner),
        lam=None if np.isnan(lam).all() else lam,
        w_a=chosen([p.w_a for p in plans]),
        w_b=chosen([p.w_b for p in plans]),
    )


@dataclass(frozen=True)
class OneOf:
    """Each sample gets one of the recipes, with these odds (equal if not given).

    Partners are drawn once for the batch, so the recipes share them. lam is nan for a sample
    whose recipe drew none.
    """

    recipes: tuple[Recipe, ...]
    odds: tuple[float, ...] | None = None

    def __init__(self, *recipes: Recipe, odds: Sequence[float] | None = None) -> None:
        object.__setattr__(self, "recipes", recipes)
        object.__setattr__(self, "odds", None if odds is None else tuple(odds))
        if not recipes:
            raise ValueError("OneOf needs at least one recipe, got none.")
        if odds is not None and (len(odds) != len(recipes) or min(odds) < 0 or sum(odds) <= 0):
            raise ValueError(
                f"OneOf.odds must be one number >= 0 a recipe, with a sum > 0, got {odds!r}."
            )

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        """A Plan of parts; each recipe draws from streams of its own."""
        random = streams(rng)
        odds = np.asarray(self.odds or (1,) * len(self.recipes), float)
        draw = random.stage("which").random(len(batch))
        owner = np.searchsorted(np.cumsum(odds / odds.sum()), draw, side="right")
        owner = np.minimum(owner, len(odds) - 1)  # the odds may sum to a hair under 1
        batch = batch.giving(index=pair.shuffle(batch, random))
        plans = [r.plan(batch, random.child(str(k))) for k, r in enumerate(self.recipes)]
        return together(plans, owner, batch.given["index"])


@dataclass(frozen=True)
class Sometimes:
    """The recipe with probability p a sample; the others keep their image and label whole."""

    recipe: Recipe
    p: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.p <= 1:
            raise ValueError(f"Sometimes.p must be in [0, 1], got {self.p!r}.")

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        """A Plan in which the samples left alone have lam = 1."""
        random = streams(rng)
        mixed = self.recipe.plan(batch, random.child("recipe"))
        index = mixed.index.numpy()
        alone = Plan(index, Whole(np.ones(len(batch)), batch.size), lam=np.ones(len(batch)))
        owner = (random.stage("which").random(len(batch)) >= self.p).astype(np.int64)
        return together([mixed, alone], owner, index)


@dataclass(frozen=True)
class PerBatch:
    """The recipe with one draw for the whole batch: every sample gets the first one's lam and
    region, as many released codes do. Partners stay a matter of each sample."""

    recipe: Recipe

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        """A Plan whose rows differ only in their partners."""
        plan = self.recipe.plan(batch, rng)
        return plan.rows(np.zeros(len(batch), np.int64), index=plan.index.numpy())
