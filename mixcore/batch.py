"""Batch: what a method is given. Everything is checked here, once, at the door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

GIVEN = ("index", "lam", "box", "mask")


@dataclass(frozen=True, eq=False)
class Batch:
    """Images, their labels, and what is already known or wanted of their mix.

    Args:
        x: (b, c, h, w) floating point of any value range, as methods only form weighted sums; or
            uint8. (b, d) floating point are rows of a table, for methods that blend whole samples.
        y: (b,) whole numbers, class indices; for regression (b,) or (b, d) floating point, real
            labels; or None where no method needs labels.
        evidence: name -> (b, 1, h', w') non-negative map, for methods that read one; "object" is
            each image's object where it is exactly known, its share of every pixel.
        given: what is fixed instead of left to chance: index (b,), the partner of each sample;
            lam, a number or (b,), A's share in [0, 1]; box, B's region (y0, y1, x0, x1),
            half-open in pixels, or one such row a sample; mask, (h, w) or (b, 1, h, w) in
            [0, 1], 1 where the pixel is A's.
        grounds: (b, c, h, w) the same images without their object, or None where they are not
            known.
        features: (b, d) what pairing by cluster goes by, or None.
        partners: (b,) partner of each sample as a wrapper chose it, or None; unlike
            given["index"] a method that has no partners may ignore it.
        regression: whether y are real labels.
        proposed: whether partners are but the wrapper's proposal, so that a method whose idea is
            its pairing keeps to its own.
        hidden: name -> (b, c, h', w') features of the images inside a model, for methods that
            read them; mixcore.evidence.models.hidden_features.compute_hidden makes them.

    Raises:
        TypeError: for wrong kinds.
        ValueError: for wrong shapes and values.

    Example:
        >>> import mixcore, torch
        >>> batch = mixcore.Batch(torch.rand(4, 3, 32, 48), torch.arange(4), given={"lam": 0.7})
        >>> len(batch), batch.size
        (4, (32, 48))
    """

    x: Tensor
    y: Tensor | None = None
    evidence: Mapping[str, Tensor] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    grounds: Tensor | None = None
    features: Tensor | None = None
    partners: np.ndarray | None = None
    regression: bool = False
    proposed: bool = False
    hidden: Mapping[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_images(self.x)
        if self.y is not None:
            check = _check_real_labels if self.regression else _check_labels
            check(self.y, len(self.x))
        for name, value in self.evidence.items():
            _check_evidence(name, value, len(self.x))
        for name, value in self.hidden.items():
            _check_hidden(name, value, len(self.x))
        if self.grounds is not None and self.grounds.shape != self.x.shape:
            raise ValueError(
                f"grounds must have the shape of x, {tuple(self.x.shape)}, "
                f"got {tuple(self.grounds.shape)}."
            )
        if self.features is not None and (
            self.features.ndim != 2 or len(self.features) != len(self.x)
        ):
            raise ValueError(
                f"features must have shape ({len(self.x)}, d), got {tuple(self.features.shape)}."
            )
        given = {name: self._checked(name, value) for name, value in self.given.items()}
        object.__setattr__(self, "given", given)

    def __len__(self) -> int:
        return len(self.x)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width; a row of a table is one pixel of d channels."""
        return (1, 1) if self.x.ndim == 2 else (self.x.shape[-2], self.x.shape[-1])

    @property
    def labels(self) -> str:
        """Whether y are "classes" or "real"."""
        return "real" if self.regression else "classes"

    def paired(self, partners: np.ndarray, *, proposed: bool = False) -> Batch:
        """The same batch with partners (b,) chosen; a given index still wins over them."""
        return replace(self, partners=partners, proposed=proposed)

    def _checked(self, name: str, value: Any) -> Any:
        b, (h, w) = len(self), self.size
        if name == "index":
            return _index(value, b)
        if name == "lam":
            return _lam(value, b)
        if name == "box":
            return _box(value, b, h, w)
        if name == "mask":
            return _mask(value, b, h, w)
        raise ValueError(f"given[{name!r}] is not known; a batch may give: {', '.join(GIVEN)}.")


def _check_images(x: Tensor) -> None:
    if not isinstance(x, Tensor):
        raise TypeError(f"x must be a torch.Tensor, got {type(x).__name__}.")
    if x.ndim not in (2, 4) or 0 in x.shape:
        raise ValueError(
            "x must have shape (b, c, h, w), or (b, d) for rows of a table, with no empty side, "
            f"got {tuple(x.shape)}; a single image needs x[None]."
        )
    if x.ndim == 2 and not x.is_floating_point():
        raise TypeError(
            f"x of rows (b, d) must be floating point, got {x.dtype}; convert with x.float()."
        )
    if not x.is_floating_point() and x.dtype != torch.uint8:
        raise TypeError(
            f"x must be floating point or uint8, got {x.dtype}; convert with x.float() / 255."
        )


def _check_labels(y: Tensor, b: int) -> None:
    if not isinstance(y, Tensor):
        raise TypeError(f"y must be a torch.Tensor of labels, got {type(y).__name__}.")
    if y.is_floating_point() or y.is_complex() or y.dtype == torch.bool:
        hint = "; for real labels give regression=True" if y.is_floating_point() else ""
        raise TypeError(f"y must hold whole numbers (class indices), got {y.dtype}{hint}.")
    if y.shape != (b,):
        raise ValueError(f"y must have shape ({b},), one label an image, got {tuple(y.shape)}.")
    if y.device.type == "cpu" and bool((y < 0).any()):  # elsewhere the look would cost a sync
        raise ValueError(f"y must be >= 0, got {int(y.min())}.")


def _check_real_labels(y: Tensor, b: int) -> None:
    if not isinstance(y, Tensor):
        raise TypeError(f"y must be a torch.Tensor of labels, got {type(y).__name__}.")
    if not y.is_floating_point():
        raise TypeError(
            f"y must be floating point for regression, got {y.dtype}; convert with y.float()."
        )
    if y.ndim not in (1, 2) or len(y) != b or 0 in y.shape:
        raise ValueError(
            f"y must have shape ({b},) or ({b}, d), real labels of each sample, "
            f"got {tuple(y.shape)}."
        )
    if y.device.type == "cpu" and not bool(torch.isfinite(y).all()):
        raise ValueError("y must be finite for regression; drop the samples whose label is not.")


def _check_evidence(name: str, value: Tensor, b: int) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(f"evidence[{name!r}] must be a torch.Tensor, got {type(value).__name__}.")
    if value.ndim != 4 or value.shape[:2] != (b, 1):
        shape = tuple(value.shape)
        raise ValueError(f"evidence[{name!r}] must have shape ({b}, 1, h, w), got {shape}.")
    low = float(value.min())
    if not low >= 0:
        raise ValueError(f"evidence[{name!r}] must be >= 0 everywhere, got {low:g}.")


def _check_hidden(name: str, value: Tensor, b: int) -> None:
    if not isinstance(value, Tensor):
        raise TypeError(f"hidden[{name!r}] must be a torch.Tensor, got {type(value).__name__}.")
    if not value.is_floating_point():
        raise TypeError(f"hidden[{name!r}] must be floating point, got {value.dtype}.")
    if value.ndim != 4 or len(value) != b or 0 in value.shape:
        shape = tuple(value.shape)
        raise ValueError(
            f"hidden[{name!r}] must have shape ({b}, c, h, w) with no empty side, got {shape}."
        )
    if value.device.type == "cpu" and not bool(torch.isfinite(value).all()):
        raise ValueError(f"hidden[{name!r}] must be finite; some of it is not a number.")


def _numbers(name: str, value: Any, dtype: type) -> np.ndarray:
    try:
        array = np.asarray(value)
        if dtype is np.int64 and array.dtype.kind not in "iu":
            raise TypeError
        return array.astype(dtype)
    except (TypeError, ValueError):
        kind = "whole numbers" if dtype is np.int64 else "numbers"
        raise TypeError(f"given[{name!r}] must be {kind}, got {value!r}.") from None


def _index(value: Any, b: int) -> np.ndarray:
    index = _numbers("index", value, np.int64)
    if index.shape != (b,):
        raise ValueError(f"given['index'] must have shape ({b},), got {index.shape}.")
    if index.min() < 0 or index.max() >= b:
        raise ValueError(f"given['index'] must be in [0, {b - 1}], got {index.tolist()}.")
    return index


def _lam(value: Any, b: int) -> np.ndarray:
    lam = _numbers("lam", value, np.float64)
    if lam.shape not in ((), (b,)):
        raise ValueError(f"given['lam'] must be a number or have shape ({b},), got {lam.shape}.")
    if not ((lam >= 0) & (lam <= 1)).all():
        raise ValueError(f"given['lam'] must be in [0, 1], got {lam.tolist()}.")
    return np.broadcast_to(lam, (b,)).copy()


def _box(value: Any, b: int, h: int, w: int) -> np.ndarray:
    box = _numbers("box", value, np.int64)
    if box.shape not in ((4,), (b, 4)):
        raise ValueError(
            f"given['box'] must be (y0, y1, x0, x1) or have shape ({b}, 4), got {box.shape}."
        )
    y0, y1, x0, x1 = np.moveaxis(box, -1, 0)
    if not ((y0 >= 0) & (y0 <= y1) & (y1 <= h) & (x0 >= 0) & (x0 <= x1) & (x1 <= w)).all():
        raise ValueError(
            f"given['box'] must satisfy 0 <= y0 <= y1 <= {h} and 0 <= x0 <= x1 <= {w}, "
            f"got {box.tolist()}."
        )
    return np.broadcast_to(box, (b, 4)).copy()


def _mask(value: Any, b: int, h: int, w: int) -> Tensor:
    try:
        mask = value if isinstance(value, Tensor) else torch.from_numpy(np.asarray(value))
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"given['mask'] must be an array, got {type(value).__name__}.") from None
    if mask.shape not in ((h, w), (b, 1, h, w)):
        raise ValueError(
            f"given['mask'] must have shape ({h}, {w}) or ({b}, 1, {h}, {w}), "
            f"got {tuple(mask.shape)}."
        )
    if mask.dtype != torch.bool:
        mask = mask.double()
        if not bool(((mask >= 0) & (mask <= 1)).all()):
            raise ValueError("given['mask'] must be in [0, 1] everywhere, 1 = pixel from A.")
    return mask.expand(b, 1, h, w)
