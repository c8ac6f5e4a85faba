"""Intervals for an audit's numbers: blocks of pictures drawn anew, or pairs, not single mixes.

A picture is A in one mix and B in another, and both are in one block, so mixes of a block go
together while blocks are independent. All methods' numbers come of the same resamples.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixcore.rng import Streams
from mixcore.statistics import Interval

DRAWS = 1000
FEW = 8  # blocks: below this single pairs are drawn instead
ENDS = (2.5, 97.5)
Numbers = NDArray[np.float64]


class Blocks:
    """How often each block of mixes was drawn, in each of DRAWS resamples.

    block (n,) and pair (n,) are those of each mix: all methods mix the same pairs. `unit` says what
    is resampled, "blocks" or "pairs", and n how many there are.
    """

    def __init__(
        self, block: NDArray[Any], pair: NDArray[Any], seed: int = 0, draws: int = DRAWS
    ) -> None:
        known, self._at = np.unique(block, return_inverse=True)
        self.unit = "blocks" if len(known) >= FEW else "pairs"
        if self.unit == "pairs":
            known, self._at = np.unique(pair, return_inverse=True)
        self.n = k = len(known)
        rng = Streams(seed).stage("bootstrap")
        self._counts = rng.multinomial(k, np.full(k, 1 / k), size=draws).astype(np.float64)

    def mean(self, values: Numbers, which: NDArray[np.bool_]) -> Interval:
        """The mean of those of the mixes' values (n,) that count; NaN where none do."""
        n = int(which.sum())
        if n == 0:
            return Interval(math.nan, math.nan, math.nan)
        sums = np.bincount(self._at[which], values[which], minlength=self.n)
        sizes = np.bincount(self._at[which], minlength=self.n).astype(np.float64)
        drawn = self._counts @ sizes
        means = (self._counts @ sums)[drawn > 0] / drawn[drawn > 0]
        low, high = np.percentile(means, ENDS)
        return Interval(float(values[which].mean()), float(low), float(high))


def are_apart(one: Interval, other: Interval) -> bool:
    """Whether two intervals have nothing in common, so that their order may be told."""
    return one.high < other.low or other.high < one.low
