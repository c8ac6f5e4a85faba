"""Bootstrap intervals of a measure on n samples, and what luck alone would give."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from mixcore.calibration.outcomes import Outcomes
from mixcore.rng import Rng, make_streams
from mixcore.statistics import Interval, draw_counts, measure_interval

Measure = Callable[[Outcomes], float]

DRAWS = 200


def interval(measure: Measure, outcomes: Outcomes, rng: Rng = 0, draws: int = DRAWS) -> Interval:
    """The measure and its 95 % bootstrap interval: samples drawn anew with replacement.

    Basic ("reverse percentile") interval, 2 value - percentile, as in Kumar et al. 2019, cut at 0,
    below which no measure here can be. A calibration error is biased up, and every resample of it
    again; the plain percentiles then lie above the truth. Simulated, 10 classes, n = 1000, 100
    sets each: of a model with a true ECE of 0.163 this interval holds the truth in 87 of them, of
    0.035 in 90 (plain percentiles: 24), and of 0, in the corner, in 44 (0). So where a model may
    be well calibrated, judge by `chance`.
    """
    _check_draws(draws)
    generator = make_streams(rng).stage("bootstrap")
    times = draw_counts(len(outcomes), generator, draws)
    drawn = [measure(outcomes.weighted(torch.from_numpy(one))) for one in times]
    plain = measure_interval(measure(outcomes), drawn)
    low, high = 2 * plain.value - plain.high, 2 * plain.value - plain.low
    return Interval(plain.value, max(0.0, low), max(0.0, high))


def chance(measure: Measure, outcomes: Outcomes, rng: Rng = 0, draws: int = DRAWS) -> Interval:
    """What the measure would be if these predictions were perfectly calibrated: mean and 95 %.

    Labels are drawn from the predictions themselves ("consistency resampling", Broecker & Smith
    2007). A measured error inside the interval is no sign of miscalibration at this n.
    """
    _check_draws(draws)
    generator = make_streams(rng).stage("chance")
    cdf = outcomes.probs.cumsum(1)
    drawn = [measure(outcomes.labeled(_drawn(cdf, generator))) for _ in range(draws)]
    return measure_interval(float(np.mean(drawn)), drawn)


def _drawn(cdf: Tensor, generator: np.random.Generator) -> Tensor:
    n, k = cdf.shape
    at = torch.from_numpy(generator.random((n, 1))) * cdf[:, -1:]  # rows end at 1 but for rounding
    return torch.searchsorted(cdf, at, right=True)[:, 0].clamp(max=k - 1)


def _check_draws(draws: int) -> None:
    if isinstance(draws, bool) or not isinstance(draws, int):
        raise TypeError(f"draws must be a whole number, got {draws!r}.")
    if draws < 2:
        raise ValueError(f"draws must be at least 2, got {draws}.")
