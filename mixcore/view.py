"""Views: the partner of a self mix is a changed copy of the image itself.

A View is a chain of simple operations with the values they were drawn with, one chain a sample,
so a self mix is as repeatable as any other Plan. It is used where a warp is: it makes the
partner's piece.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from mixcore.warp import Window, crop

Step = tuple[str, tuple[float, ...]]


def _crop(row: Tensor, y0: float, y1: float, x0: float, x1: float) -> Tensor:
    h, w = row.shape[-2:]
    top, left = round(y0 * h), round(x0 * w)
    high, wide = max(1, round(y1 * h) - top), max(1, round(x1 * w) - left)
    return F.resized_crop(row, top, left, high, wide, [h, w], antialias=True)


OPERATIONS: dict[str, Callable[..., Tensor]] = {
    "flip": lambda row: row.flip(-1),
    "rotate": lambda row, degrees: F.rotate(row, degrees, F.InterpolationMode.BILINEAR),
    "crop": _crop,  # y0, y1, x0, x1 as shares of the frame, grown back to the full frame
    "brightness": F.adjust_brightness,
    "contrast": F.adjust_contrast,
    "saturation": F.adjust_saturation,
    "hue": F.adjust_hue,
}


@dataclass(frozen=True)
class View:
    """chains[i] is the chain of sample i: ((operation, values), ...), applied left to right.

    Colour operations need images in [0, 1]. Unknown operations raise ValueError.
    """

    chains: Sequence[Sequence[Step]]

    def __post_init__(self) -> None:
        for name in {step[0] for chain in self.chains for step in chain}:
            if name not in OPERATIONS:
                raise ValueError(
                    f"View has no operation {name!r}; it has: {', '.join(OPERATIONS)}."
                )

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        for name, values in self.chains[i]:
            row = OPERATIONS[name](row, *values)
        return crop(row, window)

    def rows(self, rows: np.ndarray) -> View:
        return View([self.chains[i] for i in rows.tolist()])
