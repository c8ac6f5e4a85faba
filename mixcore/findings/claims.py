"""Claims about arms of an experiment, and what rows of seeds make of them.

A verdict is computed, never typed: "shown" where the paired t-interval over seeds excludes zero and
the mean effect reaches the claim's declared least; "in the mean only" where the mean alone does;
"not shown" else. With five seeds a bootstrap by percentiles would exclude zero in one of six draws
of pure noise, which is why it is a t-interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean, stdev

SHOWN, MEAN_ONLY, NOT_SHOWN = "shown", "in the mean only", "not shown"
FEWEST = 5  # seeds of a claim
LEVEL = 0.95


@dataclass(frozen=True)
class Row:
    """Numbers of one seed of an arm, by their metric."""

    arm: str
    seed: int
    values: Mapping[str, float]


Rows = Sequence[Row]


@dataclass(frozen=True)
class Claim:
    """One sentence that rows can contradict.

    Args:
        text: the sentence.
        metric: the number it is about; an arm may name another, as "plain:nll after T".
        higher: (one, other): the first arm's is higher; or
        lower: (one, other): the first arm's is lower.
        least: the mean difference that counts as an effect, > 0 in the metric's own unit; or
        near: the first arm's is at most that much worse, for "as good as": the whole interval
            must lie above -near.
        ours: whether it is ours and not the paper's.

    Raises:
        ValueError: unless just one of higher and lower, and one of least and near, is given.
    """

    text: str
    metric: str
    higher: tuple[str, str] | None = None
    lower: tuple[str, str] | None = None
    least: float = 0.0
    near: float = 0.0
    ours: bool = False

    def __post_init__(self) -> None:
        if (self.higher is None) == (self.lower is None):
            raise ValueError(f"{self.text!r} needs either higher or lower, a pair of arms.")
        if (self.least > 0) == (self.near > 0):
            raise ValueError(f"{self.text!r} needs either a least or a near above 0.")

    @property
    def arms(self) -> tuple[str, str]:
        """The two arms, the one that is said to be better first."""
        pair = self.higher or self.lower
        assert pair is not None
        return pair

    @property
    def sentence(self) -> str:
        """The text, and whose question it is where that is not the paper's."""
        return self.text + (" (our question)" if self.ours else "")

    def list_places(self) -> tuple[tuple[str, str], ...]:
        """(arm, metric) of the two sides."""
        return tuple(_place(side, self.metric) for side in self.arms)

    def exchange_arms(self) -> Claim:
        """The same claim with the arms exchanged: what must come out otherwise."""
        one, other = self.arms
        pair = (other, one)
        higher, lower = (pair, None) if self.higher else (None, pair)
        return Claim(self.text, self.metric, higher, lower, self.least, self.near, self.ours)


@dataclass(frozen=True)
class Verdict:
    """Judgment of a claim by rows.

    word       SHOWN, MEAN_ONLY or NOT_SHOWN
    effect     the mean paired difference in the claim's direction, with its interval low to high
    n          how many seeds both sides have
    """

    word: str
    effect: float
    low: float
    high: float
    n: int

    def __str__(self) -> str:
        """The effect with its interval and n."""
        return f"{self.effect:+.3f} [{self.low:+.3f}, {self.high:+.3f}], n = {self.n}"


def judge_claim(claim: Claim, rows: Rows) -> Verdict:
    """The verdict on a claim; ValueError where a side has no rows."""
    (first, metric), (second, other) = claim.list_places()
    one, two = _by_seed(rows, first, metric), _by_seed(rows, second, other)
    seeds = sorted(set(one) & set(two))
    if not seeds:
        raise ValueError(
            f"No seed has both {first!r} and {second!r}, so {claim.text!r} stays open."
        )
    sign = 1 if claim.higher else -1
    mean, low, high = find_interval([sign * (one[seed] - two[seed]) for seed in seeds])
    if claim.near:
        word = SHOWN if low > -claim.near else MEAN_ONLY if mean > -claim.near else NOT_SHOWN
    else:
        word = NOT_SHOWN if mean < claim.least else SHOWN if low > 0 else MEAN_ONLY
    return Verdict(word, mean, low, high, len(seeds))


def find_interval(values: Sequence[float]) -> tuple[float, float, float]:
    """Mean and its t-interval (low, high) over seeds; endless for a single one."""
    mean = fmean(values)
    if len(values) < 2:
        return mean, -math.inf, math.inf
    half = stdev(values) / math.sqrt(len(values)) * _quantile(len(values) - 1)
    return mean, mean - half, mean + half


def list_values(rows: Rows, arm: str, metric: str) -> list[float]:
    """An arm's numbers, seed by seed."""
    found = _by_seed(rows, arm, metric)
    return [found[seed] for seed in sorted(found)]


def _by_seed(rows: Rows, arm: str, metric: str) -> dict[int, float]:
    return {row.seed: row.values[metric] for row in rows if row.arm == arm and metric in row.values}


def _place(side: str, metric: str) -> tuple[str, str]:
    arm, colon, own = side.partition(":")
    return arm, own if colon else metric


@cache
def _quantile(freedom: int) -> float:
    from scipy.special import stdtrit  # a tenth of the time that scipy.stats takes to import

    return float(stdtrit(freedom, 0.5 + LEVEL / 2))
