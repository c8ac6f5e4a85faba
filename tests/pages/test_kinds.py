"""Methods that are not two photos in one picture: four photos, one, scenes only, a network."""

import contextlib
import io
import re

import numpy as np
import pytest

from app.link import states
from app.mixes import batch_mix, hidden, known_methods, photos
from mixcore import naming
from pages.driving import alts, code, html, mixed, run_snippet, shown, values, verdict


def test_four_photos_meet_and_all_have_a_place_in_the_link(open_page, tmp_path, monkeypatch):
    page = open_page(**{"m": "mosaic", "c": "owl", "d": "scene", "d.scene": "5", "c.zoom": "2"})
    assert re.match(r"The label says \d+ % cat, \d+ % coffee, \d+ % owl and \d+ % ", verdict(page))
    assert [alt[:9] for alt in alts(page) if alt.startswith("Picture")] == [
        f"Picture {letter}" for letter in "ABCD"
    ]
    assert any(re.match(r"Mask: cat \d+%, coffee", alt) for alt in alts(page))
    assert (run_snippet(page, tmp_path, monkeypatch) == mixed(page)).all()
    shown(page.button(key="random").click().run())
    now = values(page)
    assert len({now[side] for side in "abcd"} - {"scene"}) >= 2
    assert now["d.scene"] != 5 or now["d"] != "scene"


def test_of_four_photos_some_may_weigh_nothing(open_page):
    page = open_page(**{"m": "dmixup", "dmixup.d": "2", "c": "owl", "see": "spectral residual"})
    assert re.search(r"\d\d % of the owl and 0 % of the castle", verdict(page))
    shown(page.slider(key="dmixup.d").set_value(1).run())
    assert "0 % of the owl and 0 % of the castle" in verdict(page)
    shown(page.slider(key="dmixup.d").set_value(3).run())
    assert re.search(r"[1-9]\d? % of the castle", verdict(page))


def test_the_other_two_photos_hide_where_nobody_uses_them(open_page):
    page = open_page(m="mosaic", c="owl")
    shown(page.selectbox(key="method").select("mixup").run())
    assert not [alt for alt in alts(page) if alt.startswith(("Picture C", "Picture D"))]
    assert page.session_state["c"] == "owl"


@pytest.mark.parametrize(
    ("method", "happened", "shown_as"),
    [
        ("augmix", "Every pixel is a sum of 4 views of it.", "What goes in: view 4"),
        ("yoco", "It is put together of 2 views of it.", "What goes in: view 2 .50"),
        ("randomfield", "The photo is bent, but nowhere folded over.", "How far each place"),
    ],
)
def test_one_photo_stays_itself_and_shows_its_views(open_page, method, happened, shown_as):
    page = open_page(m=method)
    assert verdict(page) == f"The label stays 100 % cat. {happened}"
    assert any(alt.startswith(shown_as) for alt in alts(page))
    assert "B is not used by this method." in html(page)
    assert 'gallery.load("coffee")' not in code(page, "python")


def test_what_folds_is_counted(open_page):
    page = open_page(**{"m": "randomfield", "randomfield.gamma": "3", "randomfield.rotation": "1"})
    share = int(re.search(r"(\d+) % of the picture is folded over", verdict(page))[1])
    assert share > 5
    assert any(alt.endswith(f"{share} % folds, red") for alt in alts(page))


def test_objects_and_grounds_come_from_scenes_only(open_page, tmp_path, monkeypatch):
    page = open_page(m="deda", b="scene")
    assert "De-DA needs to know exactly where the object is" in html(page)
    shown(page.button(key="use-scenes").click().run())
    assert [values(page)[side] for side in "ab"] == ["scene", "scene"]
    assert verdict(page).startswith("The label says 100 % toucan.")
    assert "of the picture is the ground of <em class=b>squirrel</em>." in html(page)
    assert any(alt.startswith("What goes in: squirrel") for alt in alts(page))
    page = open_page(**{"m": "deda", "a": "scene", "b": "scene", "a.zoom": "1.5", "b.x": "0.4"})
    assert (run_snippet(page, tmp_path, monkeypatch) == mixed(page)).all()


def test_a_mix_inside_a_network_waits_for_the_network(open_page, monkeypatch):
    monkeypatch.setattr(naming, "ready", lambda: False)
    page = open_page(m="manifoldmix")
    assert "there is none in memory yet" in html(page)
    assert "Mixed picture" not in alts(page)


def test_a_mix_inside_a_network_is_shown_at_its_layer(open_page, lite, tmp_path, monkeypatch):
    page = open_page(
        **{"m": "manifoldmix", "manifoldmix.first_layer": "4", "manifoldmix.last_layer": "4"}
    )
    assert "Layer 4 of 8 was drawn, block 4 of 7 of Lite0: 14 x 14 cells" in html(page)
    assert sum(alt.startswith("Mean absolute activation at layer 4") for alt in alts(page)) == 3
    said = io.StringIO()
    monkeypatch.chdir(tmp_path)
    with contextlib.redirect_stdout(said):
        exec(compile(code(page, "python"), "snippet", "exec"), {})
    state = states.pack_state(values(page))
    shots = [photos.cut_photo(picture, {}) for picture in state.pictures[:2]]
    found = hidden.mix_hidden(state, shots)
    assert said.getvalue().splitlines() == [f"{name} {p:.4f}" for name, p in found.here]
    assert all(name in html(page) for name, _ in found.here)


def test_layer_zero_is_plain_mixup(open_page, lite):
    page = open_page(**{"m": "manifoldmix", "manifoldmix.last_layer": "0"})
    assert "Layer 0 was drawn" in html(page)
    state = states.pack_state(values(page))
    found = hidden.mix_hidden(
        state, [photos.cut_photo(picture, {}) for picture in state.pictures[:2]]
    )
    assert found.here == found.pixels
    assert found.top is None


def batch(pairing="shuffle", method="cutmix"):
    """The batch of the usual pair, as scenes, so that every method can mix it."""
    keys = {"m": method, "pairing": pairing, "a": "scene", "b": "scene"}
    table = states.list_keys(
        {key: card.params for key, card in known_methods.load_catalogue().items()},
        [photo.name for photo in photos.list_examples()],
        known_methods.list_pairings(),
    )
    state = states.pack_state(states.list_defaults(table) | keys)
    shots = [photos.cut_photo(picture, {}) for picture in state.pictures[:2]]
    return batch_mix.mix_batch(state, shots, [shot.title for shot in shots], "cpu")


@pytest.mark.parametrize("pairing", known_methods.list_pairings())
def test_a_batch_of_eight_is_worth_one_label_each(pairing):
    cells = batch(pairing)
    assert len(cells) == 8
    for cell in cells:
        assert sum(share for _, share in cell.label) == pytest.approx(1)


def test_pairing_within_a_class_keeps_labels_whole_and_across_mixes_them():
    assert all(len(cell.label) == 1 for cell in batch("same class"))
    assert all(len(cell.label) == 2 for cell in batch("other class"))


@pytest.mark.parametrize(
    "method", [k for k, c in known_methods.load_catalogue().items() if not c.inside]
)
def test_every_method_mixes_a_batch(lite, method):
    assert len({cell.png for cell in batch(method=method)}) == 8


def test_the_batch_is_mixed_when_its_drawer_is_opened(open_page, monkeypatch):
    asked = []
    real = batch_mix.mix_batch
    monkeypatch.setattr(batch_mix, "mix_batch", lambda *args: asked.append(1) or real(*args))
    page = open_page(pairing="same class")
    assert asked == []
    page.session_state["batch"] = True
    shown(page.run())
    assert asked == [1]
    assert sum(alt.startswith("Mix of the batch") for alt in alts(page)) == 8
    assert np.any(["Within a class" in html(page)])
