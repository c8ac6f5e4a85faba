"""Explore as a person drives it: methods, parameters, pictures, names."""

import json
import re

import pytest

from app.link import states
from app.mixes import known_methods, photo_names
from app.mixes.photo_store import PHOTOS
from mixcore import pictures
from mixcore.decode import clean_name
from pages.driving import (
    code,
    html,
    jpeg,
    mixed,
    run_snippet,
    shelf,
    shown,
    told,
    upload,
    values,
    verdict,
)
from pages.switching import switch_page

CARDS = known_methods.load_catalogue()
PRESETS = [(key, name) for key, card in CARDS.items() for name in card.info.presets]
SCENES = {"a": "scene", "b": "scene"}  # what every method can mix


def test_opens_with_a_pair_already_mixed(open_page):
    page = open_page(a="cat")
    assert verdict(page).startswith("The label says 66 % cat. 34 % of the picture is coffee")
    assert not page.warning


def test_who_comes_without_a_link_sees_a_label_for_what_is_hidden(open_page):
    page = open_page()
    assert {name: values(page)[name] for name in states.OPENING} == states.OPENING
    said = re.match(
        r"The label says (\d+) % horse. By what is left to see it would be (\d+) %. Left to see: "
        r"(\d+) % of the horse and (\d+) % of the tiger.", verdict(page),
    )  # fmt: skip
    label, worth, horse, tiger = map(int, said.groups())
    assert label > 60 > 10 > worth
    assert tiger > 90 > 5 > horse
    number = re.search('<p class="mismatch" data-tone="high"><b>0.(\\d\\d)</b>', html(page))
    assert int(number[1]) == label - worth
    assert "Further off than 3 of 4 CutMix mixes" in html(page)
    assert values(open_page(seed="5"))["a"] == "cat"  # what links say stays what they said


@pytest.mark.parametrize("method", CARDS)
def test_every_method_has_its_own_form_and_a_snippet_with_the_same_pixels(
    open_page, lite, method, tmp_path, monkeypatch
):
    page = open_page(m=method, **SCENES if CARDS[method].objects else {})
    forms = {w.key for kind in ("slider", "toggle", "selectbox") for w in page.get(kind) if w.key}
    choices = [p for p in CARDS[method].params if p.low is None or p.low < p.high]
    declared = {f"{method}.{param.name}" for param in choices}
    others = {f"{m}.{p.name}" for m, card in CARDS.items() for p in card.params} - declared
    assert declared <= forms
    assert not others & forms
    if not CARDS[method].inside:
        assert (run_snippet(page, tmp_path, monkeypatch) == mixed(page)).all()


@pytest.mark.parametrize(("method", "preset"), PRESETS)
def test_every_preset_sets_its_parameters(open_page, lite, method, preset):
    page = open_page(m=method)
    shown(page.selectbox(key=f"preset-{method}").select(preset).run())
    now = values(page)
    recipe = CARDS[method].info.presets[preset]
    assert {n: now[f"{method}.{n}"] for n in recipe} == dict(recipe)


def test_family_leads_to_its_first_method_and_from_there_to_the_others(open_page, lite):
    page = open_page()
    for family in ("One photo", "Features", "Grid"):
        inside = [key for key, card in CARDS.items() if card.info.family == family]
        shown(page.pills(key="family").set_value(family).run())
        assert page.session_state["m"] == inside[0]
        members = [pills for pills in page.pills if pills.key == "member"]
        assert len(members) == (len(inside) > 1)
    assert members[0].options == [CARDS[key].info.title for key in inside]
    shown(members[0].set_value("maskmix").run())
    assert page.session_state["m"] == "maskmix"


def test_lam_by_hand_is_the_share_of_a(open_page):
    page = open_page(m="mixup", how="by hand", lam="0.3")
    assert verdict(page) == "The label says 30 % cat. Every pixel is 30 % cat, 70 % coffee."
    shown(page.slider(key="lam").set_value(0.8).run())
    assert verdict(page).startswith("The label says 80 % cat.")


def test_uploads_make_the_pair_and_run_from_their_files(open_page, tmp_path, monkeypatch):
    files = {'two "x".jpg': jpeg((20, 200, 20), (64, 128)), "one.jpg": jpeg()}
    page = open_page()
    upload(page, "files-0", files)
    assert values(page)["a"] == pictures.digest(files['two "x".jpg'])
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert (run_snippet(page, tmp_path, monkeypatch) == mixed(page)).all()
    shown(page.button(key="forget").click().run())
    assert (values(page)["a"], values(page)["b"]) == ("cat", "coffee")


def test_thirteen_photos_at_once_are_all_there_and_called_by_their_files(open_page):
    files = {f"photo {i}.jpg": jpeg((10 * i, 90, 90)) for i in range(13)}
    page = open_page()
    upload(page, "files-0", files)
    assert not page.warning
    assert [one.name for one in shelf(page).values()] == list(files)
    assert (values(page)["a"], values(page)["b"]) == tuple(shelf(page))[:2]
    assert verdict(page).startswith("The label says 66 % photo 0.")
    more = {f"more {i}.jpg": jpeg((200, 10 * i, 30)) for i in range(13)}
    upload(page, "files-1", more)
    assert len(shelf(page)) == PHOTOS
    (said,) = told(page)
    assert said.startswith("There is no room for more 11.jpg and more 12.jpg: 24 photos")


@pytest.mark.parametrize("name", ["owl", "owl.jfif", "owl.heic", "../../owl.txt", "o\u202ewl.jpg"])
def test_the_bytes_of_a_file_decide_and_not_its_name(open_page, name):
    page = open_page(m="mixup")
    upload(page, "files-0", {name: jpeg()})
    assert not page.warning
    assert [one.name for one in shelf(page).values()] == [clean_name(name)]
    assert page.file_uploader(key="files-1").proto.type == []  # Streamlit would go by the name


def test_one_photo_is_removed_and_the_others_stay(open_page):
    page = open_page()
    upload(page, "files-0", {"one.jpg": jpeg(), "two.jpg": jpeg((1, 2, 3))})
    first, second = shelf(page)
    shown(page.button(key=f"remove-{first}").click().run())
    assert list(shelf(page)) == [second]
    assert (values(page)["a"], values(page)["b"]) == ("cat", second)
    assert not page.warning


def test_a_photo_is_fitted_whole_on_the_page_in_the_code_and_in_the_link(
    open_page, tmp_path, monkeypatch
):
    tall = jpeg(size=(60, 120))
    page = open_page(**{"m": "mixup", "a.whole": "true", "b.whole": "true", "b.zoom": "2"})
    upload(page, "files-0", {"tall.jpg": tall})
    shown(page.button(key="forget").click().run())
    assert values(page)["a.whole"] is False  # the cut belonged to that photo
    page = open_page(**{"m": "mixup", "a": pictures.digest(tall), "a.whole": "true"})
    upload(page, "files-0", {"tall.jpg": tall})
    assert "a = pictures.fit(a, 448)" in code(page, "python")
    (tmp_path / "tall.jpg").write_bytes(tall)
    assert (run_snippet(page, tmp_path, monkeypatch) == mixed(page)).all()
    assert "a.whole=true" in code(page, "plaintext")
    assert json.loads(code(page, "json"))["state"]["a.whole"] is True


def test_bad_upload_is_one_sentence_and_the_state_stays(open_page):
    page = open_page(m="patchmix", seed="77", a="dog")
    before = values(page)
    upload(page, "files-0", {"notes.jpg": b"these are words", "empty.png": b""})
    assert values(page) == before
    assert [sentence.split()[0] for sentence in told(page)] == ["notes.jpg", "empty.png"]


def test_swap_trades_pictures_with_their_cut_and_name(open_page):
    page = open_page(**{"a.zoom": "2", "a.name": "tom", "b.x": "0.3"})
    before = values(page)
    shown(page.button(key="swap").click().run())
    after = values(page)
    assert (after["a"], after["b"], after["b.zoom"], after["a.x"]) == ("coffee", "cat", 2.0, 0.3)
    shown(page.button(key="swap").click().run())
    assert values(page) == before


def test_random_pair_draws_a_new_seed_unless_locked(open_page):
    page = open_page(seed="4321")
    shown(page.button(key="random").click().run())
    now = values(page)
    assert now["a"] != now["b"] or now["a"] == "scene"
    assert now["seed"] != 4321
    seed = now["seed"]
    shown(page.toggle(key="lock").set_value(True).run())
    shown(page.button(key="random").click().run())
    assert values(page)["seed"] == seed
    assert page.button(key="seed-new").disabled


def test_new_scene_is_chosen_and_named_by_its_class(open_page):
    page = open_page()
    shown(page.button(key="scene-new-b").click().run())
    assert page.session_state["b"] == "scene"
    assert f"scenes.make({page.session_state['b.scene']}, size=448)" in code(page, "python")


def test_parameters_that_contradict_are_one_sentence_and_are_kept(open_page):
    page = open_page(**{"m": "resizemix", "resizemix.low": "0.5", "resizemix.high": "0.3"})
    assert "ResizeMix.low" in told(page)[0]
    assert page.session_state["resizemix.low"] == 0.5


def test_names_are_proposed_once_the_model_is_there(open_page, monkeypatch):
    monkeypatch.setattr(photo_names, "propose_names", lambda shot: [("toucan", 0.9), ("crow", 0.1)])
    page = open_page()
    assert "The model sees toucan .90, toucan .90." in html(page)
    upload(page, "files-0", {"one.jpg": jpeg()})
    assert verdict(page).startswith("The label says 66 % one.")  # its file's name


def test_about_says_versions_terms_and_methods(open_page):
    page = open_page()
    switch_page(page, "about")
    shown(page.run())
    tables = " ".join(str(table.value.to_dict()) for table in page.table)
    for word in ("torch", "mixcore", "CC0-1.0", *(card.info.title for card in CARDS.values())):
        assert word in tables
    assert "127.0.0.1" in " ".join(m.value for m in page.markdown)
