"""Separable regions: B's share of a pixel is its row's share times its column's.

Two profiles, (b, h) and (b, w), stand for the whole mask, so the area needs no pixel and the
mask is one product on the device that asks for it. Places are kept as shares of the frame's
sides, so the picture is the same at another size. Hard masks are laid by lerp too: it is exact
at 0 and 1 for finite pixels, and on a CPU torch's lerp is several times faster than its where.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from mixcore.regions.shapes import Region


class Separable(Region):
    """1 - rows x columns is A's; a subclass says what its profiles are."""

    @abstractmethod
    def profile(self, axis: int) -> np.ndarray:
        """B's share along the height (axis 0) or the width (axis 1), (b, n); bool if hard."""

    def area(self) -> np.ndarray:
        rows, columns = self._profiles
        area: np.ndarray = 1 - rows.mean(1) * columns.mean(1)
        return area

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        share = self._share(device)
        return share == 0 if self._profiles[0].dtype == bool else 1 - share

    def put(self, out: Tensor, a: Tensor, piece: Tensor, i: int) -> None:
        rows, columns = self._tensors
        torch.lerp(a, piece, _times(rows[i], columns[i]).to(a.dtype), out=out)

    def blend(self, a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
        share = self._share(a.device).to(a.dtype)
        return torch.lerp(a, b, share) if out is None else torch.lerp(a, b, share, out=out)

    def _share(self, device: torch.device | str) -> Tensor:
        rows, columns = (side.to(device) for side in self._tensors)
        return _times(rows, columns)[:, None]

    @cached_property
    def _profiles(self) -> tuple[np.ndarray, np.ndarray]:
        return self.profile(0), self.profile(1)

    @cached_property
    def _tensors(self) -> tuple[Tensor, Tensor]:
        rows, columns = (torch.from_numpy(side.astype(np.float32)) for side in self._profiles)
        return rows, columns


class Bump(Separable):
    """B through a Gaussian bump, 1 at its centre.

    centre  (b, 2) y and x as shares of the frame
    sigma   (b,) width as a share of each side; 0 is all A, infinity all B
    """

    def __init__(self, center: np.ndarray, sigma: np.ndarray, size: tuple[int, int]) -> None:
        self.center, self.sigma, self.size = center, sigma, size

    @classmethod
    def leaving(cls, lam: np.ndarray, center: np.ndarray, size: tuple[int, int]) -> Bump:
        """The bump of that centre that leaves A the share lam, (b,), of the frame."""
        low, high = np.full(len(lam), -14.0), np.full(len(lam), 14.0)  # log of any useful width
        for _ in range(40):
            middle = (low + high) / 2
            too_narrow = cls(center, np.exp(middle), size).area() > lam
            low, high = np.where(too_narrow, middle, low), np.where(too_narrow, high, middle)
        sigma = np.exp((low + high) / 2)
        return cls(center, np.select([lam == 0, lam == 1], [np.inf, 0.0], sigma), size)

    def __len__(self) -> int:
        return len(self.sigma)

    def profile(self, axis: int) -> np.ndarray:
        away = _pixels(self.size[axis]) - self.center[:, axis, None]
        width = np.where(self.sigma > 0, self.sigma, 1)[:, None]
        bump: np.ndarray = np.exp(-((away / width) ** 2) / 2) * (self.sigma > 0)[:, None]
        return bump

    def rows(self, rows: np.ndarray) -> Bump:
        return Bump(self.center[rows], self.sigma[rows], self.size)

    def at(self, height: int, width: int) -> Bump:
        same = (height, width) == self.size
        return self if same else Bump(self.center, self.sigma, (height, width))


class Holes(Separable):
    """B in the upper left corner of every patch of a grid that covers a cut of the frame.

    cut    (b, 4) y0, y1, x0, x1 as shares of the frame; what hangs over it is cut off
    patch  (b, 2) height and width of a patch as shares of the frame
    hole   (b,) side of a hole as a share of its patch's
    """

    def __init__(
        self, cut: np.ndarray, patch: np.ndarray, hole: np.ndarray, size: tuple[int, int]
    ) -> None:
        self.cut, self.patch, self.hole, self.size = cut, patch, hole, size

    def __len__(self) -> int:
        return len(self.hole)

    def profile(self, axis: int) -> np.ndarray:
        pixels = _pixels(self.size[axis])
        start, end = self.cut[:, 2 * axis, None], self.cut[:, 2 * axis + 1, None]
        patch = self.patch[:, axis, None]
        in_hole = (pixels - start) % patch < self.hole[:, None] * patch
        inside: np.ndarray = (pixels >= start) & (pixels < end) & in_hole
        return inside

    def rows(self, rows: np.ndarray) -> Holes:
        return Holes(self.cut[rows], self.patch[rows], self.hole[rows], self.size)

    def at(self, height: int, width: int) -> Holes:
        same = (height, width) == self.size
        return self if same else Holes(self.cut, self.patch, self.hole, (height, width))


def _pixels(n: int) -> np.ndarray:
    """Centres of the pixels along a side, as shares of it, (n,)."""
    return (np.arange(n) + 0.5) / n


def _times(rows: Tensor, columns: Tensor) -> Tensor:
    return rows[..., :, None] * columns[..., None, :]
