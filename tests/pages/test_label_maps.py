"""The maps and the arithmetic behind labels, in all that a person sees and takes away."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image
from threadpoolctl import threadpool_info

from app.explore import takeaway
from app.link import states
from app.link.states import SIZE
from app.mixes import known_methods, label_text, layer_images, mixing, photos, visible_shares
from pages.driving import KEYS, html, shown
from pages.driving import pad as handed

LOOKING = [
    key
    for key, card in known_methods.load_catalogue().items()
    if card.info.label_by or {*card.info.needs} & {"attention", "cam", "saliency", "object"}
]


def made(method, **values):
    """A mix of two scenes by this method, and all that export needs of it."""
    whole = states.list_defaults(KEYS) | {"a": "scene", "b": "scene", "m": method} | values
    state = states.pack_state(whole)
    shots = tuple(photos.cut_photo(picture, {}) for picture in state.pictures[:2])
    mix = mixing.make_mix(state, shots, "cpu")
    found = visible_shares.judge_mix(state, shots, "cpu")
    return whole, state, shots, mix, found


def read_png(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_methods_are_the_seven():
    assert set(LOOKING) == {
        "attentivemix", "deda", "mixpro", "saliencymix", "snapmix", "transmix", "visiblemix",
    }  # fmt: skip


@pytest.mark.parametrize("method", LOOKING)
def test_maps_and_terms_stand_in_everything_that_is_taken_away(lite, method):
    names = ("one, alone", "other")
    whole, _, shots, mix, found = made(method)
    facts = mix.facts
    assert mix.used
    assert label_text.is_told(facts.account, mix.used)
    assert facts.account.weights() == pytest.approx(facts.weights, abs=1e-6)

    config = json.loads(takeaway.make_config(whole, KEYS, mix, found, shots, names))
    account = config["about"]["account"]
    assert account["label"] == pytest.approx(facts.weights, abs=1e-6)
    assert account["arithmetic"] == facts.account.describe().split("\n")
    assert [one["of"] for one in account["maps"]] == [label_text.OF[one.source] for one in mix.used]

    rows = list(csv.reader(io.StringIO(takeaway.make_csv(mix, found, names).decode())))
    table = {row[0]: row[1:] for row in rows}
    assert table["what"] == [*names]
    for bar in facts.account.terms:
        if bar.name not in label_text.PLAIN:
            assert [float(v) for v in table[bar.name]] == pytest.approx(bar.shares)
    assert [float(v) for v in table["label"]] == pytest.approx(facts.weights)

    files = takeaway.list_maps(mix, shots, names, "spectral residual")
    assert {one.layer for one in mix.used} | {"sees in A", "sees in B"} == {f.layer for f in files}
    over, alone = (read_png(files[0].draw(alone).png) for alone in (False, True))
    assert over.shape == alone.shape == (SIZE, SIZE, 3)
    assert (over != alone).mean() > 0.2
    assert read_png(takeaway.map_picture(files[-1], True)).shape[0] > 2 * SIZE
    used = mix.used[0]
    cells = list(csv.DictReader(io.StringIO(takeaway.map_values(files).decode())))
    values = [float(c["value"]) for c in cells if c["map"] == used.title]
    assert (np.array(values) == used.values.ravel().astype(float)).all()  # bit for bit


def test_the_figure_has_a_row_of_maps(lite):
    _, state, shots, mix, found = made("transmix")
    sizes = [
        read_png(takeaway.make_figure("png", state, mix, judged, shots, "ab")).shape
        for judged in (None, found)
    ]
    assert sizes[1][0] - sizes[0][0] > 400
    assert takeaway.make_figure("svg", state, mix, found, shots, "ab").startswith(b"<?xml")


def test_a_page_without_the_pad_has_the_layer_and_the_arithmetic_too(open_page, lite):
    page = shown(open_page(m="deda", a="scene", b="scene", layer="used in A"))
    assert handed(page) is None
    said = html(page)
    assert "Object. It chose what comes from whom." in said
    assert 'class="account"' in said
    page = shown(open_page(m="cutmix", layer="used in mix"))
    assert handed(page)["used"] == []
    assert handed(page)["account"] is None


def test_a_map_can_be_read_where_most_of_it_is_low():
    density = np.zeros((SIZE, SIZE))
    density[:100, :100] = 0.25
    density[:10, :10] = 1.0
    low, middle, high = layer_images.scale_ends(density)
    assert (low, middle, high) == (0, 0.25, 1)
    drawn = layer_images.draw_overlay(None, density)
    assert (drawn[50, 50] == layer_images.draw_heat(np.array([[0.5]]), 1.0)[0, 0]).all()
    assert (drawn[5, 5] == layer_images.CIVIDIS[-1]).all()


def test_numpy_keeps_to_one_thread_in_the_app():
    """On a busy server a second one waits awake: a mosaic took twice the processor time."""
    found = [one for one in threadpool_info() if "numpy" in one["filepath"]]
    assert [one["num_threads"] for one in found if one["user_api"] == "blas"] in ([], [1])
