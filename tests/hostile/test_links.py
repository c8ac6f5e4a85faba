"""Links and configuration files as nobody would write them: read as what is near, with a sentence.

Each page is opened with odd values in every entry of its link at once.
"""

import json

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app.audit.audit_state import AUDIT
from app.compare.compare_state import COMPARE
from app.jobs import known_runs
from app.link import states
from app.link.clean import clean_entries
from app.link.keys import Key
from app.session import EXPLORE
from app.shell import visitor
from app.train.train_state import TRAIN
from hostile.neighbors import (
    ODD_NAMES,
    ODD_NUMBERS,
    ODD_TEXTS,
    ODD_VALUES,
    assert_sentence,
    document_neighbors,
    write_json,
)
from mixcore.runs import Local
from pages.conftest import MAIN
from pages.driving import KEYS, told, values
from pages.switching import switch_page

PAGES = {
    "explore": EXPLORE, "compare": COMPARE, "train": TRAIN, "audit": AUDIT
}  # fmt: skip
SENT = [word for word in (*ODD_NUMBERS, *ODD_NAMES) if "\ud800" not in word]


@pytest.fixture(autouse=True)
def _quiet(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    monkeypatch.setattr(Local, "warm", lambda self: None)
    monkeypatch.setattr(Local, "advance", lambda self: [])
    monkeypatch.setattr(visitor, "get_owner", lambda: "me")  # AppTest has no address
    known_runs.get_executor.clear()
    yield
    known_runs.get_executor.clear()


def open_page(name, query):
    page = AppTest.from_file(str(MAIN), default_timeout=120)
    page.query_params.update(query)
    if name != "explore":
        switch_page(page, name)
    page.run()
    assert [error.message for error in page.exception] == [], query
    return page


@pytest.mark.parametrize("name", PAGES)
def test_every_page_opens_with_odd_values_in_every_entry(name, effort):
    table = PAGES[name].keys
    for turn in range(effort(1)):
        odd = {key: SENT[(i + turn) % len(SENT)] for i, key in enumerate(table)}
        page = open_page(name, odd | {"v": "1", "zz": "inf", "new.mixup.alpha": "1e400"})
        for key, one in table.items():
            if key in page.session_state and one.kind in ("real", "integer"):
                assert one.low <= page.session_state[key] <= one.high, key
        assert page.warning, "nobody was told"
        numbers = [*page.slider, *page.number_input, *page.select_slider]
        known = {*table, None, *(one.key for one in numbers if one.key.startswith("cutmix."))}
        assert {one.key for one in numbers} <= known


@pytest.mark.parametrize("word", ["inf", "-inf", "1e400", "9" * 400])
def test_a_seed_without_end_is_the_nearest_one_and_the_rest_stays(word):
    page = open_page("explore", {"seed": word, "m": "fmix", "b": "owl"})
    key = KEYS["seed"]
    assert page.session_state["seed"] == (key.low if word[0] == "-" else key.high)
    assert (page.session_state["m"], page.session_state["b"]) == ("fmix", "owl")
    (sentence,) = told(page)
    assert assert_sentence(sentence).startswith("In this link the seed was ")
    page.run()
    assert values(page)["seed"] == page.session_state["seed"]


def test_what_has_no_neighbor_is_the_usual_one():
    page = open_page("explore", {"seed": "nan", "m": "CutMix ", "lam": "x", "rows": ["400", "-3"]})
    assert page.session_state["seed"] == KEYS["seed"].default
    assert page.session_state["m"] == "cutmix"
    assert page.session_state["rows"] == (0, 400)
    assert len(told(page)) == 4


@pytest.mark.parametrize(
    ("name", "key", "word", "value"),
    [
        ("train", "new.epochs", "99999", 2000), ("train", "new.lr", "inf", 100.0),
        ("train", "smooth", "-1", 0.0), ("train", "new.seeds", "1e400", 5),
        ("audit", "ask.n", "9e99", 100_000_000), ("audit", "ask.seed", "-4", 0),
        ("compare", "g.seed", "1e400", 2**31 - 1), ("compare", "g.seeds", "77", 6),
    ],
)  # fmt: skip
def test_the_other_pages_take_the_nearest_and_say_so(name, key, word, value):
    page = open_page(
        name, {"g.pairs": "cat~bee", "g.methods": "cutmix", "g.rows": "seeds", key: word}
    )
    assert page.session_state[key] == value
    assert word in page.warning[0].value.replace("\\", "")


def test_a_method_s_own_number_on_the_page_of_runs():
    page = open_page("train", {"new.own": "true", "new.method": "mixup", "new.mixup.alpha": "inf"})
    assert page.slider(key="new.mixup.alpha").value == page.slider(key="new.mixup.alpha").max
    assert "inf" in page.warning[0].value


RANGES = [
    Key("n", "integer", 3, 0, 9), Key("x", "real", 0.5, 0, 1), Key("ends", "span", (1, 2), 0, 9),
    Key("two", "range", (0.0, 1.0), 0, 1), Key("word", "choice", "a", options=("a", "b")),
    Key("many", "texts", (), high=9), Key("text", "text", "", high=9), Key("yes", "flag", False),
    Key("photo", "picture", "a", options=("a",)), Key("mask", "mask", ""),
]  # fmt: skip


@pytest.mark.parametrize("key", RANGES, ids=lambda key: key.kind)
def test_every_kind_of_entry_reads_anything(key):
    odd = [*ODD_VALUES, *ODD_NUMBERS, *ODD_NAMES, b"", np.float64("nan"), (1, 2, 3), ("9", "x")]
    for raw in [*odd, *([one] for one in odd), *([one, one] for one in odd)]:
        for read in (key.read, key.read_nearest):
            try:
                value = read(raw)
            except ValueError:
                continue
            assert key.holds(value), raw
            again = key.read(key.write(value))
            near = pytest.approx(value) if key.kind in ("real", "range") else value
            assert again == near, raw


def test_a_clean_link_is_left_alone_and_a_cleaned_one_is_clean(effort):
    random = np.random.default_rng(0)
    table, words = EXPLORE.keys, [*ODD_NUMBERS, *ODD_NAMES]
    for _ in range(effort(30)):
        query = {name: [words[i] for i in random.integers(0, len(words), random.integers(1, 4))]
                 for name in random.choice([*table, "zz", "new.mixup.alpha"], 12)}  # fmt: skip
        changes, sentences = clean_entries(query, table, states.SPOKEN)
        assert len(changes) == len(sentences)
        assert all(map(assert_sentence, sentences))
        after = {k: v for k, v in (query | changes).items() if v}
        assert clean_entries(after, table, states.SPOKEN) == ({}, [])
        read, notes = states.from_query(after, table)
        assert not [note for note in notes if not note.startswith("This link is of version")]
        assert all(table[name].holds(value) for name, value in read.items())


def test_too_many_and_too_long_entries_are_left_out():
    query = {"many": ["x"] * 5000, "long": ["x" * 100_000], "fine": ["x"]}
    changes, sentences = clean_entries(query, {}, {})
    assert changes == {"many": [], "long": []}
    assert all(map(assert_sentence, sentences))


def test_every_neighbor_of_a_configuration_is_read_or_refused():
    text = states.to_config(states.list_defaults(KEYS) | {"how": "box"}, KEYS, {"w_a": 0.5}, "abcd")
    whole = json.loads(text) | {"about": {}}
    odd = [*ODD_TEXTS, *(write_json(one) for _, one in document_neighbors(whole))]
    for content in odd:
        try:
            read, notes = states.from_config(content, KEYS)
        except ValueError as error:
            assert_sentence(error)
            continue
        assert all(KEYS[name].holds(value) for name, value in read.items())
        assert all(map(assert_sentence, notes))


@pytest.mark.parametrize(
    "text",
    [b'{"mixscope":"1","state":{"seed":[]}}', b'{"mixscope":[]}', b"[" * 100_000,
     b'{"mixscope":"1","state":{"a.name":"\\ud800"}}', b'{"mixscope":[],"state":{}}'],
)  # fmt: skip
def test_the_page_says_of_a_bad_configuration_what_it_is(text):
    page = open_page("explore", {"m": "fmix"})
    page.file_uploader(key="config-0").upload("c.json", text)
    page.run()
    assert [error.message for error in page.exception] == []
    assert all(map(assert_sentence, told(page)))
    assert told(page)
