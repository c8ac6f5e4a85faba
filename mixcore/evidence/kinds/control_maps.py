"""Controls: maps that know nothing of a picture. What can't beat them is not evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from mixcore.evidence.kinds import NOTHING, OTHER, kind
from mixcore.evidence.map import Evidence
from mixcore.evidence.timing import Clock
from mixcore.moved import find_renamed
from mixcore.rng import make_streams

__getattr__ = find_renamed(__name__)


@kind("uniform", "Uniform (control)", needs=NOTHING, cost="nothing")
@dataclass(frozen=True)
class Uniform:
    """Everywhere alike. cells is the number a side of the grid; 0 makes one cell a pixel."""

    cells: int = 0

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        clock = Clock(x)
        values = torch.ones(1, 1, *_grid(x, self.cells), dtype=torch.float32, device=x.device)
        return Evidence(values.expand(len(x), -1, -1, -1), "uniform", cost=clock.cost())


@kind("centre", "Centred Gaussian (control)", needs=NOTHING, cost="nothing")
@dataclass(frozen=True)
class Center:
    """A Gaussian in the middle, sigma of each side wide: where photographers put things."""

    sigma: float = 0.25
    cells: int = 0

    def __post_init__(self) -> None:
        if not self.sigma > 0:
            raise ValueError(f"Centre.sigma must be > 0, got {self.sigma}.")

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        clock = Clock(x)
        down, across = (self._profile(n, x.device) for n in _grid(x, self.cells))
        values = (down[:, None] * across)[None, None]
        return Evidence(
            values.expand(len(x), -1, -1, -1),
            "centred Gaussian",
            scale=f"sigma {self.sigma:g} of each side",
            cost=clock.cost(),
        )

    def _profile(self, n: int, device: torch.device) -> Tensor:
        place = (torch.arange(n, dtype=torch.float32, device=device) + 0.5) / n - 0.5
        return (-0.5 * (place / self.sigma) ** 2).exp()


@kind("shuffled", "Shuffled (control)", needs=OTHER, cost="nothing")
@dataclass(frozen=True)
class Shuffled:
    """Another provider's maps, broken: what is left of its merit was never about the picture.

    how   "pictures" gives each picture the map of another one of the batch, so that what is
          common to all maps (a bias to the middle) stays; "cells" permutes each map's own cells,
          so that only how uneven it is stays
    seed  of the permutation
    """

    of: Callable[..., Evidence]
    how: str = "pictures"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.how not in ("pictures", "cells"):
            raise ValueError(f"Shuffled.how must be 'pictures' or 'cells', got {self.how!r}.")

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        return shuffle_maps(self.of(x, y), self.how, self.seed)


def shuffle_maps(evidence: Evidence, how: str = "pictures", seed: int = 0) -> Evidence:
    """The same maps, each on another picture, or each with its own cells in another order."""
    values, random = evidence.values, make_streams(seed).stage("shuffle")
    b = len(values)
    if how == "pictures":
        if b < 2:
            raise ValueError("Maps of other pictures need a batch of at least 2, got 1.")
        ring = random.permutation(b)  # one ring through all, so that none keeps its own
        other = np.empty(b, np.int64)
        other[ring] = np.roll(ring, 1)
        mixed = values[torch.from_numpy(other).to(values.device)]
    else:
        flat = values.flatten(2)
        order = random.random((b, 1, flat.shape[2])).argsort(2)
        mixed = flat.gather(2, torch.from_numpy(order).to(values.device)).view_as(values)
    said = "of another picture" if how == "pictures" else "with its cells permuted"
    return replace(evidence, values=mixed, name=f"{evidence.name} {said}")


def _grid(x: Tensor, cells: int) -> tuple[int, int]:
    return (cells, cells) if cells else (x.shape[-2], x.shape[-1])
