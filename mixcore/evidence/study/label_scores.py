"""Numbers about evidence and label weights, with intervals that know what was resampled.

Pictures of one cut-out are alike, so intervals resample cut-outs, not pictures: a picture counts
as often as its cut-out was drawn, a pair as often as both of its cut-outs were (two-way cluster
bootstrap). 95 %, percentiles.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixcore.statistics import DRAWS, Interval, Numbers, Resamples, measure_interval


class Bootstrap:
    """Resampled weights (DRAWS, m) of m items, each made of one or two sources (m,) or (m, 2)."""

    def __init__(self, sources: NDArray[np.int64], draws: int = DRAWS, seed: int = 0) -> None:
        sources = sources.reshape(len(sources), -1)
        drawn = Resamples(sources, np.random.default_rng(seed), draws)
        weights = drawn.counts[:, drawn.at].prod(2).astype(np.float64)
        self._weights = weights[weights.sum(1) > 0]
        self._weights /= self._weights.sum(1, keepdims=True)

    def mean(self, values: Numbers) -> Interval:
        """Of values (m,)."""
        return measure_interval(float(values.mean()), self._weights @ values)

    def correlation(self, x: Numbers, y: Numbers) -> Interval:
        """Pearson's r of x and y, both (m,)."""
        own = np.full((1, len(x)), 1 / len(x))
        return measure_interval(float(_pearson(own, x, y)[0]), _pearson(self._weights, x, y))


def _pearson(w: Numbers, x: Numbers, y: Numbers) -> Numbers:
    def spread(a: Numbers, b: Numbers) -> Numbers:
        return w @ (a * b) - (w @ a) * (w @ b)

    x, y = x - x.mean(), y - y.mean()  # what is far from zero would cancel badly
    scale = np.sqrt(np.clip(spread(x, x) * spread(y, y), 0, None))
    return np.divide(spread(x, y), scale, out=np.zeros(len(w)), where=scale > 1e-12)


def pointing(maps: Tensor, masks: Tensor) -> Numbers:
    """Whether the peak of each map (b, 1, h, w) lies in its mask (b, 1, h, w): (b,) of 0 and 1.

    A map with several peaks, as an even one has, gets the share of them that do.
    """
    peak = maps >= maps.amax((2, 3), keepdim=True) * (1 - 1e-6)
    inside = (peak & (masks > 0)).sum((1, 2, 3)) / peak.sum((1, 2, 3))
    return inside.double().cpu().numpy()


def auc(maps: Tensor, masks: Tensor) -> Numbers:
    """How surely a pixel of the object ranks above one of the ground, ties half: (b,)."""
    found = []
    for values, mask in zip(maps.flatten(1), masks.flatten(1) > 0, strict=True):
        _, at, n = torch.unique(values, return_inverse=True, return_counts=True)
        rank = (n.cumsum(0) - (n - 1) / 2)[at].double()
        inside, outside = int(mask.sum()), int((~mask).sum())
        above = float(rank[mask].sum()) - inside * (inside + 1) / 2
        found.append(above / (inside * outside) if inside and outside else 0.5)
    return np.array(found)
