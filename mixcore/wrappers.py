"""Wrappers around methods: Sometimes, OneOf, PerBatch, Paired. They are recipes themselves.

They replace the probability, switch and mode arguments that other libraries carry in every
method. A Plan made of parts keeps each part's rows and fast path.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from mixcore import pair
from mixcore.batch import Batch
from mixcore.combine import combine_plans
from mixcore.pairings import PAIRINGS
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan
from mixcore.regions.shapes import Whole
from mixcore.rng import Rng, make_streams


class Recipe(Protocol):
    """Anything that plans: a method or a wrapper around methods."""

    def plan(self, batch: Batch, rng: Rng) -> AnyPlan: ...


def check_recipe(recipe: Any, owner: str) -> None:
    """TypeError unless this is a recipe, with what to write instead."""
    if isinstance(recipe, str):
        raise TypeError(f"{owner} takes recipes, got {recipe!r}: mixcore.method({recipe!r}).")
    if isinstance(recipe, type):
        raise TypeError(
            f"{owner} takes recipes, got the class {recipe.__name__}: {recipe.__name__}()."
        )
    if not callable(getattr(recipe, "plan", None)):
        raise TypeError(
            f"{owner} takes recipes, such as mixcore.method('cutmix'), got {recipe!r}; several "
            "are one by mixcore.OneOf."
        )


@dataclass(frozen=True)
class OneOf:
    """Each sample gets one of the recipes, with these odds (equal if not given).

    Partners are drawn once for the batch, so the recipes share them, but for those that choose
    their own: Paired ones, and methods whose idea is their pairing, such as C-Mixup. Paired around
    OneOf pairs for all of them, and is faster. lam is nan for a sample whose recipe drew none. A
    batch is mixed at one layer: recipes that draw a layer must be declared with the same single
    one.

    Args:
        *recipes: one or more methods or wrappers.
        odds: one number >= 0 a recipe, with a sum > 0; equal ones where it is None.

    Raises:
        TypeError: for what is no recipe.
        ValueError: for no recipe, and for odds that do not fit.

    Example:
        >>> import mixcore
        >>> recipe = mixcore.OneOf(mixcore.method("mixup"), mixcore.method("cutmix"), odds=(1, 3))
        >>> mixer = mixcore.Mixer(recipe, num_classes=10)
    """

    recipes: tuple[Recipe, ...]
    odds: tuple[float, ...] | None = None

    def __init__(self, *recipes: Recipe, odds: Sequence[float] | None = None) -> None:
        object.__setattr__(self, "recipes", recipes)
        object.__setattr__(self, "odds", None if odds is None else tuple(odds))
        if not recipes:
            raise ValueError("OneOf needs at least one recipe, got none.")
        for recipe in recipes:
            check_recipe(recipe, "OneOf")
        if odds is not None and (len(odds) != len(recipes) or min(odds) < 0 or sum(odds) <= 0):
            raise ValueError(
                f"OneOf.odds must be one number >= 0 a recipe, with a sum > 0, got {odds!r}."
            )

    def plan(self, batch: Batch, rng: Rng) -> AnyPlan:
        """A Plan of parts; each recipe draws from streams of its own."""
        random = make_streams(rng)
        odds = np.asarray(self.odds or (1,) * len(self.recipes), float)
        draw = random.stage("which").random(len(batch))
        owner = np.searchsorted(np.cumsum(odds / odds.sum()), draw, side="right")
        owner = np.minimum(owner, len(odds) - 1)  # the odds may sum to a hair under 1
        batch = batch.paired(
            pair.shuffle_batch(batch, random), proposed=batch.partners is None or batch.proposed
        )
        plans = [r.plan(batch, random.child(str(k))) for k, r in enumerate(self.recipes)]
        return combine_plans(plans, owner)


@dataclass(frozen=True)
class Sometimes:
    """The recipe with probability p a sample; the others keep their image and label whole.

    Args:
        recipe: a method or wrapper.
        p: probability that a sample is mixed, in [0, 1].

    Raises:
        TypeError: for what is no recipe.
        ValueError: for p outside [0, 1].

    Example:
        >>> import mixcore
        >>> recipe = mixcore.Sometimes(mixcore.method("cutmix"), p=0.5)
        >>> mixer = mixcore.Mixer(recipe, num_classes=10)
    """

    recipe: Recipe
    p: float = 0.5

    def __post_init__(self) -> None:
        check_recipe(self.recipe, "Sometimes")
        if not 0 <= self.p <= 1:
            raise ValueError(f"Sometimes.p must be in [0, 1], got {self.p!r}.")

    def plan(self, batch: Batch, rng: Rng) -> AnyPlan:
        """A Plan in which the samples left alone have lam = 1."""
        random = make_streams(rng)
        mixed = self.recipe.plan(batch, random.child("recipe"))
        index = mixed.index.numpy() if isinstance(mixed, Plan) else np.arange(len(batch))
        alone = Plan(index, Whole(np.ones(len(batch)), batch.size), lam=np.ones(len(batch)))
        owner = (random.stage("which").random(len(batch)) >= self.p).astype(np.int64)
        return combine_plans([mixed, alone], owner)


@dataclass(frozen=True)
class PerBatch:
    """The recipe with one draw for the whole batch: all samples share lam and region.

    They are the first sample's, as in many released codes. Partners stay a matter of each sample,
    and so does the label where it is weighed by each picture's own evidence.

    Args:
        recipe: a method or wrapper.

    Raises:
        TypeError: for what is no recipe.

    Example:
        >>> import mixcore, torch
        >>> recipe = mixcore.PerBatch(mixcore.method("mixup"))
        >>> plan = recipe.plan(mixcore.Batch(torch.rand(4, 3, 8, 8)), rng=0)
        >>> len(plan.lam.unique())
        1
    """

    recipe: Recipe

    def __post_init__(self) -> None:
        check_recipe(self.recipe, "PerBatch")

    def plan(self, batch: Batch, rng: Rng) -> AnyPlan:
        """A Plan whose rows differ only in their partners."""
        plan = self.recipe.plan(batch, rng)
        shared = plan.rows(np.zeros(len(batch), np.int64), index=plan.index.numpy())
        weigh = getattr(self.recipe, "weigh", None)
        return weigh(shared, batch) if weigh else shared


@dataclass(frozen=True)
class Paired:
    """The recipe with partners chosen in one of the ways of mixcore.pairings.PAIRINGS.

    Some go by labels, as "same class" does, "near label" by the real ones of a regression, and
    "same cluster" by Batch.features. A given index still wins, and a self mix has no partner to
    choose.

    Args:
        recipe: a method or wrapper.
        by: one of mixcore.pairings.PAIRINGS.
        bandwidth: of "near label" alone, in standard deviations of the labels; C-Mixup's own
            unless given.

    Raises:
        TypeError: for what is no recipe.
        ValueError: for a pairing that is not known, and for a bandwidth that it does not have.

    Example:
        >>> import mixcore, torch
        >>> recipe = mixcore.Paired(mixcore.method("cutmix"), "same class")
        >>> batch = mixcore.Batch(torch.rand(4, 3, 8, 8), torch.tensor([0, 1, 0, 1]))
        >>> recipe.plan(batch, rng=0).index
        tensor([2, 3, 0, 1])
    """

    recipe: Recipe
    by: str
    bandwidth: float | None = None

    def __post_init__(self) -> None:
        check_recipe(self.recipe, "Paired")
        if self.by not in PAIRINGS:
            raise ValueError(f"Paired.by must be one of {', '.join(PAIRINGS)}, got {self.by!r}.")
        if self.bandwidth is None:
            return
        if self.by != "near label":
            raise ValueError(f"Paired.bandwidth is of 'near label' alone, not of {self.by!r}.")
        if not self.bandwidth > 0:
            raise ValueError(f"Paired.bandwidth must be > 0, got {self.bandwidth!r}.")

    def plan(self, batch: Batch, rng: Rng) -> AnyPlan:
        """The recipe's own Plan, its other draws untouched by the choice of partners."""
        random = make_streams(rng)
        options = {} if self.bandwidth is None else {"bandwidth": self.bandwidth}
        draw = pair.choose_partners if batch.proposed else pair.draw_partners
        partners = draw(self.by, batch, random, **options)
        return self.recipe.plan(batch.paired(partners), random)
