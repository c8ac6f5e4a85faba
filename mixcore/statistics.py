"""Intervals, and the one way in which they are made: units drawn anew with replacement.

What is resampled are units that are independent of each other: blocks of pictures, cut-outs,
samples. The seed of the draws is the caller's, so that a stored interval comes out again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

ENDS = (2.5, 97.5)  # percentiles between which 95 % lie
DRAWS = 1000


@dataclass(frozen=True)
class Interval:
    """A number and the 95 % interval around it."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def measure_interval(value: float, drawn: Sequence[float] | Numbers) -> Interval:
    """A number, and where 95 % of those lie that resamples gave."""
    low, high = np.percentile(drawn, ENDS)
    return Interval(value, float(low), float(high))


class Resamples:
    """Counts of how often each unit was drawn, in each of `draws` resamples of all units.

    units   the unit of each item, of any shape and in any words
    n       how many units there are
    at      the number of each item's unit, in [0, n), shaped as units
    counts  (draws, n) whole numbers
    """

    def __init__(
        self, units: NDArray[Any], random: np.random.Generator, draws: int = DRAWS
    ) -> None:
        known, at = np.unique(units, return_inverse=True)
        self.n, self.at = len(known), at.reshape(units.shape)
        self.counts = random.multinomial(self.n, np.full(self.n, 1 / self.n), size=draws)


def draw_counts(n: int, random: np.random.Generator, draws: int) -> Iterator[NDArray[np.int64]]:
    """The same for n units that are all items, (n,) at a time: many units take no room."""
    for _ in range(draws):
        yield np.bincount(random.integers(n, size=n), minlength=n)
