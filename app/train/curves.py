"""Curves of runs, ready to draw: thinned, smoothed, summed up over seeds. Pure numpy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

MOST = 2000  # points of one curve in the browser

Numbers = NDArray[np.float64]


def thin_points(y: Numbers, most: int = MOST) -> NDArray[np.intp]:
    """Which of the points (n,) to draw, at most `most` >= 4 of them, in order.

    The first and the last stay, and of each of the equal buckets between them the lowest and the
    highest: no spike is lost. Points that are no numbers are never the lowest or highest.
    """
    n = len(y)
    if n <= most:
        return np.arange(n)
    buckets = (most - 2) // 2
    edges = np.linspace(1, n - 1, buckets + 1).astype(np.intp)
    low, high = np.where(np.isfinite(y), y, np.inf), np.where(np.isfinite(y), y, -np.inf)
    kept = {0, n - 1}
    for start, end in pairwise(edges):
        kept |= {start + int(low[start:end].argmin()), start + int(high[start:end].argmax())}
    return np.array(sorted(kept), np.intp)


def smooth_curve(y: Numbers, weight: float) -> Numbers:
    """The running mean of y (n,): each point counts `weight` times what the next one does.

    weight is in [0, 1), 0 changes nothing. The start is not pulled towards 0: it is the mean of
    what there is so far. What is no number stays so and does not count.
    """
    if weight == 0 or len(y) == 0:
        return y
    out, total, mass = np.full(len(y), np.nan), 0.0, 0.0
    for i, value in enumerate(y.tolist()):
        if value == value and abs(value) != np.inf:
            total, mass = weight * total + value, weight * mass + 1
            out[i] = total / mass
    return out


def summarize_curves(
    curves: Sequence[tuple[Numbers, Numbers]],
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """x, mean, lowest and highest of several curves (x, y), at those x that all of them have."""
    common = curves[0][0]
    for x, _ in curves[1:]:
        common = np.intersect1d(common, x)
    rows = []
    for x, y in curves:
        order = np.argsort(x, kind="stable")
        rows.append(y[order[np.searchsorted(x[order], common)]])
    stacked = np.stack(rows)
    return common, stacked.mean(0), stacked.min(0), stacked.max(0)
