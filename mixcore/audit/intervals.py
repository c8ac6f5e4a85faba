"""Intervals for an audit's numbers: blocks or pairs are drawn anew, not single mixes.

A picture is A in one mix and B in another, and both are in one block, so mixes of a block go
together while blocks are independent. All methods' numbers come of the same resamples.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixcore.rng import Streams
from mixcore.statistics import DRAWS, Interval, Numbers, Resamples, measure_interval

FEW = 8  # blocks: below this single pairs are drawn instead


class Blocks:
    """Counts of how often each block of mixes was drawn, in each of DRAWS resamples.

    block (n,) and pair (n,) are those of each mix: all methods mix the same pairs. `unit` says what
    is resampled, "blocks" or "pairs", and n how many there are.
    """

    def __init__(
        self, block: NDArray[Any], pair: NDArray[Any], seed: int = 0, draws: int = DRAWS
    ) -> None:
        self.unit = "blocks" if len(np.unique(block)) >= FEW else "pairs"
        units = block if self.unit == "blocks" else pair
        drawn = Resamples(units, Streams(seed).stage("bootstrap"), draws)
        self.n, self._at, self._counts = drawn.n, drawn.at, drawn.counts.astype(np.float64)

    def mean(self, values: Numbers, which: NDArray[np.bool_]) -> Interval:
        """The mean of those of the mixes' values (n,) that count; NaN where none do."""
        n = int(which.sum())
        if n == 0:
            return Interval(math.nan, math.nan, math.nan)
        sums = np.bincount(self._at[which], values[which], minlength=self.n)
        sizes = np.bincount(self._at[which], minlength=self.n).astype(np.float64)
        drawn = self._counts @ sizes
        means = (self._counts @ sums)[drawn > 0] / drawn[drawn > 0]
        return measure_interval(float(values[which].mean()), means)


def are_apart(one: Interval, other: Interval) -> bool:
    """Whether two intervals have nothing in common, so that their order may be told."""
    return one.high < other.low or other.high < one.low
