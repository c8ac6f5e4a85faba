"""Mixer: a method at work in a training loop; mix: the same in one line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor
from torch.utils.data import default_collate, get_worker_info

from mixcore.batch import Batch
from mixcore.isolate import isolate
from mixcore.plank import AnyPlan
from mixcore.registry import make
from mixcore.rng import Rng, Streams, streams
from mixcore.wrappers import Recipe


class Mixer:
    """Mixes batch after batch: mixer(x, y) -> x, target. Takes the place of timm's mixup_fn.

    method       key of a method (with its parameters) or a recipe: a method, OneOf, ...
    num_classes  of the targets it makes
    seed         of its own stream of draws, which no other code disturbs
    smoothing    label smoothing of the targets, in [0, 1)
    in_place     overwrite x instead of making a new batch

    Raises ValueError for a method whose labels need a forward pass of the mixed images.
    """

    def __init__(
        self,
        method: str | Recipe,
        num_classes: int,
        *,
        seed: int = 0,
        smoothing: float = 0.0,
        in_place: bool = False,
        **parameters: Any,
    ) -> None:
        if not isinstance(method, str) and parameters:
            names = ", ".join(parameters)
            raise TypeError(f"{names}: give parameters to the recipe itself, not to Mixer.")
        self.recipe = make(method, **parameters) if isinstance(method, str) else method
        _refuse_later(self.recipe, "Mixer")
        info = getattr(self.recipe, "info", None)
        if info is not None and info.space != "pixels":
            raise ValueError(
                f"{info.title} is applied inside the model, so Mixer cannot mix its images; take "
                "its plan and write: with mixcore.Space(model, layers).mixing(plan): model(x)."
            )
        if num_classes < 1:
            raise ValueError(f"num_classes must be >= 1, got {num_classes}.")
        self.num_classes, self.seed, self.smoothing = num_classes, seed, smoothing
        self.in_place = in_place
        self._streams = streams(seed)
        self._in_worker = False

    @isolate
    def plan(self, x: Tensor, y: Tensor | None = None) -> AnyPlan:
        """The next Plan of the stream, for a loop that wants to keep it."""
        return self.recipe.plan(Batch(x, y), self._next())

    @isolate
    def __call__(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mixed images like x, and their targets (b, num_classes) float32."""
        plan = self.plan(x, y)
        target = plan.target(y, self.num_classes, self.smoothing)
        return plan.apply(x, in_place=self.in_place), target

    def collate(self, samples: Sequence[tuple[Tensor, int]]) -> tuple[Tensor, Tensor]:
        """collate_fn of a DataLoader: a list of (image, label) becomes a mixed batch.

        Every worker has a stream of its own, and a new one each epoch: it grows from this
        seed and from the seed that the DataLoader gives the worker.
        """
        x, y = default_collate(list(samples))
        plan = self.plan(x, y)
        return plan.apply(x, in_place=True), plan.target(y, self.num_classes, self.smoothing)

    def _next(self) -> Streams:
        worker = get_worker_info()
        if worker is not None and not self._in_worker:
            self._in_worker = True
            self._streams = Streams(self.seed, worker.seed % 2**63)
        return self._streams


def _refuse_later(recipe: Any, where: str) -> None:
    """ValueError for a recipe, or a part of one, whose labels need a forward pass of the mix."""
    if hasattr(recipe, "reweigh"):
        raise ValueError(
            f"{type(recipe).__name__} weighs labels after a forward pass of the mixed images, so "
            f"{where} cannot give its targets; in the training step write: plan = method.plan("
            "Batch(x, y), rng); logits, seen = method.look(model, plan.apply(x), y); "
            "target = method.reweigh(plan, seen).target(y, num_classes)."
        )
    for part in (getattr(recipe, "recipe", None), *getattr(recipe, "recipes", ())):
        if part is not None:
            _refuse_later(part, where)


@isolate
def mix(
    x: Tensor,
    y: Tensor,
    method: str | Recipe,
    *,
    num_classes: int,
    rng: Rng,
    out: Tensor | None = None,
    in_place: bool = False,
    smoothing: float = 0.0,
    **parameters: Any,
) -> tuple[Tensor, Tensor]:
    """Mix one batch: images (b, c, h, w) and labels (b,) to mixed images and targets (b, k).

    rng is a seed or a numpy Generator; out and in_place as in Plan.apply; parameters are those
    of the method.
    """
    recipe = make(method, **parameters) if isinstance(method, str) else method
    _refuse_later(recipe, "mix")
    plan = recipe.plan(Batch(x, y), rng)
    target = plan.target(y, num_classes, smoothing)
    return plan.apply(x, out=out, in_place=in_place), target
