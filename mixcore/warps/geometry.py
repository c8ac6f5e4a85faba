"""Warps: how the partner is bent before its pixels are used, as values.

A warp gives sample i's piece of one partner image for the region's window: the box for a box,
the whole frame otherwise. It never makes a dense grid where a resize does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Window = tuple[int, int, int, int]  # half-open y0, y1, x0, x1


class Warp(Protocol):
    """The interface of every warp; i is the sample, rows selects samples."""

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        """What sample i takes of its partner image row (c, h, w): (c, y1 - y0, x1 - x0)."""
        ...

    def rows(self, rows: np.ndarray) -> Warp:
        """The same warp for the chosen samples, in that order."""
        ...

    def nearest(self) -> Warp:
        """The same warp for label maps: it moves values, but never blends or recolours them."""
        ...


def crop_image(row: Tensor, window: Window) -> Tensor:
    """The window of one image (c, h, w), as a view."""
    y0, y1, x0, x1 = window
    return row[:, y0:y1, x0:x1]


def to_float32(row: Tensor) -> Tensor:
    """The image in float32 where it is in half precision, for which kernels miss on the CPU."""
    return row.float() if row.dtype in (torch.float16, torch.bfloat16) else row


def resize_image(row: Tensor, height: int, width: int, mode: str) -> Tensor:
    """Resize one image (c, h, w); bilinear is antialiased, so that shrinking does not shimmer."""
    if 0 in (height, width):
        return row.new_empty(row.shape[0], height, width)
    if width == 1 < height:  # the gradient of torch's own kernel is wrong on the CPU
        return resize_image(row.mT, width, height, mode).mT
    image = to_float32(row)[None]
    if mode == "nearest":
        return F.interpolate(image, (height, width), mode="nearest-exact")[0].to(row.dtype)
    bent = F.interpolate(
        image, (height, width), mode="bilinear", align_corners=False, antialias=True
    )
    return bent[0].to(row.dtype)


@dataclass(frozen=True, eq=False)
class Resize:
    """All of B, or the box `source` of it, shrunk or grown into the window.

    source, if given, is (b, 4) of half-open y0, y1, x0, x1 in B's own pixels; frame is the (h, w)
    that it was planned for, so that images of another size are cut alike.
    """

    mode: str = "bilinear"
    source: np.ndarray | None = None
    frame: tuple[int, int] | None = None

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        if self.source is not None:
            row = crop_image(row, self.taken(i, (row.shape[-2], row.shape[-1])))
        return resize_image(row, window[1] - window[0], window[3] - window[2], self.mode)

    def rows(self, rows: np.ndarray) -> Resize:
        return replace(self, source=None if self.source is None else self.source[rows])

    def nearest(self) -> Resize:
        return replace(self, mode="nearest")

    def taken(self, i: int, size: tuple[int, int]) -> Window:
        """Which part of an image of (h, w) pixels sample i is made of, one pixel at least."""
        if self.source is None:
            return 0, size[0], 0, size[1]
        box: list[int] = self.source[i].tolist()
        if self.frame is None or self.frame == size:
            return box[0], box[1], box[2], box[3]
        ends: list[int] = []
        for (low, high), planned, n in zip((box[:2], box[2:]), self.frame, size, strict=True):
            first = min(round(low * n / planned), n - 1)
            ends += [first, max(round(high * n / planned), first + 1)]
        return ends[0], ends[1], ends[2], ends[3]


@dataclass(frozen=True, eq=False)
class Field:
    """A dense sampling grid (b, h, w, 2) in PyTorch's convention: x, y in [-1, 1], no align."""

    grid: Tensor
    mode: str = "bilinear"

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        grid = self.grid[i : i + 1].to(row)
        size = row.shape[-2:]
        if grid.shape[1:3] != size:
            grid = F.interpolate(grid.movedim(-1, 1), size, mode="bilinear").movedim(1, -1)
        bent = F.grid_sample(row[None], grid, self.mode, "reflection", align_corners=False)[0]
        return crop_image(bent, window)

    def rows(self, rows: np.ndarray) -> Field:
        return replace(self, grid=self.grid[torch.from_numpy(rows)])

    def nearest(self) -> Field:
        return replace(self, mode="nearest")


@dataclass(frozen=True, eq=False)
class Move:
    """A point of the frame scaled about and carried to another.

    scale    (b,) above 0
    start    (b, 2) the point y, x that is scaled about, as shares of the frame
    end      (b, 2) where that point goes
    solid    for colours: the last half pixel at the frame does not fade to black; a mask does fade

    What comes from beyond the frame is 0.
    """

    scale: np.ndarray
    start: np.ndarray
    end: np.ndarray
    solid: bool = False
    mode: str = "bilinear"

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        """Image row (c, h, w), moved, in the window; exact where nothing moves."""
        scale = float(self.scale[i])
        # grid_sample asks where a pixel comes from: in [-1, 1], x before y.
        shift = 2 * self.start[i] - 1 - (2 * self.end[i] - 1) / scale
        if scale == 1 and not shift.any():
            return crop_image(row, window)
        y, x = shift.tolist()
        image = row[None] if row.dtype == torch.float64 else row[None].float()
        theta = image.new_tensor([[[1 / scale, 0, x], [0, 1 / scale, y]]])
        grid = F.affine_grid(theta, [1, 1, *row.shape[-2:]], align_corners=False)
        moved = F.grid_sample(image, grid, self.mode, align_corners=False)
        if self.solid:
            there = F.grid_sample(torch.ones_like(image[:, :1]), grid, align_corners=False)
            moved = torch.where(there > 1e-6, moved / there.clamp(min=1e-6), 0)
        return crop_image(moved[0].to(row.dtype), window)

    def rows(self, rows: np.ndarray) -> Move:
        chosen = {"scale": self.scale[rows], "start": self.start[rows], "end": self.end[rows]}
        return replace(self, **chosen)

    def nearest(self) -> Move:
        return replace(self, mode="nearest")


@dataclass(frozen=True, eq=False)
class Then:
    """Two warps, one after the other: the first makes whole frames, the second takes windows."""

    first: Warp
    second: Warp

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        """What sample i takes of image row (c, h, w) once both have bent it."""
        whole = self.first.piece(row, i, (0, row.shape[-2], 0, row.shape[-1]))
        return self.second.piece(whole, i, window)

    def rows(self, rows: np.ndarray) -> Then:
        """The same for the chosen samples, in that order."""
        return Then(self.first.rows(rows), self.second.rows(rows))

    def nearest(self) -> Then:
        """The same for label maps."""
        return Then(self.first.nearest(), self.second.nearest())
