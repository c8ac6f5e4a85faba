"""Random smooth fields, and FMix's region: a field cut at the rank that leaves A its share.

The field is a sum of few low frequencies, so it is held as their coefficients: it can be
evaluated on any device and at any size, the same picture at 64 and at 448 pixels.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from mixcore.moved import find_renamed
from mixcore.regions.shapes import Dense, Region

__getattr__ = find_renamed(__name__)


@lru_cache(maxsize=64)
def make_spectrum(
    height: int, width: int, decay: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The frequencies worth drawing for one field, lowest ring first.

    Returns ky, kx (whole cycles a frame, kx >= 0) and the amplitude of each. A frequency f, in
    cycles a pixel, has amplitude 1 / max(f, 1 / max(h, w)) ** decay. Rings that together hold
    less than 0.5 % of the energy of the field's gradient are left out: they are too fine and too
    faint to move an edge. The order does not depend on decay, so that with a fixed seed more
    decay smooths the same field instead of drawing another.
    """
    ky = np.rint(np.fft.fftfreq(height) * height).astype(np.int64)[:, None]
    kx = np.arange(width // 2 + 1)[None]
    f = np.sqrt((ky / height) ** 2 + (kx / width) ** 2)
    long = max(height, width)
    amplitude = 1 / np.maximum(f, 1 / long) ** decay
    ring = np.floor(f * long + 1e-9).astype(np.int64)
    energy = np.bincount(ring.ravel(), ((amplitude * f) ** 2).ravel())
    kept = int(np.searchsorted(np.cumsum(energy), 0.995 * energy.sum()))
    ky, kx = np.broadcast_arrays(ky, kx)
    order = np.lexsort((kx.ravel(), ky.ravel(), np.abs(ky).ravel(), ring.ravel()))
    order = order[: int((ring <= kept).sum())]
    return ky.ravel()[order], kx.ravel()[order], amplitude.ravel()[order]


class FourierField(Dense):
    """A mask made of a random smooth field, one a sample; a subclass says how.

    noise  (n, b, 2) standard normal, real and imaginary part of each frequency of `spectrum`
    """

    def __init__(self, noise: np.ndarray, size: tuple[int, int], decay: float) -> None:
        self.noise, self.size, self.decay = noise, size, decay
        self._made: dict[str, Tensor] = {}

    @abstractmethod
    def _make(self, device: torch.device | str) -> Tensor:
        """The mask, (b, 1, h, w)."""

    @abstractmethod
    def _like(self, noise: np.ndarray, rows: np.ndarray, size: tuple[int, int]) -> Region:
        """The region of these samples with that noise, at another size."""

    def __len__(self) -> int:
        return self.noise.shape[1]

    def rows(self, rows: np.ndarray) -> Region:
        return self._like(self.noise[:, rows], rows, self.size)

    def at(self, height: int, width: int) -> Region:
        if (height, width) == self.size:
            return self
        same_shape = height * self.size[1] == width * self.size[0]
        needed = len(make_spectrum(height, width, self.decay)[0])
        if not same_shape or needed > len(self.noise):  # it would need coefficients never drawn
            return super().at(height, width)
        return self._like(self.noise[:needed], np.arange(len(self)), (height, width))

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        key = str(device)
        if key not in self._made:
            self._made[key] = self._make(device)
        return self._made[key]

    def field(self, device: torch.device | str = "cpu", step: int = 1) -> Tensor:
        """The grey fields (b, h, w), float32, or every step-th row and column of them.

        Summed in float64 where the device has it, so that ranks, and with them the mask, are
        the same everywhere.
        """
        h, w = self.size
        exact = torch.float32 if torch.device(device).type == "mps" else torch.float64
        ky, kx, amplitude = make_spectrum(h, w, self.decay)
        # The plane of frequencies holds every wave twice, as (ky, kx) and (-ky, -kx). Half the
        # plane is drawn, so a draw stands for two; but in the columns kx = 0 and kx = w / 2 both
        # of the two are drawn, and without the root their waves would be too faint by half.
        scale = amplitude * np.where((kx == 0) | (2 * kx == w), 2**0.5, 2) / amplitude.max()
        weight = self.noise[: len(ky)] * scale[:, None, None]
        rows, row_of = np.unique(ky, return_inverse=True)
        columns, column_of = np.unique(kx, return_inverse=True)
        grid = np.zeros((2, len(self), len(rows), len(columns)))
        grid[:, :, row_of, column_of] = weight.transpose(2, 1, 0)
        a, b = torch.from_numpy(grid).to(device, exact)
        cos_y, sin_y = (wave[::step] for wave in _waves(rows, h, device, exact))
        cos_x, sin_x = (wave[::step] for wave in _waves(columns, w, device, exact))
        # Re sum (a + ib) e^(i(y + x)), as products of small matrices
        even, odd = cos_y @ a - sin_y @ b, sin_y @ a + cos_y @ b
        return (torch.cat([even, -odd], -1) @ torch.cat([cos_x, sin_x], -1).T).float()


class Fourier(FourierField):
    """A's pixels are the `count` highest of a random field; soft blurs the edge by rank.

    noise  (n, b, 2) standard normal, as in RandomField
    lam    (b,) A's intended share
    up     (b,) bool, whether the number of pixels is rounded up (else down)
    soft   widest half-ramp of the edge as a share of the frame, 0 for a hard mask
    """

    def __init__(
        self,
        noise: np.ndarray,
        lam: np.ndarray,
        up: np.ndarray,
        size: tuple[int, int],
        decay: float,
        soft: float = 0.0,
    ) -> None:
        super().__init__(noise, size, decay)
        self.lam, self.up, self.soft = lam, up, soft
        pixels = lam * size[0] * size[1]
        self.count = np.where(up, np.ceil(pixels), np.floor(pixels)).astype(np.int64)

    def area(self) -> np.ndarray:
        if self.soft:
            return self._ramp().mean(1)
        return self.count / (self.size[0] * self.size[1])

    def _like(self, noise: np.ndarray, rows: np.ndarray, size: tuple[int, int]) -> Fourier:
        return Fourier(noise, self.lam[rows], self.up[rows], size, self.decay, self.soft)

    def _make(self, device: torch.device | str) -> Tensor:
        return self._soft(device) if self.soft else self._hard(device)

    def _hard(self, device: torch.device | str) -> Tensor:
        field = self.field(device).flatten(1)
        if field.device.type == "cpu":
            mask = torch.from_numpy(_keep_highest(field.numpy(), self.count))
        else:
            rank = field.argsort(dim=1, descending=True, stable=True).argsort(1)
            mask = rank < torch.from_numpy(self.count).to(device)[:, None]
        return mask.view(len(self), 1, *self.size)

    def _soft(self, device: torch.device | str) -> Tensor:
        order = self.field(device).flatten(1).argsort(dim=1, descending=True, stable=True)
        ramp = torch.from_numpy(self._ramp().astype(np.float32)).to(device)
        return torch.empty_like(ramp).scatter_(1, order, ramp).view(len(self), 1, *self.size)

    def _ramp(self) -> np.ndarray:
        """A's share by rank, (b, h * w): 1, then a straight slope around the cut, then 0."""
        n = self.size[0] * self.size[1]
        half = (n * np.minimum(self.soft, np.minimum(self.lam, 1 - self.lam))).astype(np.int64)
        rank = np.arange(n)[None]
        slope = ((self.count + half)[:, None] - rank - 0.5) / np.maximum(2 * half, 1)[:, None]
        return np.where(half[:, None] > 0, np.clip(slope, 0, 1), rank < self.count[:, None])


def _waves(
    k: np.ndarray, n: int, device: torch.device | str, dtype: torch.dtype
) -> tuple[Tensor, Tensor]:
    """cos and sin of 2 pi k t / n for t = 0..n-1, (n, len(k)) each."""
    angle = torch.from_numpy(np.outer(np.arange(n), k) % n * (2 * math.pi / n))
    return angle.cos().to(device, dtype), angle.sin().to(device, dtype)


def _keep_highest(values: np.ndarray, count: np.ndarray) -> np.ndarray:
    """True at the count[i] highest of row i; equal values at the edge go to the first pixels."""
    mask = np.empty(values.shape, bool)
    for row, n, kept in zip(values, count.tolist(), mask, strict=True):
        if n == 0 or n == len(row):
            kept[:] = n > 0
            continue
        edge = np.partition(row, len(row) - n)[len(row) - n]
        np.greater_equal(row, edge, out=kept)
        extra = int(kept.sum()) - n
        if extra:
            kept[np.flatnonzero(row == edge)[-extra:]] = False
    return mask
