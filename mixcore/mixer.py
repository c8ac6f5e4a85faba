"""Mixer: a method at work in a training loop; mix: the same in one line."""

from __future__ import annotations

import operator
import os
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import default_collate, get_worker_info

from mixcore.batch import Batch
from mixcore.isolate import isolate
from mixcore.plan import check_smoothing, make_target
from mixcore.plan_k import AnyPlan
from mixcore.registry import check_label_kind, make_method
from mixcore.rng import Rng, Streams, make_streams
from mixcore.wrappers import Recipe, check_recipe

# What samples that are dicts call their picture and their class, the first that is there.
IMAGE_KEYS = ("image", "pixel_values", "img", "x")
LABEL_KEYS = ("label", "labels", "target", "y")


class Mixer:
    """Mixes batch after batch: mixer(x, y) -> x, target. Takes the place of timm's mixup_fn.

    Of classes it makes soft targets (b, k); with regression=True y are real labels, (b,) or (b, d),
    and targets are their means, of y's shape and dtype. x may then as well be rows (b, d) of a
    table, where the method blends whole samples.

    Every worker of a DataLoader, and every process where torch.distributed is up, has a stream of
    its own. `state_dict` holds where the stream stands, so that a resumed training goes on with
    it. Build it once: a Mixer made anew for every batch starts its stream anew, and warns.
    Attributes that it does not have cannot be set; mixup_enabled can: False leaves images as they
    are and only makes targets, as in timm, for the last epochs of a recipe. Loader workers see it
    when they are started.

    Args:
        method: key of a method, or a recipe: a method, OneOf, ...
        num_classes: k of the targets that it makes, 1 or more; left out for regression.
        seed: of its own stream of draws, which no other code disturbs; a whole number.
        smoothing: label smoothing of the targets, in [0, 1).
        in_place: overwrite x instead of making a new batch.
        regression: whether labels are real numbers.
        **parameters: those of the method, where it is given by its key.

    Returns:
        Of a call mixer(x, y): mixed images like x, (b, c, h, w), and targets (b, k) float32; for
        regression targets like y.

    Raises:
        TypeError: for arguments of the wrong kind.
        ValueError: for arguments out of range, and for a method whose labels need a forward pass
            of the mixed images.

    Example:
        >>> import mixcore, torch
        >>> mixer = mixcore.Mixer("cutmix", num_classes=10, alpha=1.0)
        >>> mixed, target = mixer(torch.rand(8, 3, 32, 32), torch.arange(8))
        >>> mixed.shape, target.shape
        (torch.Size([8, 3, 32, 32]), torch.Size([8, 10]))
        >>> mixer = mixcore.Mixer("cmixup", regression=True, bandwidth=0.15)
        >>> mixed, target = mixer(torch.rand(8, 5), torch.rand(8))
        >>> mixed.shape, target.shape
        (torch.Size([8, 5]), torch.Size([8]))
    """

    __slots__ = (
        "_draws", "_place", "_streams",
        "in_place", "mixup_enabled", "num_classes", "recipe", "regression", "seed", "smoothing",
    )  # fmt: skip

    def __init__(
        self,
        method: str | Recipe,
        num_classes: int | None = None,
        *,
        seed: int = 0,
        smoothing: float = 0.0,
        in_place: bool = False,
        regression: bool = False,
        **parameters: Any,
    ) -> None:
        self.recipe = _recipe(method, parameters, "Mixer")
        _refuse_later(self.recipe, "Mixer")
        info = getattr(self.recipe, "info", None)
        if info is not None and info.space != "pixels":
            raise ValueError(
                f"{info.title} is applied inside the model, so Mixer cannot mix its images; take "
                "its plan and write: with mixcore.Space(model, layers).mixing(plan): model(x)."
            )
        _check_kinds(self.recipe, regression)
        self.num_classes = _check_classes(num_classes, smoothing, regression, "Mixer")
        self.regression = regression
        check_smoothing(smoothing)
        self.seed, self.smoothing, self.in_place = _whole(seed, "seed"), smoothing, in_place
        self.mixup_enabled = True
        self._streams = make_streams(self.seed)
        self._place: tuple[int, ...] | None = None
        self._draws = 0
        _warn_of_rebirth(self)

    @isolate
    def plan(self, x: Tensor, y: Tensor | None = None) -> AnyPlan:
        """The next Plan of the stream, for a loop that wants to keep it."""
        return self.recipe.plan(Batch(x, y, regression=self.regression), self._next())

    @isolate
    def __call__(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """Mixed images like x, and their targets (b, num_classes) float32, or real ones like y."""
        return self._mix(x, y, self.in_place)

    def collate(self, samples: Sequence[Any]) -> Any:
        """collate_fn of a DataLoader: a list of samples becomes a mixed batch.

        A sample is (image, label), which gives (images, targets); what follows these two in a
        longer one is batched as it is. Of a dict the entries "image" and "label" (or another of
        IMAGE_KEYS and LABEL_KEYS) are replaced.
        """
        batch = default_collate(list(samples))
        if isinstance(batch, Mapping):
            image, label = _key(batch, IMAGE_KEYS, "picture"), _key(batch, LABEL_KEYS, "class")
            x, target = self._mix(batch[image], batch[label], in_place=True)
            return {**batch, image: x, label: target}
        if not isinstance(batch, Sequence) or len(batch) < 2:
            raise TypeError(
                "Mixer.collate takes samples (image, label, ...) or dicts with both, got "
                f"{type(samples[0]).__name__}."
            )
        x, y, *rest = batch
        return (*self._mix(x, y, in_place=True), *rest)

    def state_dict(self) -> dict[str, Any]:
        """Where this process's stream stands, as plain values for a checkpoint.

        Streams of loader workers grow from the DataLoader's own seeds, epoch by epoch.
        """
        return {"seed": self.seed, "draws": self._draws, **self._stream().state_dict()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where the Mixer of that state stood. ValueError if it had another seed."""
        if state["seed"] != self.seed:
            raise ValueError(
                f"This state is of a Mixer of seed {state['seed']}, this one has {self.seed}."
            )
        self._stream().load_state_dict(state)
        self._draws = state["draws"]

    def _mix(self, x: Tensor, y: Tensor, in_place: bool) -> tuple[Tensor, Tensor]:
        if not isinstance(y, Tensor):
            raise TypeError(
                f"Mixer makes targets, so it needs labels y (b,), got {type(y).__name__}; "
                "mixer.plan(x) gives a plan without them."
            )
        if not self.mixup_enabled:
            alone = torch.arange(len(y), dtype=torch.int64, device=y.device)[:, None]
            whole = torch.ones(len(y), 1, dtype=torch.float32, device=y.device)
            return x, make_target(y, alone, whole, self.num_classes, self.smoothing)
        plan = self.plan(x, y)
        target = plan.target(y, self.num_classes, self.smoothing)
        return plan.apply(x, in_place=in_place), target

    def _next(self) -> Streams:
        self._draws += 1
        return self._stream()

    def _stream(self) -> Streams:
        """The stream of this process: the seed's own, or one for its worker and its rank."""
        worker, rank = get_worker_info(), _rank()
        place = (*([worker.seed % 2**63] if worker else []), *([rank] if rank else []))
        if place != self._place:
            if place:
                self._streams = Streams(self.seed, *place)
            self._place = place
        return self._streams


def _recipe(method: Any, parameters: Mapping[str, Any], owner: str) -> Recipe:
    """The recipe that is meant by a key with parameters, or by a recipe."""
    if isinstance(method, str):
        return make_method(method, **parameters)
    check_recipe(method, owner)
    if parameters:
        names = ", ".join(parameters)
        raise TypeError(f"{names}: give parameters to the recipe itself, not to {owner}.")
    return method  # type: ignore[no-any-return]


def _whole(value: Any, name: str) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {value!r}.") from None


def _check_classes(num_classes: Any, smoothing: float, regression: bool, owner: str) -> int | None:
    """The number of classes, or None for real labels; an error where these do not go together."""
    if regression and smoothing:
        raise ValueError(
            f"smoothing is for the labels of classes, got {smoothing} with regression=True; leave "
            "it out."
        )
    if regression and num_classes is not None:
        raise TypeError(
            f"num_classes is for the labels of classes, got {num_classes!r} with regression=True; "
            "leave one of them out."
        )
    if regression:
        return None
    if num_classes is None:
        raise TypeError(
            f"{owner} needs num_classes, the number of classes of the data set; for real labels "
            "give regression=True instead."
        )
    number = _whole(num_classes, "num_classes")
    if number < 1:
        raise ValueError(f"num_classes must be >= 1, got {num_classes}.")
    return number


def _key(batch: Mapping[str, Any], known: Sequence[str], what: str) -> str:
    for key in known:
        if key in batch:
            return key
    raise TypeError(
        f"Mixer.collate finds no {what} in a sample of {', '.join(map(str, batch))}; call it one "
        f"of {', '.join(known)}."
    )


def _rank() -> int:
    """This process's rank where torch.distributed is up, or torchrun said it; 0 elsewhere."""
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank()
    return int(os.environ["RANK"]) if {"RANK", "WORLD_SIZE"} <= os.environ.keys() else 0


_last: tuple[Mixer | None, int] = (None, 0)  # the newest Mixer, and how many like it there were


def _warn_of_rebirth(mixer: Mixer) -> None:
    """Warn of a Mixer that is made anew for every batch, as inside a collate function."""
    global _last
    before, again = _last
    alike = before is not None and (before.recipe, before.seed) == (mixer.recipe, mixer.seed)
    again = again + 1 if alike and before is not None and before._draws == 1 else 0
    _last = (mixer, again)
    if again == 4 or get_worker_info() is not None:
        warnings.warn(
            "A Mixer made anew for every batch repeats one draw for ever: build it once, outside "
            "the collate function and the loop.",
            stacklevel=3,
        )


def _check_kinds(recipe: Any, regression: bool) -> None:
    """ValueError for a recipe, or a part of one, that cannot mix labels of this kind."""
    if hasattr(recipe, "info"):
        check_label_kind(recipe.info, regression)
    for part in _parts(recipe):
        _check_kinds(part, regression)


def _parts(recipe: Any) -> list[Any]:
    """What a wrapper is around; nothing of a method."""
    inner = (getattr(recipe, "recipe", None), *getattr(recipe, "recipes", ()))
    return [part for part in inner if part is not None]


def _refuse_later(recipe: Any, where: str) -> None:
    """ValueError for a recipe, or a part of one, whose labels need a forward pass of the mix."""
    if hasattr(recipe, "reweigh"):
        raise ValueError(
            f"{type(recipe).__name__} weighs labels after a forward pass of the mixed images, so "
            f"{where} cannot give its targets; in the training step write: plan = method.plan("
            "Batch(x, y), rng); logits, seen = method.look(model, plan.apply(x), y); "
            "target = method.reweigh(plan, seen).target(y, num_classes)."
        )
    for part in _parts(recipe):
        _refuse_later(part, where)


@isolate
def mix(
    x: Tensor,
    y: Tensor,
    method: str | Recipe,
    *,
    num_classes: int | None = None,
    rng: Rng,
    out: Tensor | None = None,
    in_place: bool = False,
    smoothing: float = 0.0,
    regression: bool = False,
    **parameters: Any,
) -> tuple[Tensor, Tensor]:
    """Mix one batch: images (b, c, h, w) and labels (b,) to mixed images and targets (b, k).

    With regression=True labels and targets are real, as in Mixer.

    Args:
        x: images (b, c, h, w), floating point of any range, or uint8; or rows (b, d) of a table,
            for methods that blend whole samples.
        y: class indices (b,), whole numbers below num_classes; real labels (b,) or (b, d) for
            regression.
        method: key of a method, or a recipe: a method, OneOf, ...
        num_classes: k of the targets, 1 or more; left out for regression.
        rng: a seed or a numpy Generator.
        out: a buffer like x to write into, which shares no memory with it.
        in_place: overwrite x.
        smoothing: label smoothing of the targets, in [0, 1).
        regression: whether labels are real numbers.
        **parameters: those of the method, where it is given by its key.

    Returns:
        Mixed images like x, and targets (b, k) float32; for regression targets like y.

    Raises:
        TypeError: for arguments of the wrong kind.
        ValueError: for shapes that disagree and values out of range.

    Example:
        >>> import mixcore, torch
        >>> x, y = torch.rand(4, 3, 32, 32), torch.tensor([0, 1, 2, 3])
        >>> mixed, target = mixcore.mix(x, y, "mixup", num_classes=5, rng=0, alpha=0.4)
        >>> target.sum(1).round(decimals=4)
        tensor([1., 1., 1., 1.])
    """
    recipe = _recipe(method, parameters, "mix")
    _refuse_later(recipe, "mix")
    _check_kinds(recipe, regression)
    classes = _check_classes(num_classes, smoothing, regression, "mix")
    plan = recipe.plan(Batch(x, y, regression=regression), rng)
    target = plan.target(y, classes, smoothing)
    return plan.apply(x, out=out, in_place=in_place), target
