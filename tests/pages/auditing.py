"""What the tests of the Audit page share: small audits that were really made, and the page."""

import re
from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.jobs import known_runs
from app.shell import visitor
from mixcore.runs import Local, Store
from pages.driving import html, shown
from pages.switching import switch_page

MAIN = Path(__file__).parents[2] / "app" / "main.py"

SIX = ("cutmix", "resizemix", "fmix", "transmix", "snapmix", "visiblemix")
ASKED = {"n": 6, "batch": 6, "seed": 3, "device": "cpu"}


def quiet(monkeypatch):
    monkeypatch.setattr(Local, "warm", lambda self: None)
    monkeypatch.setattr(Local, "advance", lambda self: [])
    monkeypatch.setattr(visitor, "get_owner", lambda: "me")  # AppTest has no address
    known_runs.get_executor.clear()
    yield Store()
    known_runs.get_executor.clear()


def audit(**query):
    page = AppTest.from_file(str(MAIN), default_timeout=60)
    for name, value in query.items():
        page.query_params[name] = value
    return shown(switch_page(page, "audit").run())


def text(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html(page))).replace("&#x27;", "'")
