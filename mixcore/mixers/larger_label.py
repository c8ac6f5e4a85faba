"""Mix of two pictures whose label is whole: that of the picture which has more of the frame.

A control: its pictures are those of the recipe, so that what differs is the label alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mixcore.batch import Batch
from mixcore.plan import Plan
from mixcore.rng import Rng
from mixcore.wrappers import Recipe, check_recipe


@dataclass(frozen=True)
class LargerLabel:
    """The recipe with the label of the larger share, unmixed.

    Args:
        recipe: a method or wrapper that mixes two pictures.

    Raises:
        TypeError: for what is no recipe, and for one that mixes more than two.

    Example:
        >>> import mixcore, torch
        >>> from mixcore.mixers.larger_label import LargerLabel
        >>> recipe = LargerLabel(mixcore.method("mixup"))
        >>> plan = recipe.plan(mixcore.Batch(torch.rand(4, 1, 8, 8), torch.arange(4)), rng=0)
        >>> sorted(set(plan.w_a.tolist())) in ([0.0], [1.0], [0.0, 1.0])
        True
    """

    recipe: Recipe

    def __post_init__(self) -> None:
        check_recipe(self.recipe, "LargerLabel")

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        """The recipe's Plan with labels worth 1 or 0."""
        plan = self.recipe.plan(batch, rng)
        if not isinstance(plan, Plan):
            raise TypeError(f"LargerLabel takes recipes that mix two pictures, got {plan!r}.")
        lam = None if plan.lam is None else plan.lam.numpy()
        whole = (plan.area.numpy() >= 0.5).astype(np.float64)
        return Plan(
            plan.index.numpy(), plan.region, lam=lam, warp=plan.warp, w_a=whole, depth=plan.depth
        )
