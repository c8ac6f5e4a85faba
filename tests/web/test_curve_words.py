"""Sentences about runs: a difference is called one only where it is beyond its interval."""

import pytest

from app.train.text import (
    Score,
    compare_seeds,
    describe_curves,
    describe_seeds,
    find_difference,
    find_gap,
    find_interval,
    find_mean,
)


def score(name, right, n=360, **more):
    return Score(name, right, n, epoch=20, ended=True, **more)


def test_intervals_are_those_of_wilson_and_newcombe():
    # Newcombe 1998, Statistics in Medicine 17: 81 of 263 (method 3); 56 of 70 less 48 of 80
    # (method 10).
    found = find_interval(81, 263)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    gap = find_difference(score("a", 56, 70), score("b", 48, 80))
    assert (gap.low, gap.high) == pytest.approx((0.0524, 0.3339), abs=1e-4)


def test_one_run_is_told_with_its_interval():
    (said,) = describe_curves([score("1 CutMix", 342)])
    assert said == (
        "1 CutMix is right on 95.0 % of 360 test pictures (95 % interval 92.2 to 96.8 %)."
    )


def test_a_difference_inside_the_interval_is_none():
    said = " ".join(describe_curves([score("1 CutMix", 345), score("2 Mixup", 342)]))
    assert "1 CutMix and 2 Mixup cannot be told apart on 360 pictures." in said
    assert "more accurate" not in said
    said = " ".join(describe_curves([score("1 CutMix", 345), score("2 Mixup", 250)]))
    assert "1 CutMix is more accurate than 2 Mixup." in said


def test_more_comparisons_ask_for_more():
    pair = [score("1 A", 345), score("2 B", 331)]
    assert "more accurate" in " ".join(describe_curves(pair))
    many = [*pair, *(score(f"{i} C", 345) for i in range(3, 9))]
    assert "more accurate" not in " ".join(describe_curves(many))


def test_other_pictures_are_not_compared():
    said = " ".join(describe_curves([score("1 A", 350, data="x"), score("2 B", 100, data="y")]))
    assert "not compared" in said
    assert "more accurate" not in said


def seeds(*right, error=0.05):
    return [score("", one, error=error + 0.001 * i) for i, one in enumerate(right)]


def test_seeds_are_told_with_an_interval_over_them():
    # Student's t of 3 degrees of freedom is 3.182: 5 ± 3.182 * 1.291 / 2.
    found = find_mean([3.5, 4.5, 5.5, 6.5])
    assert (found.low, found.high) == pytest.approx((2.946, 7.054), abs=1e-3)
    (said,) = describe_seeds({"CutMix": seeds(342, 342, 342, 342)})
    assert said == (
        "CutMix: right on 95.0 % of 360 test pictures on average over 4 seeds (95 % interval 95.0 "
        "to 95.0 %), calibration error 0.052 (0.049 to 0.054)."
    )


def test_groups_of_seeds_differ_only_beyond_luck():
    base = seeds(355, 357, 356, 358)
    (said,) = compare_seeds({"A": seeds(340, 341, 339, 342, error=0.2), "B": base})
    assert said.startswith("Compared with B, A has an accuracy 4.4 percentage points lower (")
    assert "and a calibration error 0.150 higher (0.1" in said
    (said,) = compare_seeds({"A": seeds(350, 358, 353, 360), "B": base})
    assert said == (
        "Compared with B, A has the same accuracy within luck and the same calibration error "
        "within luck."
    )
    other = [score("", 300, data="others") for _ in range(4)]
    assert compare_seeds({"A": base, "B": other}) == compare_seeds({"A": base}) == []


def test_the_interval_of_a_difference_is_welch_s():
    # By scipy.stats.ttest_ind(a, b, equal_var=False).confidence_interval().
    stats = pytest.importorskip("scipy.stats")
    a, b = [3.0, 4.5, 5.0, 7.5], [1.0, 1.5, 2.5]
    ends = stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    found = find_gap(a, b)
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))
