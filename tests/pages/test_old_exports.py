"""What 0.1 exported still works: configurations are read, snippets make their pixels."""

import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from app.link import states
from app.mixes import mixing, photos
from pages.driving import KEYS

EXPORTS = json.loads(
    (Path(__file__).parents[1] / "links" / "exports_0_1.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("name", EXPORTS)
def test_a_configuration_sets_what_it_set(name):
    values, notes = states.from_config(json.dumps(EXPORTS[name]["config"]).encode(), KEYS)
    assert notes == []
    old = EXPORTS[name]["values"]
    now = {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}
    assert {key: now[key] for key in old} == old
    # What has come since is as usual.
    assert {key: KEYS[key].default for key in now.keys() - old} == {
        key: now[key] for key in now.keys() - old
    }


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("name", EXPORTS)
def test_a_snippet_makes_the_pixels_and_the_number_of_the_page(
    name, lite, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    exec("\n".join(EXPORTS[name]["snippet"]), {"__name__": "snippet"})
    made = np.asarray(Image.open("mixed.png"))
    state = states.pack_state(EXPORTS[name]["values"])
    shots = [photos.cut_photo(picture, {}) for picture in state.pictures[:2]]
    png = mixing.make_mix(state, shots, "cpu").layers["mixed"]
    assert np.array_equal(made, np.asarray(Image.open(io.BytesIO(png))))
    seen = EXPORTS[name]["config"]["about"]["seen"]
    printed = float(re.search(r"mismatch (\S+)", capsys.readouterr().out)[1])
    assert printed == pytest.approx(seen["mismatch"], abs=2e-4)
