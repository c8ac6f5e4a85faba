"""What a person takes away: the same pixels, again."""

import io
import json
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from browser.explore import decoded, expected


# One of each kind: two photos, four, one, and scenes with their objects; tests of pages have all.
@pytest.mark.parametrize("key", ["fmix", "mosaic", "augmix", "deda"])
def test_the_snippet_makes_the_exported_png(visitor, key, tmp_path):
    explore = visitor(f"?m={key}&seed=90" + ("&a=scene&b=scene" if key == "deda" else ""))
    explore.shows(expected(key, seed=90)[0])
    exported = decoded(explore.export("mixed-png"))
    (tmp_path / "snippet.py").write_text(explore.code())
    subprocess.run([sys.executable, "-I", "snippet.py"], cwd=tmp_path, check=True)
    assert np.array_equal(decoded((tmp_path / "mixed.png").read_bytes()), exported)
    assert np.array_equal(exported, explore.picture())


def test_every_layer_can_be_saved(visitor):
    explore = visitor()
    for layer in ("a", "b", "mask", "origin", "difference"):
        assert decoded(explore.export(f"{layer}-png")).shape == (448, 448, 3)


def test_the_figure_in_three_forms(visitor):
    explore = visitor()
    assert Image.open(io.BytesIO(explore.export("figure-png"))).width > 1200
    assert b"<svg" in explore.export("figure-svg")[:1000]
    assert explore.export("figure-pdf").startswith(b"%PDF")


def test_a_configuration_comes_back(visitor):
    explore = visitor("?m=resizemix&seed=17&resizemix.interpolation=nearest")
    picture = expected("resizemix", seed=17, params={"interpolation": "nearest"})[0]
    explore.shows(picture)
    config = explore.export("json")
    assert json.loads(config)["state"]["seed"] == 17
    other = visitor(alone=True)
    other.import_config("mix.json", config)
    other.shows(picture)
    other.page.wait_for_url("**interpolation=nearest**")  # it has reached the address too
    other.page.reload()
    other.shows(picture)


def test_a_broken_configuration_changes_nothing(visitor):
    explore = visitor("?seed=17")
    explore.import_config("mix.json", b"{not json")
    assert "mix.json" in explore.notices(1)[0]
    explore.shows(expected(seed=17)[0])
