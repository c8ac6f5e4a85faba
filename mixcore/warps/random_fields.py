"""Gaussian random fields: parameters of a change that drift smoothly from pixel to pixel.

A field is a sum of few plane waves, held as their random coefficients, so it is the same field at
any size and on any device. It lives on the frame [0, 1] x [0, 1] and repeats beyond it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.warps import color
from mixcore.warps.geometry import Window, crop_image, to_float32

SHAPES = ("rotation", "scale", "shear", "down", "across")
COLORS = ("hue", "saturation", "brightness")
FIELDS = SHAPES + COLORS

WAVES = 16  # a frame at most; finer ones tear pixels apart instead of bending the picture
KY, KX = np.arange(-WAVES, WAVES + 1), np.arange(WAVES + 1)
DRAWN = (len(FIELDS), 2, len(KY), len(KX))  # numbers a sample


@lru_cache(maxsize=64)
def make_amplitudes(gamma: float) -> np.ndarray:
    """The standard deviation of each wave's coefficients, (len(KY), len(KX)).

    Rows are KY and columns KX, in waves a frame. They fall as
    |k| ** (-gamma / 2), and the squares that reach a pixel sum to 1. The constant counts as
    |k| = sqrt(1 / 2), so that a large gamma leaves it alone: one number for the whole frame.
    """
    k = np.hypot(KY[:, None], KX)
    amplitude = np.where(k <= WAVES, np.maximum(k, 0.5**0.5) ** (-gamma / 2), 0)
    amplitude[:, 1:] *= 2**0.5  # each stands for its mirror image at -kx too
    total: np.ndarray = amplitude / np.sqrt((amplitude**2).sum())
    return total


@dataclass(frozen=True, eq=False)
class RandomFieldWarp:
    """Each pixel turned, scaled, sheared, moved and recoloured by fields of its own.

    noise  (b, *DRAWN) standard normal
    gamma  how fast fine waves fade
    sigma  standard deviation of each of FIELDS; left out or 0 is not applied at all.
           rotation in radians, scale in natural logarithms, shear as a ratio, down and across as
           shares of the longer side, hue in turns, saturation and brightness in logarithms
    size   (h, w) it was planned for, whose shape stays the reference at other sizes
    mode   how pixels are read: "bilinear", or "nearest" for label maps
    """

    noise: np.ndarray
    gamma: float
    sigma: Mapping[str, float]
    size: tuple[int, int]
    mode: str = "bilinear"

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        """What sample i takes of its image row (c, h, w); colours need values in [0, 1]."""
        one, (h, w) = self.rows(np.array([i])), row.shape[-2:]
        recolors = self._any(COLORS)
        if recolors:
            color.must_be_unit(row, "Random colour")
        image = to_float32(row)[None]
        if self._any(SHAPES):
            grid = one.grid(h, w, row.device).to(image.dtype)
            image = F.grid_sample(image, grid, self.mode, "reflection", align_corners=False)
        if recolors:
            image = one._recolored(image)
        return crop_image(image[0].to(row.dtype), window)

    def rows(self, rows: np.ndarray) -> RandomFieldWarp:
        """The same for the chosen samples."""
        return replace(self, noise=self.noise[rows])

    def nearest(self) -> RandomFieldWarp:
        """The same for label maps: moved, but not recoloured."""
        sigma = {name: value for name, value in self.sigma.items() if name in SHAPES}
        return replace(self, sigma=sigma, mode="nearest")

    def fields(
        self,
        names: tuple[str, ...],
        y: np.ndarray,
        x: np.ndarray,
        device: torch.device | str = "cpu",
    ) -> list[Tensor]:
        """Some of FIELDS at the rows y and columns x, shares of the frame.

        (b, len(y), len(x)) each, or (b, 1, 1) of zeros for a field that is not applied.
        """
        waves = _waves(y, KY, device), _waves(x, KX, device)
        return [self._field(name, *waves) for name in names]

    def grid(self, height: int, width: int, device: torch.device | str = "cpu") -> Tensor:
        """Where each pixel is taken from, (b, h, w, 2) of x, y in PyTorch's [-1, 1], no align."""
        return 2 * self._origin(_centers(height), _centers(width), device) - 1

    def jacobian(self, height: int, width: int) -> Tensor:
        """How many times its own area each pixel is taken from, (b, h, w); <= 0 where it folds.

        The determinant of the change of place across each pixel, from its four corners.
        """
        y, x = np.arange(height + 1) / height, np.arange(width + 1) / width
        corner = self._origin(y, x).double()
        down, across = corner.diff(dim=1) * height, corner.diff(dim=2) * width
        down, across = (down[:, :, 1:] + down[:, :, :-1]) / 2, (across[:, 1:] + across[:, :-1]) / 2
        return across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]

    @property
    def folded(self) -> np.ndarray:
        """The share of each frame where the picture folds over itself, (b,)."""
        folds: np.ndarray = (self.jacobian(*self.size) <= 0).double().mean((1, 2)).numpy()
        return folds

    def _field(
        self, name: str, along_y: tuple[Tensor, Tensor], along_x: tuple[Tensor, Tensor]
    ) -> Tensor:
        (cos_y, sin_y), (cos_x, sin_x) = along_y, along_x
        sigma = self.sigma.get(name, 0.0)
        if sigma == 0:
            return torch.zeros(len(self.noise), 1, 1, dtype=cos_y.dtype, device=cos_y.device)
        weight = self.noise[:, FIELDS.index(name)] * (sigma * make_amplitudes(self.gamma))
        a, b = torch.from_numpy(weight.astype(np.float32)).to(cos_y.device).unbind(1)
        # Re sum (a + ib) e^(i(y + x)), as products of small matrices
        even, odd = cos_y @ a - sin_y @ b, sin_y @ a + cos_y @ b
        return even @ cos_x.T - odd @ sin_x.T

    def _any(self, names: tuple[str, ...]) -> bool:
        return any(self.sigma.get(name, 0.0) for name in names)

    def _origin(self, y: np.ndarray, x: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
        """u' = c + A(u) (u - c) + t(u) for u in the product of y and x: (b, len(y), len(x), 2).

        x', y' as shares of the frame; A = scale * rotation * shear about the middle c.
        """
        high, wide = (side / max(self.size) for side in self.size)
        turn, size, shear, down, across = self.fields(SHAPES, y, x, device)
        v = torch.from_numpy((y - 0.5).astype(np.float32) * high).to(device)[:, None]
        u = torch.from_numpy((x - 0.5).astype(np.float32) * wide).to(device) + shear * v
        cos, sin = size.exp() * turn.cos(), size.exp() * turn.sin()
        moved = (cos * u - sin * v + across) / wide, (sin * u + cos * v + down) / high
        return torch.stack(torch.broadcast_tensors(*moved), -1) + 0.5

    def _recolored(self, images: Tensor) -> Tensor:
        y, x = _centers(images.shape[-2]), _centers(images.shape[-1])
        turn, gray, light = (field.to(images) for field in self.fields(COLORS, y, x, images.device))
        images = color.turn_hue(images, turn) if self.sigma.get("hue") else images
        images = color.scale_saturation(images, gray[:, None].exp())
        return (images * light[:, None].exp()).clamp(0, 1)


def _centers(n: int) -> np.ndarray:
    centers: np.ndarray = (np.arange(n) + 0.5) / n
    return centers


def _waves(at: np.ndarray, k: np.ndarray, device: torch.device | str) -> tuple[Tensor, Tensor]:
    """cos and sin of 2 pi k at, (len(at), len(k)) each."""
    angle = torch.from_numpy(np.outer(at, k) * (2 * math.pi))
    return angle.cos().float().to(device), angle.sin().float().to(device)
