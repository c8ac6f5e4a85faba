"""Links and configuration files: the whole state goes out, comes back, and survives nonsense."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.runtime.scriptrunner_utils.script_run_context import ScriptRunContext

from app.link import states
from app.mixes import photos
from pages.driving import (
    KEYS,
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


def test_deep_link_with_box_crop_scene_and_name(open_page, tmp_path, monkeypatch):
    link = {
        "a": "scene", "a.scene": "21", "a.name": "<b>it</b>",
        "b": "owl", "b.zoom": "1.7", "b.x": "0.2",
        "how": "box", "rows": ["10", "120"], "columns": ["5", "400"], "m": "resizemix", "seed": "8",
    }  # fmt: skip
    page = open_page(**link)
    area = 1 - 110 * 395 / states.SIZE**2
    assert f"says {round(area * 100)} % &lt;b&gt;it&lt;/b&gt;" in verdict(page)
    assert "not used" in html(page)
    assert (run_snippet(page, tmp_path, monkeypatch) == mixed(page)).all()


def test_nonsense_in_the_link_gives_way_to_what_is_near_or_usual_and_says_so(open_page):
    page = open_page(lam="999", m="nope", seed="x", a="nobody", zzz="1", rows="7")
    sentences = " ".join(told(page))
    for word in (
        "lam was 999",
        "method was nope",
        "seed was x",
        "picture A was nobody",
        "bottom, was 7",
    ):
        assert word in sentences
    shown(page.run())  # what the timer of the page does
    assert values(page) == states.list_defaults(KEYS) | {"lam": 1.0}
    shown(page.button(key="explore-dismiss").click().run())
    assert not page.warning


def test_link_of_another_version_opens_with_the_examples(open_page):
    page = open_page(v="7", m="fmix")
    assert "version 7" in page.warning[0].value
    shown(page.run())  # what the timer of the page does
    assert page.session_state["m"] == "cutmix"


def test_link_that_needs_a_photo_asks_for_it_and_keeps_the_rest(open_page):
    digest = photos.admit_file(jpeg(), "red.jpg").digest
    page = open_page(b=digest, m="fmix", seed="5")
    assert told(page)[0].startswith("This link needs a photo that is not here for picture B;")
    assert (page.session_state["m"], page.session_state["seed"]) == ("fmix", 5)
    assert 'gallery.load("coffee")' in code(page, "python")
    upload(page, "files-0", {"red.jpg": jpeg()})
    assert not page.warning
    assert 'pictures.read("red.jpg")' in code(page, "python")


def test_config_comes_back_as_it_was_saved(open_page):
    page = open_page(
        **{"m": "fmix", "fmix.alpha": "0.3", "a": "owl", "how": "by hand", "lam": "0.4"}
    )
    config, before = code(page, "json"), values(page)
    about = json.loads(config)["about"]
    assert about["label"]["a"] == pytest.approx(0.4, abs=1e-5)
    assert sum(about["label"].values()) == pytest.approx(1)
    fresh = open_page()
    upload(fresh, "config-0", {"c.json": config.encode()})
    assert values(fresh) == before


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[1]", b'{"mixscope": "9", "state": {}}', b"\xff\xfe"]
)
def test_broken_config_is_one_sentence_and_the_state_stays(open_page, text):
    page = open_page(m="fmix")
    upload(page, "config-0", {"c.json": text})
    assert [sentence.split(":")[0] for sentence in told(page)] == ["c.json"]
    assert page.session_state["m"] == "fmix"


def test_shared_link_reopens_the_same_state(open_page):
    page = open_page(**{"m": "patchmix", "patchmix.cells": "5", "b": "bee", "layer": "mask"})
    link = code(page, "plaintext")
    query = parse_qs(urlsplit(link).query)
    assert values(open_page(**query)) == values(page)


@pytest.mark.parametrize("method", ["transmix", "mixpro"])
def test_what_the_model_in_use_does_not_have_is_the_nearest_that_it_has(open_page, lite, method):
    page = open_page(**{"m": method, f"{method}.layer": "24", f"{method}.head": "12"})
    said = told(page)
    assert len(said) == 2
    assert f"{method}.layer was 24, but it can only be 1 here" in said[0]
    assert (values(page)[f"{method}.layer"], values(page)[f"{method}.head"]) == (1, 3)
    assert "Mismatch" in html(page)
    head = page.slider(key=f"{method}.head")
    for value in range(int(head.min), int(head.max) + 1):
        assert "Mismatch" in html(shown(head.set_value(value).run()))


def test_back_returns_to_what_the_link_says_whatever_code_set_last(open_page, monkeypatch):
    page = open_page(m="fmix", seed="9")
    page.session_state["explore-carried"] = {
        "m": "mixup",
        "a": "owl",
    }  # as a click on a pill leaves it
    shown(page.run())
    assert values(page)["m"] == "mixup"
    with monkeypatch.context() as patch:
        start = ScriptRunContext.reset
        patch.setattr(
            ScriptRunContext,
            "reset",
            lambda *given, **asked: start(*given, **asked | {"is_history_navigation": True}),
        )
        page.query_params["m"] = "fmix"
        shown(page.run())
    shown(page.run())  # the next thing that a hand does
    assert (values(page)["m"], values(page)["seed"]) == ("fmix", 9)
