"""Sentences about runs: a difference is called one only where it is beyond its interval."""

import pytest

from app.curve_words import Score, describe_curves, find_difference, find_interval


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
