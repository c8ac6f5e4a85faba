"""Curves of chosen runs in sentences, with their intervals. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist, fmean, stdev, variance

from app.jobs.text import format_percent
from mixcore.statistics import Interval

LUCK = "The intervals are over test pictures; how much the seed’s luck adds, several seeds show."


@dataclass(frozen=True)
class Score:
    """Right answers of a run on its test pictures after its newest epoch.

    data: equal for runs that were tested on the same pictures
    error: calibration error on them
    """

    name: str
    right: int
    n: int
    epoch: int
    ended: bool
    data: object = None
    error: float = 0.0

    @property
    def accuracy(self) -> float:
        return self.right / self.n


def describe_curves(scores: Sequence[Score]) -> list[str]:
    """Each run's accuracy with its interval, and which of them differ from the best by more."""
    said = [_describe_run(score) for score in scores]
    if len(scores) < 2:
        return said
    if len({score.data for score in scores}) > 1:
        return [*said, "Their test pictures are not the same, so they are not compared."]
    best = max(scores, key=lambda score: score.accuracy)
    rest = [score for score in scores if score is not best]
    level = 0.05 / len(rest)  # so many comparisons are made with the best
    apart = [one.name for one in rest if find_difference(best, one, level).low > 0]
    alike = [one.name for one in rest if one.name not in apart]
    if apart:
        said.append(f"{best.name} is more accurate than {_list(apart)}.")
    if alike:
        said.append(f"{best.name} and {_list(alike)} cannot be told apart on {best.n:,} pictures.")
    return [*said, LUCK]


def describe_seeds(groups: Mapping[str, Sequence[Score]]) -> list[str]:
    """Accuracy and calibration error of runs that differ in their seed only, with intervals.

    groups: what the runs are called together -> two runs or more
    """
    return [_describe_group(name, scores) for name, scores in groups.items()]


def compare_seeds(groups: Mapping[str, Sequence[Score]]) -> list[str]:
    """How each of such groups differs from the last, beyond the luck of seeds.

    Nothing where their test pictures are not the same.
    """
    if len({score.data for scores in groups.values() for score in scores}) != 1:
        return []
    *rest, (last, base) = groups.items()
    level = 0.05 / max(1, 2 * len(rest))  # so many comparisons are made
    return [_compare_groups(name, scores, last, base, level) for name, scores in rest]


def find_mean(values: Sequence[float], level: float = 0.05) -> Interval:
    """Student's interval of a mean over seeds."""
    from scipy.special import stdtrit  # comes with scikit-learn; only these sentences need it

    middle, n = fmean(values), len(values)
    half = float(stdtrit(n - 1, 1 - level / 2)) * stdev(values) / sqrt(n)
    return Interval(middle, middle - half, middle + half)


def find_gap(a: Sequence[float], b: Sequence[float], level: float = 0.05) -> Interval:
    """Welch's interval of a's mean less b's."""
    from scipy.special import stdtrit

    gap, parts = fmean(a) - fmean(b), [variance(values) / len(values) for values in (a, b)]
    if not sum(parts):
        return Interval(gap, gap, gap)
    each = zip(parts, (a, b), strict=True)
    free = sum(parts) ** 2 / sum(part**2 / (len(values) - 1) for part, values in each)
    half = float(stdtrit(free, 1 - level / 2)) * sqrt(sum(parts))
    return Interval(gap, gap - half, gap + half)


def find_interval(right: int, n: int, level: float = 0.05) -> Interval:
    """Wilson's interval of a share: right answers of n."""
    z, share = NormalDist().inv_cdf(1 - level / 2), right / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * sqrt(share * (1 - share) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def find_difference(a: Score, b: Score, level: float = 0.05) -> Interval:
    """Newcombe's interval of a's accuracy less b's, as if their pictures were not the same ones."""
    first, second = find_interval(a.right, a.n, level), find_interval(b.right, b.n, level)
    gap = first.value - second.value
    down = sqrt((first.value - first.low) ** 2 + (second.high - second.value) ** 2)
    up = sqrt((first.high - first.value) ** 2 + (second.value - second.low) ** 2)
    return Interval(gap, gap - down, gap + up)


def _describe_run(score: Score) -> str:
    found = find_interval(score.right, score.n)
    when = "" if score.ended else f" so far, after epoch {score.epoch:,}"
    return (
        f"{score.name} is right on {format_percent(found.value)} of {score.n:,} test pictures"
        f"{when} "
        f"(95 % interval {100 * found.low:.1f} to {format_percent(found.high)})."
    )


def _describe_group(name: str, scores: Sequence[Score]) -> str:
    right = find_mean([100 * score.accuracy for score in scores])
    error = find_mean([score.error for score in scores])
    when = "" if all(score.ended for score in scores) else " so far"
    ends = f"{max(0.0, right.low):.1f} to {min(100.0, right.high):.1f} %"
    return (
        f"{name}: right on {right.value:.1f} % of {scores[0].n:,} test pictures on average over "
        f"{len(scores)} seeds{when} (95 % interval {ends}), "
        f"calibration error {error.value:.3f} ({max(0.0, error.low):.3f} to {error.high:.3f})."
    )


def _compare_groups(
    name: str, scores: Sequence[Score], last: str, base: Sequence[Score], level: float
) -> str:
    right = find_gap(
        [100 * one.accuracy for one in scores], [100 * one.accuracy for one in base], level
    )
    error = find_gap([one.error for one in scores], [one.error for one in base], level)
    by_points = _describe_gap("an accuracy", right, 1, " percentage points")
    return (
        f"Compared with {last}, {name} has {by_points} and "
        f"{_describe_gap('a calibration error', error, 3)}."
    )


def _describe_gap(what: str, gap: Interval, digits: int, unit: str = "") -> str:
    """How far a value of this name is above or below another."""
    if gap.low <= 0 <= gap.high:
        return f"the same {what.partition(' ')[2]} within luck"
    low, high = sorted((abs(gap.low), abs(gap.high)))
    return (
        f"{what} {abs(gap.value):.{digits}f}{unit} {'higher' if gap.value > 0 else 'lower'} "
        f"({low:.{digits}f} to {high:.{digits}f})"
    )


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
