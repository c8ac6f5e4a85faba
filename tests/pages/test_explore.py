"""Explore as a person drives it: methods, parameters, pictures, names."""

import pytest

from app.service import methods, naming
from mixcore import pictures
from pages.driving import (
    code,
    html,
    jpeg,
    mixed,
    run_snippet,
    shown,
    told,
    upload,
    values,
    verdict,
)

CARDS = methods.catalogue()
PRESETS = [(key, name) for key, card in CARDS.items() for name in card.info.presets]
SCENES = {"a": "scene", "b": "scene"}  # what every method can mix


def test_opens_with_a_pair_already_mixed(open_page):
    page = open_page()
    assert verdict(page).startswith("The label says 66 % cat. 34 % of the picture is coffee")
    assert not page.warning


@pytest.mark.parametrize("method", CARDS)
def test_every_method_has_its_own_form_and_a_snippet_with_the_same_pixels(
    open_page, lite, method, tmp_path, monkeypatch
):
    page = open_page(m=method, **SCENES if CARDS[method].objects else {})
    forms = {w.key for kind in ("slider", "toggle", "selectbox") for w in page.get(kind) if w.key}
    declared = {f"{method}.{param.name}" for param in CARDS[method].params}
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
    monkeypatch.setattr(naming, "propose", lambda shot: [("toucan", 0.9), ("crow", 0.1)])
    page = open_page()
    assert "The model sees toucan .90, toucan .90." in html(page)
    upload(page, "files-0", {"one.jpg": jpeg()})
    assert verdict(page).startswith("The label says 66 % toucan.")


def test_about_says_versions_terms_and_methods(open_page):
    page = open_page()
    page.switch_page("views/about.py")
    shown(page.run())
    tables = " ".join(str(table.value.to_dict()) for table in page.table)
    for word in ("torch", "mixcore", "CC0-1.0", *(card.info.title for card in CARDS.values())):
        assert word in tables
    assert "127.0.0.1" in " ".join(m.value for m in page.markdown)
