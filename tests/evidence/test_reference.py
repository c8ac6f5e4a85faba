"""The reference evidence: a stranger to every label, the least wrong of them, never a stale one."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import mixcore
from mixcore import pictures, registry
from mixcore.data import gallery
from mixcore.evidence import spec_maps, specs
from mixcore.evidence.models import shared_pass
from mixcore.evidence.reference import REFERENCE
from mixcore.evidence.study import evaluate_maps

ROOT = Path(__file__).parents[2]
STORED = sorted((ROOT / "docs/audits").glob("*.json"))


def test_no_label_is_made_from_it_with_any_parameters():
    for key in mixcore.methods():
        assert not specs.makes_label(REFERENCE, registry.find_class(key).info.label_by), key
    assert set(evaluate_maps.CALLED) == {
        name for name, sight in specs.SPECS.items()
        if sight.model and not specs.makes_label(name, specs.FED)
    }  # fmt: skip


@pytest.mark.parametrize("pictures_of", ["real", "composites"])
def test_it_errs_least_of_the_kinds_that_could_judge(pictures_of):
    found = json.loads((ROOT / "assets/evidence/report.json").read_text())[pictures_of]["weights"]
    errors = {name: found["labels"][row] for name, row in evaluate_maps.CALLED.items()}
    assert found["n"] >= 700
    assert min(errors, key=lambda name: errors[name]["mae"]["value"]) == REFERENCE
    assert errors[REFERENCE]["mae - reference's"] == {"value": 0, "low": 0, "high": 0}
    assert all({"value", "low", "high"} == set(row["mae - reference's"]) for row in errors.values())


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)
def test_what_is_stored_was_judged_by_the_reference_of_today(path):
    facts = json.loads(path.read_text())["facts"]
    stale = f"{path.name} is stale: run its audit again, as the README says"
    assert facts["reference"] == spec_maps.describe_reference(), stale
    assert facts["request"]["evidence"] == facts["seen"] == REFERENCE, stale
    assert facts["judge"] in (REFERENCE, specs.EXACT)


def test_a_digest_is_of_kind_scale_and_weights(monkeypatch):
    digests = {name: spec_maps.compute_digest(name) for name in specs.SPECS}
    assert len(set(digests.values())) == len(digests)
    monkeypatch.setattr(spec_maps, "_weights", lambda model: "others")
    spec_maps.compute_digest.cache_clear()
    try:
        assert spec_maps.compute_digest(REFERENCE) != digests[REFERENCE]
        assert spec_maps.compute_digest("spectral residual") != digests["spectral residual"]
    finally:
        spec_maps.compute_digest.cache_clear()


def test_its_maps_are_those_that_this_edition_stands_for():
    x = pictures.to_tensor(pictures.square(pictures.square(gallery.load("cat"), 448), 224))
    found = spec_maps.make_maps(
        specs.SPECS[REFERENCE], x, shared_pass.load_models(torch.device("cpu"), ())
    )
    rows = (found.at(7, 7)[0, 0] * 1e3).round().int().tolist()
    assert spec_maps.EDITION == 1
    changed = "the maps have changed: count spec_maps.EDITION up and make what is stored anew"
    assert np.allclose(rows, CAT, atol=2), changed


# Thousandths of the reference evidence in the cat, cell by cell.
CAT = [
    [0, 5, 0, 0, 0, 0, 0],
    [0, 66, 56, 48, 30, 17, 0],
    [0, 83, 38, 16, 26, 21, 0],
    [0, 75, 14, 0, 0, 0, 0],
    [0, 59, 54, 50, 35, 0, 0],
    [0, 21, 49, 93, 81, 42, 0],
    [0, 21, 0, 0, 0, 0, 0],
]
