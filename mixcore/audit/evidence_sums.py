"""Shares of evidence in sight, summed on the map's own grid instead of pixel by pixel.

Enlarging a map is linear, so the mask can be folded down to the map's grid instead, once for any
number of maps: the numbers are those of `visibility.visible_share`, but for rounding.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from mixcore.evidence.map import spread_matrix

# A uniform map's worth of A is A's area but for this: maps are brought to the pixels and not the
# mask to a map's cells, so that only the rounding of single precision is left, here with room.
BOUND = 1e-6


class Cover:
    """Shares of each pixel of its k sources that a mix shows, (k, h, w), asked by many maps."""

    def __init__(self, kept: Tensor) -> None:
        self.kept = kept.double()
        self._folded: dict[tuple[int, int], tuple[Tensor, Tensor | None]] = {}

    def share(self, k: int, values: Tensor) -> float:
        """The share of source k's map (gh, gw), >= 0, that is in sight."""
        folded, whole = self._fold(values.shape[-2], values.shape[-1])
        found = values.double().flatten()
        total = float(found.sum() if whole is None else torch.dot(found, whole))
        if total <= 0:  # no evidence at all counts as evidence everywhere
            return float(self.kept[k].mean())
        return min(1.0, max(0.0, float(torch.dot(found, folded[k])) / total))

    def _fold(self, rows: int, columns: int) -> tuple[Tensor, Tensor | None]:
        """What a cell of each source's map counts for in sight, (k, gh * gw), and in all."""
        if (rows, columns) not in self._folded:
            h, w = self.kept.shape[-2:]
            if (rows, columns) == (h, w):  # an exact mask, whose pixels all count for one
                return self.kept.flatten(1), None
            down, across = spread_matrix(rows, h), spread_matrix(columns, w)
            whole = torch.outer(down.sum(0), across.sum(0)).flatten()
            self._folded[rows, columns] = (down.T @ self.kept @ across).flatten(1), whole
        return self._folded[rows, columns]


def worth(s_a: float, s_b: float) -> float:
    """What A's label should be worth, s_A / (s_A + s_B); NaN where nothing is in sight."""
    return s_a / (s_a + s_b) if s_a + s_b > 1e-9 else math.nan


def mismatch(w_a: float, w_b: float, right: float) -> float:
    """How far A's share of the label is from what it should be worth, in [0, 1] or NaN."""
    total = w_a + w_b
    return abs(w_a / total - right) if total > 0 else math.nan


def entropy(values: Tensor) -> float:
    """Of a map (gh, gw), as a share of an even map's: 1 is even, 0 all in one cell."""
    p = values.double().flatten()
    total = float(p.sum())
    if total <= 0 or len(p) < 2:
        return 1.0
    p = p / total
    return float(torch.special.entr(p).sum()) / math.log(len(p))
