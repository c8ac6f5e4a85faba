"""Views: the partner of a self mix is a changed copy of the image itself.

A View is a chain of simple operations with the values they were drawn with, one chain a sample,
so a self mix is as repeatable as any other Plan. It is used where a warp is: it makes the
partner's piece. Lengths are shares of the frame, so a chain is the same at any size.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch.nn.functional as nn
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from mixcore.warps import color
from mixcore.warps.geometry import Window, crop_image, resize_image, to_float32

Step = tuple[str, tuple[float, ...]]
Chain = Sequence[Step]


def _crop(row: Tensor, mode: str, y0: float, y1: float, x0: float, x1: float) -> Tensor:
    h, w = row.shape[-2:]
    top, left = min(round(y0 * h), h - 1), min(round(x0 * w), w - 1)
    window = (top, max(top + 1, round(y1 * h)), left, max(left + 1, round(x1 * w)))
    return resize_image(crop_image(row, window), h, w, mode)


def _rotate(row: Tensor, mode: str, degrees: float) -> Tensor:
    return F.rotate(row, degrees, F.InterpolationMode(mode))


def _shear(row: Tensor, mode: str, across: float, down: float) -> Tensor:
    degrees = [math.degrees(math.atan(v)) for v in (across, down)]
    return F.affine(row, 0, [0, 0], 1, degrees, F.InterpolationMode(mode), center=[0, 0])


def _translate(row: Tensor, mode: str, down: float, across: float) -> Tensor:
    h, w = row.shape[-2:]
    dy, dx = int(down * h), int(across * w)
    return nn.pad(row, (dx, -dx, dy, -dy))


def _channels(row: Tensor, mode: str, *order: float) -> Tensor:
    return row[[int(i) for i in order]] if len(row) == len(order) else row


# operation(row, mode, *values): mode is "bilinear", or "nearest" for label maps
GEOMETRY: dict[str, Callable[..., Tensor]] = {
    "flip": lambda row, mode: row.flip(-1),
    "rotate": _rotate,
    "shear": _shear,  # taken from x + across * y, y + down * x; the top left corner stays
    "translate": _translate,  # down and across, as shares of the frame, whole pixels towards 0
    "crop": _crop,  # y0, y1, x0, x1 as shares of the frame, grown back to the full frame
    "channels": _channels,  # the old place of each new channel; other counts are left alone
}

COLOR: dict[str, Callable[..., Tensor]] = {
    "brightness": F.adjust_brightness,  # factors: 1 changes nothing
    "contrast": F.adjust_contrast,
    "saturation": F.adjust_saturation,
    "sharpness": lambda row, factor: color.scale_sharpness(row, factor).clamp(0, 1),
    "hue": lambda row, turns: color.turn_hue(row, turns).clamp(0, 1),
    "autocontrast": color.stretch_contrast,
    "equalize": F.equalize,
    "posterize": lambda row, bits: F.posterize(row, int(bits)),
    "solarize": F.solarize,  # from this value up, colours are inverted
}

OPERATIONS = GEOMETRY | COLOR


@dataclass(frozen=True)
class View:
    """chains[i] is the chain of sample i: ((operation, values), ...), applied left to right.

    inside  whether the chain is applied within the window it is asked for, so that a flip flips
            there, or to the whole image of which the window is then taken
    mode    how pixels are read: "bilinear", or "nearest" for label maps

    Unknown operations raise ValueError, and so do operations on colour (see COLOUR) on images
    that are not in [0, 1]. Images of one channel keep it; black comes in where pixels are missing.
    """

    chains: Sequence[Chain]
    inside: bool = False
    mode: str = "bilinear"

    def __post_init__(self) -> None:
        for name in {step[0] for chain in self.chains for step in chain}:
            if name not in OPERATIONS:
                raise ValueError(
                    f"View has no operation {name!r}; it has: {', '.join(OPERATIONS)}."
                )

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        """What sample i takes of its image row (c, h, w): (c, y1 - y0, x1 - x0)."""
        if self.inside:
            return _changed(crop_image(row, window), self.chains[i], self.mode)
        return crop_image(_changed(row, self.chains[i], self.mode), window)

    def rows(self, rows: np.ndarray) -> View:
        """The same for the chosen samples."""
        return replace(self, chains=[self.chains[i] for i in rows.tolist()])

    def nearest(self) -> View:
        """The same for label maps: what moves pixels, and nothing that changes their values."""
        moves = GEOMETRY.keys() - {"channels"}
        moving = [[step for step in chain if step[0] in moves] for chain in self.chains]
        return replace(self, chains=moving, mode="nearest")


def _changed(row: Tensor, chain: Chain, mode: str) -> Tensor:
    colored = [name for name, _ in chain if name in COLOR]
    if colored:
        color.must_be_unit(row, colored[0])
    if not row.numel() or not chain:
        return row
    image = to_float32(row)
    for name, values in chain:
        if name in GEOMETRY:
            image = GEOMETRY[name](image, mode, *values)
        else:
            image = COLOR[name](image, *values)
    return image.to(row.dtype)
