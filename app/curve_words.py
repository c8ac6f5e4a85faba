"""What the curves of chosen runs show, in sentences with their intervals. Pure: no Streamlit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from app.running import percent
from mixcore.interval import Interval

LUCK = "The intervals are over test pictures; how much the seed’s luck adds, several seeds show."


@dataclass(frozen=True)
class Score:
    """Right answers of a run on its test pictures after its newest epoch.

    data: equal for runs that were tested on the same pictures
    """

    name: str
    right: int
    n: int
    epoch: int
    ended: bool
    data: object = None

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
        f"{score.name} is right on {percent(found.value)} of {score.n:,} test pictures{when} "
        f"(95 % interval {100 * found.low:.1f} to {percent(found.high)})."
    )


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
