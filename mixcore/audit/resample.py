"""Intervals for an audit's numbers: blocks of pictures drawn anew, not single mixes.

A picture is A in one mix and B in another, and both are in one block, so mixes of a block go
together while blocks are independent. All methods' numbers come of the same resamples.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from mixcore.interval import Interval
from mixcore.rng import Streams

DRAWS = 1000
FEW = 8  # blocks: below this single mixes are drawn instead
ENDS = (2.5, 97.5)
Numbers = NDArray[np.float64]


class Blocks:
    """How often each block of mixes was drawn, in each of DRAWS resamples.

    block (n,) is the block of each mix; `unit` says what is resampled, "blocks" or "mixes".
    """

    def __init__(self, block: NDArray[np.int64], seed: int = 0, draws: int = DRAWS) -> None:
        known, at = np.unique(block, return_inverse=True)
        self.unit = "blocks" if len(known) >= FEW else "mixes"
        k = len(known) if self.unit == "blocks" else len(block)
        self.n = k
        rng = Streams(seed).stage("bootstrap")
        self._counts = rng.multinomial(k, np.full(k, 1 / k), size=draws).astype(np.float64)
        self._at = at if self.unit == "blocks" else np.arange(len(block))

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


def apart(one: Interval, other: Interval) -> bool:
    """Whether two intervals have nothing in common, so that their order may be told."""
    return one.high < other.low or other.high < one.low
