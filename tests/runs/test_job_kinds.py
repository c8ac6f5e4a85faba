"""Every kind of job is found by its file, says what it is asked for, and who does it."""

import sys

import pytest

from app.jobs import known_runs
from mixcore import worker
from mixcore.runs import Job, Store, kinds
from mixcore.runs.kinds import find_job_kind, list_job_kinds

THROWN_AWAY = """
from mixcore.runs.kinds import JobKind

KIND = JobKind("Count", request=f"{__name__}:CountRequest", doer=f"{__name__}:count_up")


class CountRequest:
    def __init__(self, to=0):
        self.to = to

    @classmethod
    def from_dict(cls, values):
        return cls(**values)

    def to_dict(self):
        return {"to": self.to}

    def command(self):
        return f"count --to {self.to}"


def count_up(work):
    to = CountRequest.from_dict(work.run.job().config).to
    for n in range(1, to + 1):
        work.at(n, to)
    return "done", f"Counted to {to}."
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that belongs to the package of kinds, too."""
    place = tmp_path / "kinds"
    place.mkdir()
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(place)])
    list_job_kinds.cache_clear()
    yield place
    list_job_kinds.cache_clear()
    sys.modules.pop("mixcore.runs.kinds.thrown_away", None)


@pytest.mark.parametrize("name", list_job_kinds())
def test_a_kind_has_a_request_and_a_doer(name):
    kind = find_job_kind(name)
    request = kind.load_request()
    asked = request.from_dict({})
    assert request.from_dict(asked.to_dict()) == asked
    assert asked.command().startswith("python -m mixcore ")
    assert callable(kind.load_doer())
    assert kind.title


def test_names_are_those_that_stored_runs_have():
    assert set(list_job_kinds()) == {"audit", "lab", "smoke", "train"}
    with pytest.raises(ValueError, match="no kind of job 'bake'; known: audit, lab, smoke, train"):
        find_job_kind("bake")


def test_a_new_file_is_a_new_kind_to_workers_and_pages(folder, tmp_path):
    (folder / "thrown_away.py").write_text(THROWN_AWAY)
    run = Store(tmp_path / "store").create(Job("thrown_away", {"to": 3}))
    assert worker.do_job(run) == "done"
    assert run.status().message == "Counted to 3."
    assert run.status().step == 3
    card = known_runs.read_card(run)
    assert (card.kind, card.config, card.why) == ("thrown_away", {"to": 3}, "")
    assert card.command == "count --to 3"


def test_a_kind_that_is_not_known_is_a_sentence_to_workers_and_pages(tmp_path):
    run = Store(tmp_path).create(Job("bake"))
    assert worker.do_job(run) == "failed"
    assert (
        "There is no kind of job 'bake'; known: audit, lab, smoke, train." in run.status().message
    )
    assert "There is no kind of job 'bake'" in known_runs.read_card(run).why
