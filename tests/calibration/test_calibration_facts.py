"""What a run notes of its calibration is what the measures say, and fits into JSON."""

import json

import pytest

from mixcore.calibration import Outcomes, ece, reliability, temperature
from mixcore.calibration.facts import MEASURES, facts
from predicted import drawn


def test_facts_are_the_measures_before_and_after_a_temperature():
    (y, z), (val_y, val_z) = drawn(0, 400, 10, sure=4), drawn(1, 300, 10, sure=4)
    found = facts(y, z, val_y, val_z)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    fitted = temperature(val_y, logits=val_z)
    assert found["temperature"] == {
        "value": fitted.value, "why": "", "n": 300, "before": fitted.nll_before,
        "after": fitted.nll_after,
    }  # fmt: skip
    for key, logits in (("calibration", z), ("scaled", fitted.apply(z))):
        seen = Outcomes(y, logits=logits)
        for measure in MEASURES:
            assert found[key][measure.__name__] == measure(seen)
        low, high = found[key]["ece_interval"]
        assert low <= ece(seen) <= high
        assert found[key]["n"] == sum(found[key]["bins"]["count"]) == 400
        assert found[key]["bins"]["accuracy"][14] == pytest.approx(
            float(reliability(seen).accuracy[14]), abs=1e-6
        )
    before, after = found["calibration"], found["scaled"]
    assert after["ece"] < before["ece"]
    assert after["accuracy"] == before["accuracy"]
    mean, low, high = before["chance"]
    assert low < mean < high < before["ece"]


def test_an_empty_bin_is_nothing_and_no_zero():
    y, z = drawn(0, 30, 3, sure=50)
    bins = facts(y, z, y, z)["calibration"]["bins"]
    assert bins["count"][0] == 0
    assert bins["accuracy"][0] is bins["confidence"][0] is None
