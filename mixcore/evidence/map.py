"""Evidence as a value: a non-negative map a picture, and everything needed to believe it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Evidence:
    """Maps of b pictures, on the grid of whatever made them.

    values  (b, 1, h, w) float32, finite and >= 0; only their proportions within a picture matter
    name    what it is, in words: "class attention", "CAM of the true class", "uniform"
    model   whose it is, or "" for maps that need no model
    layer   where in the model, "block 3 of 3, mean of heads", or ""
    scale   what was done to the raw values, "raw" or "minus mean" or "times CAM ..."
    cost    milliseconds a picture that making it took, beside a bare forward pass

    Raises ValueError for a wrong shape and for values below 0 or not finite.
    """

    values: Tensor
    name: str
    model: str = ""
    layer: str = ""
    scale: str = "raw"
    cost: float = 0.0

    def __post_init__(self) -> None:
        if self.values.ndim != 4 or self.values.shape[1] != 1:
            raise ValueError(
                f"Evidence {self.name!r} must have shape (b, 1, h, w), "
                f"got {tuple(self.values.shape)}."
            )
        low = float(self.values.min())
        if not (low >= 0 and bool(torch.isfinite(self.values).all())):
            raise ValueError(
                f"Evidence {self.name!r} must be finite and >= 0, got {low:g} at its lowest."
            )

    def __len__(self) -> int:
        return len(self.values)

    def minus_mean(self) -> Evidence:
        """max(0, values - their mean): what stands out. An even map stays as it is, even."""
        values = self.values
        rest = (values - values.mean((2, 3), keepdim=True)).clamp(min=0)
        even = rest.sum((2, 3), keepdim=True) <= 1e-6 * values.sum((2, 3), keepdim=True)
        return replace(self, values=torch.where(even, values, rest), scale="minus mean")

    def times(self, other: Evidence) -> Evidence:
        """The geometric mean of two kinds of evidence, on the finer of the two grids."""
        size = max(self.values.shape[-2:], other.values.shape[-2:])
        product = self.at(*size) * other.at(*size)
        return replace(
            self,
            values=product.sqrt(),
            scale=f"{self.scale}, times {other.name} ({other.scale})",
            cost=self.cost + other.cost,
        )

    def at(self, height: int, width: int) -> Tensor:
        """The values on another grid, (b, 1, height, width), each picture summing to 1.

        Bilinear, averaged where the grid shrinks; a picture without any evidence gets it evenly.
        """
        values = self.values
        if values.shape[-2:] != (height, width):
            values = F.interpolate(
                values, (height, width), mode="bilinear", align_corners=False, antialias=True
            ).clamp(min=0)
        total = values.sum((2, 3), keepdim=True)
        even = torch.full_like(values, 1 / (height * width))
        return torch.where(total > 0, values / total.clamp(min=1e-30), even)

    def under(self, mask: Tensor) -> Tensor:
        """The share of each picture's evidence under its mask (b, 1, H, W) in [0, 1]: (b,)."""
        return (self.at(*mask.shape[-2:]).double() * mask.double()).sum((1, 2, 3)).float()


@lru_cache(maxsize=64)
def spread_matrix(cells: int, n: int) -> Tensor:
    """What each of n pixels of a side takes of each cell of a map, (n, cells) float64.

    Enlarging as `Evidence.at` does it is linear: on one side it is this matrix.
    """
    one_by_one = torch.eye(cells, dtype=torch.float64, device="cpu")[None, None]
    return F.interpolate(one_by_one, (n, cells), mode="bilinear", antialias=True)[0, 0]
