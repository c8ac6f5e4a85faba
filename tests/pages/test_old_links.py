"""Links of earlier releases open the very same page: every value they set, and the number shown."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from mixcore.train.training_request import TrainingRequest
from pages.auditing import quiet
from pages.conftest import MAIN
from pages.driving import pad, shown
from pages.switching import switch_page

LINKS = json.loads((Path(__file__).parents[1] / "links" / "links_0_1.json").read_text())


@pytest.fixture(autouse=True)
def _nothing_starts(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    yield from quiet(monkeypatch)


NOW = {f"new.{one.formerly}": f"new.{one.name}" for one in TrainingRequest.params() if one.formerly}


def plain(value):
    return list(value) if isinstance(value, tuple) else value


@pytest.mark.parametrize("link", LINKS, ids=lambda link: f"{link['page']}-{len(link['query'])}")
def test_a_link_of_0_1_sets_what_it_set(link, lite):
    page = AppTest.from_file(str(MAIN), default_timeout=120)
    page.query_params.update(link["query"])
    if link["page"] != "explore":
        switch_page(page, link["page"])
    shown(page.run())
    now = {name: plain(page.session_state[NOW.get(name, name)]) for name in link["values"]}
    assert now == link["values"]
    assert len(page.warning) == link["told"]
    if "number" in link:
        assert re.findall(r"<b>(\d\.\d\d)</b>", pad(page)["words"]["number"]) == link["number"]
