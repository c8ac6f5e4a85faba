"""Verdicts are computed from rows: they follow effect and interval, and can turn."""

import math

import numpy as np
import pytest

from mixcore.findings.claims import (
    MEAN_ONLY,
    NOT_SHOWN,
    SHOWN,
    Claim,
    Row,
    find_interval,
    judge_claim,
    list_values,
)
from mixcore.findings.records import (
    Finding,
    compare_rows,
    list_versions,
    load_finding,
    save_finding,
)

CLAIM = Claim("b is worse", "error", higher=("b", "a"), least=0.1)


def rows(a, b):
    return [Row("a", i, {"error": v}) for i, v in enumerate(a)] + [
        Row("b", i, {"error": v}) for i, v in enumerate(b)
    ]


def test_a_clear_effect_is_shown_and_turns_with_the_arms():
    found = rows([0.10, 0.12, 0.09, 0.11, 0.1], [0.50, 0.52, 0.47, 0.55, 0.49])
    assert judge_claim(CLAIM, found).word == SHOWN
    assert judge_claim(CLAIM.exchange_arms(), found).word == NOT_SHOWN
    lower = Claim("a is better", "error", lower=("a", "b"), least=0.1)
    assert judge_claim(lower, found).word == SHOWN
    assert judge_claim(lower.exchange_arms(), found).word == NOT_SHOWN


def test_a_wide_interval_is_in_the_mean_only():
    found = rows([0.1] * 5, [0.1, 0.9, -0.4, 0.8, 0.1])
    assert judge_claim(CLAIM, found).word == MEAN_ONLY


def test_a_sure_but_small_effect_is_not_shown():
    found = rows([0.1] * 5, [0.12, 0.121, 0.12, 0.119, 0.12])
    assert judge_claim(CLAIM, found).word == NOT_SHOWN


def test_as_good_as_needs_the_whole_interval():
    near = Claim("b is as good", "gain", higher=("b", "a"), near=0.1)

    def judged(b):
        return judge_claim(
            near,
            [Row("a", i, {"gain": 0.5}) for i in range(5)]
            + [Row("b", i, {"gain": v}) for i, v in enumerate(b)],
        ).word

    assert judged([0.5, 0.49, 0.51, 0.5, 0.5]) == SHOWN
    assert judged([0.5, 0.1, 0.9, 0.2, 0.6]) == MEAN_ONLY
    assert judged([0.2, 0.21, 0.2, 0.19, 0.2]) == NOT_SHOWN


def test_pairs_are_of_one_seed_and_a_side_may_name_its_metric():
    found = [Row("a", s, {"before": s, "after": s + 0.5}) for s in range(6)]
    claim = Claim("it grows", "after", higher=("a", "a:before"), least=0.1)
    verdict = judge_claim(claim, found)
    assert verdict.word == SHOWN
    assert (verdict.effect, verdict.n) == (0.5, 6)
    assert list_values(found, "a", "after")[0] == 0.5
    with pytest.raises(ValueError, match="No seed has both"):
        judge_claim(Claim("x", "m", higher=("a", "b"), least=1), found)


@pytest.mark.parametrize(
    "facts",
    [{}, {"higher": ("a", "b"), "lower": ("a", "b"), "least": 1}, {"higher": ("a", "b")},
     {"higher": ("a", "b"), "least": 1, "near": 1}],
)  # fmt: skip
def test_a_claim_says_one_thing(facts):
    with pytest.raises(ValueError, match="needs either"):
        Claim("c", "m", **facts)


def test_the_interval_is_students():
    values = np.random.default_rng(0).normal(3, 2, 12)
    from scipy import stats

    low, high = stats.t.interval(0.95, 11, values.mean(), stats.sem(values))
    assert find_interval(values) == pytest.approx((values.mean(), low, high))
    assert find_interval([1.0])[1:] == (-math.inf, math.inf)


def test_noise_is_seldom_shown():
    """Five seeds of pure noise exclude zero on one side in one of forty draws, not one of six."""
    random = np.random.default_rng(1)
    claim = Claim("noise", "error", higher=("b", "a"), least=1e-9)
    words = [judge_claim(claim, rows(*random.normal(size=(2, 5)))).word for _ in range(2000)]
    assert words.count(SHOWN) / len(words) == pytest.approx(0.025, abs=0.01)


def test_a_finding_comes_back_as_it_was_written(tmp_path):
    finding = Finding(
        "demo", rows([0.1, 0.2], [0.3, 1 / 3]), {"noise": 0.5}, list_versions(), "python -m", "d",
        3.2, 2,
    )  # fmt: skip
    save_finding(finding, tmp_path)
    again = load_finding("demo", tmp_path)
    assert (again.seeds, again.parameters, again.versions) == (
        (0, 1), {"noise": 0.5}, list_versions(),
    )  # fmt: skip
    assert compare_rows(finding.rows, again.rows) is None
    assert load_finding("none", tmp_path) is None


def test_rows_that_moved_are_told(tmp_path):
    old = rows([0.1], [0.3])
    assert "error of b, seed 0 is off by" in compare_rows(old, rows([0.1], [0.31]))
    assert compare_rows(old, rows([0.1, 0.2], [0.3])) == "There are 3 rows now, 2 before."
    (tmp_path / "bad.json").write_text('{"rows": [1]}')
    with pytest.raises(ValueError, match=r"bad\.json is no finding"):
        load_finding("bad", tmp_path)


def test_a_finding_has_a_limit(tmp_path):
    many = [Row(f"arm {i}", i, {"error": i / 7}) for i in range(5000)]
    with pytest.raises(ValueError, match=r"200,000 are allowed"):
        save_finding(Finding("large", many), tmp_path)
