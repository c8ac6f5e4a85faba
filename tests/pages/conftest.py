"""Pages are run by AppTest: no browser, no network, and no naming model unless a test asks."""

import socket
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from app.jobs import known_runs
from app.mixes import photo_names
from audits import finished, picture_folder
from mixcore import naming
from mixcore.audit.audit_request import AuditRequest
from pages.auditing import ASKED, SIX, quiet
from pages.driving import shown

MAIN = Path(__file__).parents[2] / "app" / "main.py"


@pytest.fixture(scope="session")
def loaded():
    """The naming model in memory."""
    naming.load()


@pytest.fixture
def lite(_offline, loaded, monkeypatch):
    """For tests that look at what a model sees."""
    monkeypatch.setattr(naming, "ready", lambda: True)


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("a page tried to reach the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(photo_names, "start_loading", lambda: None)
    # It comes a little later, when a test's own patches are gone, and leaves a worker of 800 MB.
    monkeypatch.setattr(known_runs, "warm_worker", lambda: None)
    monkeypatch.setattr(naming, "ready", lambda: False)  # also where another test has loaded it
    known_runs.get_executor.clear()  # another test's is of another home


@pytest.fixture
def open_page():
    """Open the app with this link and hold it to show no exception; returns the AppTest."""

    def open_page(**query):
        page = AppTest.from_file(str(MAIN), default_timeout=30)
        for name, value in query.items():
            page.query_params[name] = value
        return shown(page.run())

    return open_page


@pytest.fixture(scope="session")
def audited(tmp_path_factory, loaded):
    """A home with two finished audits: of scenes and of a folder."""
    place = tmp_path_factory.mktemp("audits")
    photos = picture_folder(place / "photos", {"cat": 4, "dog": 4})
    for data in ("scenes", str(photos)):
        made = finished(place, AuditRequest(methods=SIX, data=data, **ASKED))
        runs = (place / "home" / "runs").iterdir()
        link = next(path for path in runs if path.is_symlink())
        link.unlink()
        made.rename(link)  # as if it had been made there
    return place


@pytest.fixture
def at_hand(audited, monkeypatch):
    """That home in use, where nothing is started."""
    monkeypatch.setenv("MIXSCOPE_HOME", str(audited / "home"))
    yield from quiet(monkeypatch)


@pytest.fixture
def no_audit(tmp_path, monkeypatch):
    """A home with nothing in it; its store."""
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    yield from quiet(monkeypatch)
