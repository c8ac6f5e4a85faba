"""Warps: how the partner is bent before its pixels are used. Values, not transformations in wait.

A warp gives sample i's piece of one partner image for the region's window: the box for a box,
the whole frame otherwise. It never makes a dense grid where a resize does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

Window = tuple[int, int, int, int]  # half-open y0, y1, x0, x1


class Warp(Protocol):
    """What every warp can do; i is the sample, rows selects samples."""

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        """What sample i takes of its partner image row (c, h, w): (c, y1 - y0, x1 - x0)."""
        ...

    def rows(self, rows: np.ndarray) -> Warp:
        """The same warp for the chosen samples, in that order."""
        ...


def crop(row: Tensor, window: Window) -> Tensor:
    """The window of one image (c, h, w), as a view."""
    y0, y1, x0, x1 = window
    return row[:, y0:y1, x0:x1]


def resize(row: Tensor, height: int, width: int, mode: str) -> Tensor:
    """Resize one image (c, h, w); bilinear is antialiased, so that shrinking does not shimmer.

    Kernels for half precision are missing on the CPU: such images pass through float32.
    """
    if 0 in (height, width):
        return row.new_empty(row.shape[0], height, width)
    image = row[None]
    if image.dtype in (torch.float16, torch.bfloat16):
        image = image.float()
    if mode == "nearest":
        return F.interpolate(image, (height, width), mode="nearest-exact")[0].to(row.dtype)
    bent = F.interpolate(
        image, (height, width), mode="bilinear", align_corners=False, antialias=True
    )
    return bent[0].to(row.dtype)


@dataclass(frozen=True, eq=False)
class Resize:
    """All of B, or the box `source` of it, shrunk or grown into the window.

    source, if given, is (b, 4) of half-open y0, y1, x0, x1 in B's own pixels.
    """

    mode: str = "bilinear"
    source: np.ndarray | None = None

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        if self.source is not None:
            row = crop(row, self.source[i].tolist())
        return resize(row, window[1] - window[0], window[3] - window[2], self.mode)

    def rows(self, rows: np.ndarray) -> Resize:
        return Resize(self.mode, None if self.source is None else self.source[rows])


@dataclass(frozen=True, eq=False)
class Field:
    """A dense sampling grid (b, h, w, 2) in PyTorch's convention: x, y in [-1, 1], no align."""

    grid: Tensor

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        grid = self.grid[i : i + 1].to(row)
        size = row.shape[-2:]
        if grid.shape[1:3] != size:
            grid = F.interpolate(grid.movedim(-1, 1), size, mode="bilinear").movedim(1, -1)
        bent = F.grid_sample(row[None], grid, padding_mode="reflection", align_corners=False)[0]
        return crop(bent, window)

    def rows(self, rows: np.ndarray) -> Field:
        return Field(self.grid[torch.from_numpy(rows)])
