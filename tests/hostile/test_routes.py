"""The route beside the page: every wrong question is answered 400 with a sentence, never 500."""

import json

import pytest

from app.explore import pad_answers
from hostile.neighbors import ODD_NAMES, ODD_TEXTS, ODD_VALUES, assert_sentence, document_neighbors
from pages.test_pad import ask, place  # noqa: F401, a fixture

WHOLE = [
    {"lam": 0.25}, {"rows": [0, 90], "columns": [30, 200]}, {"mask": "2x2bkA"}, {"sweep": "x"},
]  # fmt: skip


def refuse(answer, what):
    """Hold an answer to a refusal in one sentence."""
    assert 400 <= answer.status_code < 500, what
    assert_sentence(answer.body.decode())
    return answer.status_code


@pytest.fixture
def mixed(place, monkeypatch):  # noqa: F811
    """The handle of a session whose mixes cost nothing, and who may ask as often as it wants."""
    monkeypatch.setattr(pad_answers.Place, "spend", lambda self: None)
    monkeypatch.setattr(
        pad_answers, "make_answer", lambda place, fixed, number: pad_answers.pack_asset("png", b"")
    )
    return place


@pytest.mark.parametrize("asked", WHOLE, ids=lambda asked: next(iter(asked)))
def test_every_neighbor_of_a_question_is_answered(mixed, asked):
    whole = {"handle": mixed, "number": 1, "asked": asked}
    for name, odd in document_neighbors(whole):
        answer = ask(json.dumps(odd).encode())
        if answer.status_code != 200:
            status = refuse(answer, name)
            assert status == (404 if name.startswith("['handle']") and status == 404 else 400), name


@pytest.mark.parametrize("name", ["lam", "rows", "columns", "mask"])
def test_a_value_of_a_wrong_type_is_400(mixed, name):
    for value in ODD_VALUES:
        asked = {"rows": [0, 9], "columns": [0, 9]} if name in ("rows", "columns") else {}
        body = {"handle": mixed, "number": 1, "asked": asked | {name: value}}
        answer = ask(json.dumps(body).encode())
        assert answer.status_code in (200, 400), value
        if not isinstance(value, str | int | float) or isinstance(value, bool):
            assert answer.status_code == 400, value


def test_texts_that_are_no_questions_are_400(mixed):
    for text in ODD_TEXTS:
        assert refuse(ask(text[:4000]), text[:40]) == 400
    assert refuse(ask(b"[" * 100_000), "brackets") == 413


@pytest.mark.parametrize(
    "origin",
    ["http://[::1", "http://[", "http://]", "http://here:99999999", "null", "//", "http://",
     *(name.encode("latin-1", "replace").decode("latin-1") for name in ODD_NAMES)],
)  # fmt: skip
def test_odd_origins_are_refused(mixed, origin):
    origin = origin.replace("\n", "").replace("\0", "")
    assert refuse(ask({"handle": mixed, "number": 1, "asked": {"lam": 0.5}}, origin), origin) in (
        400, 403,
    )  # fmt: skip
