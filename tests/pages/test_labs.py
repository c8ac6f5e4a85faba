"""The Labs page: its gallery, a page for each lab, its link, undo, files, guess, and a run."""

import json
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from app.jobs import known_runs
from app.labs import lab_state
from app.mixes import lab_sheets
from app.shell import visitor
from mixcore.findings import records
from mixcore.labs import find_lab, list_labs, read_card
from mixcore.runs import Local, Store
from pages.conftest import MAIN
from pages.driving import html, jpeg, shown, told, upload
from pages.switching import switch_page


@pytest.fixture
def open_labs(tmp_path, monkeypatch):
    """Open Labs with this link, where nothing has been run; returns the AppTest."""
    local = Local(Store(tmp_path / "home"))
    monkeypatch.setattr(local, "advance", lambda: [])
    monkeypatch.setattr(known_runs, "get_executor", lambda: local)
    monkeypatch.setattr(visitor, "get_owner", lambda: "me")  # AppTest has no address

    def open_labs(**query):
        page = AppTest.from_file(str(MAIN), default_timeout=60)
        switch_page(page, "labs")
        for name, value in query.items():
            page.query_params[name] = value
        return shown(page.run())

    return open_labs


def stage(page):
    """What the stage is handed."""
    (found,) = [json.loads(element.proto.json) for element in page.get("bidi_component")
                if element.proto.component_name == "mixscope_stage"]  # fmt: skip
    return found


def number(page):
    data = stage(page)
    return data["frames"][data["at"]]["number"]["text"]


def test_the_gallery_has_a_card_for_each_lab(open_labs):
    page = open_labs()
    drawn = html(page)
    for key in list_labs():
        card = read_card(key)
        assert card.question.replace("’", "’") in drawn
        assert page.button(key=f"open-{key}").label == card.title
    shown(page.button(key="open-cmixup").click().run())
    assert page.query_params["lab"] == "cmixup"
    assert stage(page)["hero"]["name"] == "bandwidth"
    shown(page.button(key="all-labs").click().run())
    assert not [e for e in page.get("bidi_component") if e.proto.component_name == "mixscope_stage"]


@pytest.mark.parametrize("key", list_labs())
def test_every_lab_has_a_page(open_labs, key):
    page = open_labs(lab=key)
    card, made = read_card(key), find_lab(key)()
    assert card.question in html(page)
    values = tuple(made.to_dict().items())
    assert number(page) == lab_sheets.find_sheet(key, values, 0).number.text
    assert any(block.language == "python" for block in page.code)
    # The verdicts come after a guess, which can be skipped.
    assert '<ul class="lab-claims' not in html(page)
    shown(page.button(key=f"guess-{len(card.arms)}").click().run())
    drawn = html(page)
    finding = records.load_finding(key)
    assert drawn.count('<span class="lab-chip') == len(card.claims)
    assert f"n = {len(finding.seeds)} seeds of each arm" in drawn


def test_a_link_opens_what_it_says_and_repairs_what_it_cannot(open_labs):
    query = {"lab": "cmixup", "cmixup.curve": "tanh(6x)", "cmixup.bandwidth": "0.5",
             "cmixup.seed": "7"}  # fmt: skip
    page = open_labs(**query)
    values = find_lab("cmixup").from_dict({"curve": "tanh", "bandwidth": 0.5})
    expected = lab_sheets.find_sheet("cmixup", tuple(values.to_dict().items()), 7)
    assert number(page) == expected.number.text
    (link,) = [block.value for block in page.code if "lab=cmixup" in block.value]
    assert "cmixup.curve=tanh%286x%29" in link
    assert "cmixup.seed=7" in link
    assert told(open_labs(lab="nosuch"))
    page = open_labs(**(query | {"cmixup.bandwidth": "99", "cmixup.noise": "much"}))
    assert len(told(page)) == 2


def test_what_a_hand_sets_is_in_the_link_and_can_be_undone(open_labs):
    page = open_labs(lab="cmixup")
    before = number(page)
    page.slider(key="cmixup.noise").set_value(0.3)
    shown(page.run())
    noisy = number(page)
    assert noisy != before
    page.session_state["cmixup.bandwidth"] = "2.0"
    shown(page.run())
    assert number(page) not in (before, noisy)
    shown(page.button(key="lab-undo").click().run())
    assert number(page) == noisy
    shown(page.button(key="lab-undo").click().run())
    assert number(page) == before
    shown(page.button(key="lab-redo").click().run())
    assert number(page) == noisy


def test_a_run_is_a_job_and_can_be_asked_for_once(open_labs):
    page = open_labs(lab="cmixup")
    shown(page.button(key="lab-run").click().run())
    assert told(page) == []
    (run,) = known_runs.get_executor().store.runs()
    assert run.job().kind == "lab"
    assert run.job().config["lab"] == "cmixup"
    shown(page.run())
    assert page.button(key="lab-run").disabled
    assert "queued" in html(page)


def test_files_hold_the_numbers():
    values = tuple(find_lab("cmixup")().to_dict().items())
    lines = lab_sheets.write_numbers("cmixup", values, 0).decode().splitlines()
    assert len(lines) > 100
    state = json.loads(lab_sheets.write_state("cmixup", values, 0))
    assert state["parameters"]["bandwidth"] == 0.15
    assert lab_sheets.draw_figure("cmixup", values, 0, (), "svg", "dark").startswith(b"<?xml")


def test_a_lab_whose_package_is_missing_says_how_to_get_it(open_labs, monkeypatch):
    import dataclasses

    from app.labs import lab_page

    card = dataclasses.replace(read_card("cmixup"), extra="nosuchpackage")
    monkeypatch.setattr(lab_page, "read_card", lambda key: card)
    page = open_labs(lab="cmixup")
    assert "pip install nosuchpackage" in page.info[0].value
    shown(page.button(key=f"guess-{len(card.arms)}").click().run())
    assert '<ul class="lab-claims' in html(page)


def test_the_gallery_needs_no_torch():
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "page = AppTest.from_file('app/main.py', default_timeout=60)\n"
        "from tests.pages.switching import switch_page\n"
        "switch_page(page, 'labs').run()\n"
        "assert not page.exception, page.exception\n"
        "assert page.button(key='open-cmixup')\n"
        "assert not {'torch', 'matplotlib', 'sklearn'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], cwd=MAIN.parents[1], check=True)


def test_states_are_of_their_lab():
    for key in list_labs():
        state = lab_state.find_state(key)
        assert all(name.startswith(f"{key}.") for name in state.keys)
        hero = read_card(key).hero
        assert not hero or f"{key}.{hero}" in state.carriers


def test_an_own_photo_is_shown_and_its_link_is_refused_elsewhere(open_labs):
    page = open_labs(lab="occlusion")
    before = number(page)
    upload(page, "lab-file-photo-0", {"mine.jpg": jpeg()})
    digest = page.query_params["occlusion.photo"]
    assert len(digest) == 32
    assert number(page) != before
    assert stage(page)["panels"]
    other = open_labs(lab="occlusion", **{"occlusion.photo": "0" * 32})
    assert number(other) == before
    assert "not here" in told(other)[0]
