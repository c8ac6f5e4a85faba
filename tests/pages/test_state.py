"""State as data: every state survives the link and the file, nonsense never raises."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.link import states
from mixcore import cell_masks
from mixcore.params import Param

METHODS = {
    "cutmix": [Param("alpha", "real", 1.0, 0.05, 8.0), Param("correct_lam", "flag", True)],
    "grid": [
        Param("cells", "integer", 7, 2, 28),
        Param("rounding", "choice", "up", options=("up", "down")),
    ],
}
KEYS = states.list_keys(
    METHODS, ("cat", "coffee", "kingfisher", "castle", "owl"), ("shuffle", "same class")
)


def value_of(key):
    match key.kind:
        case "text":
            return st.text(max_size=int(key.high))
        case "real":
            return st.floats(key.low, key.high).map(lambda x: round(x, 6))
        case "integer":
            return st.integers(int(key.low), int(key.high))
        case "flag":
            return st.booleans()
        case "span":
            ends = st.integers(int(key.low), int(key.high))
            return st.tuples(ends, ends).map(lambda pair: tuple(sorted(pair)))
        case "picture":
            digest = st.text("0123456789abcdef", min_size=32, max_size=32)
            return st.one_of(st.sampled_from(key.options), digest)
        case "mask":
            sides = st.tuples(st.integers(1, 9), st.integers(1, 64))
            masks = sides.flatmap(lambda side: arrays(bool, side))
            return st.one_of(st.just(""), masks.map(cell_masks.write_mask))
    return st.sampled_from(key.options)


STATES = st.fixed_dictionaries({name: value_of(key) for name, key in KEYS.items()})


def of_its_method(values):
    """The values without the parameters of other methods, which no link holds."""
    others = {f"{m}.{p.name}" for m, params in METHODS.items() for p in params if m != values["m"]}
    return {name: KEYS[name].default if name in others else v for name, v in values.items()}


@given(STATES)
def test_link_holds_the_whole_state(values):
    query = parse_qs(urlsplit(states.make_link("", values, KEYS)).query)
    read, notes = states.from_query(query, KEYS)
    assert notes == []
    assert read == of_its_method(values)


@given(STATES)
def test_config_holds_the_whole_state(values):
    text = states.to_config(values, KEYS, {"w_a": 0.5})
    assert states.from_config(text, KEYS) == (of_its_method(values), [])


@given(st.dictionaries(st.sampled_from(list(KEYS)), st.text(max_size=12)))
def test_nonsense_falls_back_key_by_key(query):
    values, notes = states.from_query(query, KEYS)
    for name in KEYS.keys() - query.keys():
        assert values[name] == KEYS[name].default
    assert all(KEYS[name].holds(value) for name, value in values.items())
    for name, text in query.items():
        start = f"In this link {states.SPOKEN.get(name, name)} was"
        bad = KEYS[name].default == values[name] and any(n.startswith(start) for n in notes)
        assert bad or KEYS[name].read(text) == values[name]


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("lam", "999"), ("lam", "nan"), ("lam", "-inf"), ("seed", "1.5"), ("seed", "1e400"),
        ("lock", "maybe"), ("rows", ["300", "200"]), ("rows", ["1", "2", "3"]), ("rows", "4"),
        ("columns", ["0", "449"]), ("a", "3F" * 16), ("a.name", "x" * 41), ("m", "nope"),
    ],
)  # fmt: skip
def test_each_kind_refuses_with_its_rule(name, raw):
    with pytest.raises(ValueError, match="must be "):
        KEYS[name].read(raw)


def test_defaults_make_the_shortest_link():
    assert states.make_link("x/", states.list_defaults(KEYS), KEYS) == "x/?v=1"


def test_a_config_names_the_pictures_that_were_mixed():
    text = states.to_config(states.list_defaults(KEYS), KEYS, {}, sides="abcd")
    assert [json.loads(text)["state"][side] for side in "abcd"] == [
        "cat", "coffee", "kingfisher", "castle",
    ]  # fmt: skip


def test_only_what_the_method_takes_is_given():
    values = states.list_defaults(KEYS) | {"how": "box"}
    state = states.pack_state(values)
    assert state.given(("index", "lam", "box")) == {"box": (112, 368, 112, 368)}
    assert state.given(("index", "lam")) == {}
    assert states.pack_state(values | {"how": "by hand"}).given(("lam",)) == {"lam": 0.65}
    assert state.params == (("alpha", 1.0), ("correct_lam", True))
