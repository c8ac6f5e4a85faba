"""What is usual for a method: the stored quartiles are small, fresh and made as they say."""

import json

import pytest

import mixcore
from app.mixes import usual
from app.mixes.usual import Usual, find_usual, rate_mismatch, usual_html
from mixcore.audit import quartiles
from mixcore.evidence import spec_maps
from mixcore.evidence.reference import REFERENCE

STORED = json.loads(quartiles.PATH.read_text(encoding="utf-8"))


def test_the_file_is_small_and_of_every_method_and_of_the_reference_of_today():
    assert quartiles.PATH == usual.PATH
    assert quartiles.PATH.stat().st_size < 100_000
    assert (STORED["n"], STORED["seed"]) == (quartiles.PAIRS, quartiles.SEED) == (500, 0)
    stale = "stale: run python -m mixcore.audit.quartiles"
    assert STORED["reference"] == spec_maps.describe_reference(), stale
    stored = {*STORED["methods"], *STORED["without mismatch"]}
    assert stored == set(mixcore.methods("classes")), stale
    for judges in STORED["methods"].values():
        assert set(judges) == {quartiles.OWN, quartiles.PIXELS, REFERENCE}
        assert all(one["at"] == sorted(one["at"]) for one in judges.values())


def test_the_first_mixes_are_those_that_the_command_makes():
    keys = ("cutmix", "visiblemix", "transmix")
    again = quartiles.measure_quartiles(2, keys=keys)["methods"]
    for key in keys:
        for judge, found in again[key].items():
            stored = STORED["methods"][key][judge]["first"][:2]
            assert found["first"] == pytest.approx(stored, abs=2e-3), (key, judge)


def test_a_mismatch_is_rated_for_its_method_and_a_small_one_is_never_large():
    found = find_usual("cutmix", "CutMix", "own")
    assert rate_mismatch(0.64, found) == "high"
    assert rate_mismatch((found.low + found.high) / 2, found) == "usual"
    assert rate_mismatch(found.low / 2, found) == "low"
    assert rate_mismatch(0.05, Usual("VisibleMix", 500, 0.01, 0.04)) == "usual"
    assert "Further off than 3 of 4 CutMix mixes: half of 500 scene" in usual_html(0.64, found)
    assert find_usual("cutmix", "CutMix", "CAM") is None
    assert find_usual("augmix", "AugMix", "own") is None
