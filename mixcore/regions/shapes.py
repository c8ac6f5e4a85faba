"""Regions: where A is kept and where B goes. Each knows its own fast path.

Letters: b samples, c channels, h and w pixels. Every mask is 1 where the pixel comes from A.
A region never touches more pixels than it must, and builds a mask only when asked for one.

Two ways to use one: image by image (`window`, `put`), which walks a large batch through the
cache and works in place, and the whole batch at once (`blend`), which is better for small
images, on a GPU and where gradients are wanted.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.warps.geometry import Window, crop_image


class Region(ABC):
    """A region of b mixes: where A is kept. size is the (h, w) it was planned for."""

    size: tuple[int, int]
    bent = False  # whether a part of it bends its partner, so that images go one by one

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def area(self) -> np.ndarray:
        """A's realised share of the frame, (b,) float64."""

    @abstractmethod
    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        """(b, 1, h, w) at the planned size; bool where it is hard, floating where it is soft."""

    @abstractmethod
    def rows(self, rows: np.ndarray) -> Region:
        """The region of the chosen samples, in that order; a sample may be chosen twice."""

    @abstractmethod
    def put(self, out: Tensor, a: Tensor, piece: Tensor, i: int) -> None:
        """Write mix i into out (c, h, w): a with its piece of the partner. out may be a."""

    @abstractmethod
    def at(self, height: int, width: int) -> Region:
        """The same region on a frame of another size."""

    def window(self, i: int) -> Window:
        """The part of the frame that sample i takes from its partner: y0, y1, x0, x1."""
        return 0, self.size[0], 0, self.size[1]

    def nearest(self) -> Region:
        """The same region for label maps, whose partners are never blended in being bent."""
        return self

    def piece(self, row: Tensor, i: int) -> Tensor:
        """What sample i takes of its partner image row (c, h, w)."""
        return crop_image(row, self.window(i))

    def blend(self, a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
        """The whole batch at once: a where the mask is 1, b elsewhere; out may be a."""
        return blend(self.mask(a.device), a, b, out)


def blend(mask: Tensor, a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
    """mask * a + (1 - mask) * b, exact at both ends. Shapes broadcast; out may be a.

    A pixel that weighs nothing is not read, so what is not a number there stays out of the mix.
    Without out the result keeps the gradients of a and b.
    """
    if mask.dtype == torch.bool:
        return torch.where(mask, a, b) if out is None else torch.where(mask, a, b, out=out)
    w_b = (1 - mask).to(a.dtype)
    b = torch.where(w_b > 0, b, a)
    a = torch.where(w_b < 1, a, b)
    w_b = w_b.expand_as(a)
    return torch.lerp(a, b, w_b) if out is None else torch.lerp(a, b, w_b, out=out)


class Whole(Region):
    """One weight for the whole frame: classic Mixup. lam is A's share, (b,)."""

    def __init__(self, lam: np.ndarray, size: tuple[int, int]) -> None:
        self.lam, self.size = lam, size

    def __len__(self) -> int:
        return len(self.lam)

    def area(self) -> np.ndarray:
        return self.lam

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        lam = torch.from_numpy(self.lam.astype(np.float32)).to(device)
        return lam[:, None, None, None].expand(-1, 1, *self.size)

    def rows(self, rows: np.ndarray) -> Whole:
        return Whole(self.lam[rows], self.size)

    def at(self, height: int, width: int) -> Whole:
        return Whole(self.lam, (height, width))

    def put(self, out: Tensor, a: Tensor, piece: Tensor, i: int) -> None:
        lam = float(self.lam[i])
        if 0 < lam < 1:
            torch.lerp(a, piece, 1 - lam, out=out)
        elif out is not a or lam == 0:  # a picture that weighs nothing is not read
            out.copy_(a if lam == 1 else piece)

    def blend(self, a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
        shape = (-1, *[1] * (a.ndim - 1))
        if ((self.lam == 0) | (self.lam == 1)).any():
            return blend(torch.from_numpy(self.lam).to(a.device).view(shape), a, b, out)
        w_b = torch.from_numpy(1 - self.lam).to(a).view(shape)
        return torch.lerp(a, b, w_b) if out is None else torch.lerp(a, b, w_b, out=out)


class Box(Region):
    """B inside one half-open box a sample, A around it. box is (b, 4): y0, y1, x0, x1."""

    def __init__(self, box: np.ndarray, size: tuple[int, int]) -> None:
        self.box, self.size = box, size
        self._list = box.tolist()

    def __len__(self) -> int:
        return len(self.box)

    def area(self) -> np.ndarray:
        y0, y1, x0, x1 = self.box.T
        return 1 - (y1 - y0) * (x1 - x0) / (self.size[0] * self.size[1])

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        y0, y1, x0, x1 = torch.from_numpy(self.box).to(device).T[:, :, None]
        row = torch.arange(self.size[0], dtype=torch.int64, device=device)
        column = torch.arange(self.size[1], dtype=torch.int64, device=device)
        inside = ((row >= y0) & (row < y1))[:, :, None] & ((column >= x0) & (column < x1))[:, None]
        return ~inside[:, None]

    def rows(self, rows: np.ndarray) -> Box:
        return Box(self.box[rows], self.size)

    def at(self, height: int, width: int) -> Box:
        if (height, width) == self.size:
            return self
        scale = np.array([height / self.size[0]] * 2 + [width / self.size[1]] * 2)
        return Box(np.rint(self.box * scale).astype(np.int64), (height, width))

    def window(self, i: int) -> Window:
        y0, y1, x0, x1 = self._list[i]
        return y0, y1, x0, x1

    def put(self, out: Tensor, a: Tensor, piece: Tensor, i: int) -> None:
        if out is not a:
            out.copy_(a)
        y0, y1, x0, x1 = self._list[i]
        out[:, y0:y1, x0:x1] = piece

    def blend(self, a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
        first = self._list[0]
        if out is a and all(row == first for row in self._list):  # one box: touch only its pixels
            y0, y1, x0, x1 = first
            a[..., y0:y1, x0:x1] = b[..., y0:y1, x0:x1]
            return a
        return blend(self.mask(a.device), a, b, out)


class Cells(Region):
    """Whole cells of a grid, kept or replaced. keep is (b, rows, columns) bool, True = A.

    A cell is ceil(h / rows) by ceil(w / columns) pixels; the last ones are cut by the frame.
    """

    def __init__(self, keep: np.ndarray, size: tuple[int, int]) -> None:
        self.keep, self.size = keep, size
        self._keep = torch.from_numpy(keep)
        self.cell = -(-size[0] // keep.shape[1]), -(-size[1] // keep.shape[2])

    def __len__(self) -> int:
        return len(self.keep)

    def area(self) -> np.ndarray:
        high, wide = (
            np.diff(np.minimum(np.arange(g + 1) * c, s))
            for g, c, s in zip(self.keep.shape[1:], self.cell, self.size, strict=True)
        )
        pixels = np.einsum("bij,i,j->b", self.keep.astype(np.int64), high, wide)
        return pixels / (self.size[0] * self.size[1])

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        return self._grow(self._keep.to(device))[:, None]

    def rows(self, rows: np.ndarray) -> Cells:
        return Cells(self.keep[rows], self.size)

    def at(self, height: int, width: int) -> Cells:
        return self if (height, width) == self.size else Cells(self.keep, (height, width))

    def put(self, out: Tensor, a: Tensor, piece: Tensor, i: int) -> None:
        torch.where(self._grow(self._keep[i : i + 1]), a, piece, out=out)

    def _grow(self, keep: Tensor) -> Tensor:
        (rows, columns), (high, wide) = keep.shape[-2:], self.cell
        cells = keep[:, :, None, :, None].expand(-1, rows, high, columns, wide)
        full = cells.reshape(-1, rows * high, columns * wide)
        return full[:, : self.size[0], : self.size[1]]


class Dense(Region):
    """A mask pixel by pixel, (b, 1, h, w), bool or floating in [0, 1]."""

    def __init__(self, mask: Tensor) -> None:
        self._mask = mask
        self.size = (mask.shape[-2], mask.shape[-1])

    def __len__(self) -> int:
        return len(self._mask)

    def area(self) -> np.ndarray:
        area: np.ndarray = self.mask().double().mean((1, 2, 3)).numpy()
        return area

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        return self._mask.to(device)

    def rows(self, rows: np.ndarray) -> Region:
        return Dense(self._mask[torch.from_numpy(rows)])

    def at(self, height: int, width: int) -> Region:
        """Shrinking averages, so a cell knows how much of it is A; growing repeats pixels."""
        if (height, width) == self.size:
            return self
        mask = self.mask().double()
        if height <= self.size[0] and width <= self.size[1]:
            return Dense(F.adaptive_avg_pool2d(mask, (height, width)))
        return Dense(F.interpolate(mask, (height, width), mode="nearest-exact"))

    def put(self, out: Tensor, a: Tensor, piece: Tensor, i: int) -> None:
        blend(self.mask(a.device)[i], a, piece, out)
