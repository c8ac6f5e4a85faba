"""Stage of a lab: the Sheet, which a hand moves in the browser."""

from __future__ import annotations

from functools import partial
from typing import Any

from app.components import stage
from app.labs.lab_state import find_state, is_set_on_stage, name_entry, name_seed
from app.mixes import lab_sheets
from app.mixes.lab_sheets import Given, Values
from app.photos import visitor_photos
from mixcore.params import Param


def read_state(key: str) -> tuple[Values, int, Given]:
    """Every parameter as the link and the widgets say it, the seed, and the own files."""
    state, params = find_state(key), lab_sheets.list_params(key)
    values = []
    for param in params:
        value = state.read_value(name_entry(key, param))
        if param.options:
            value = next((o for o in param.options if param.titles(o) == value), value)
        values.append((param.name, _settle(param, value)))
    shelf = visitor_photos.list_uploads() if any(p.hand == "file" for p in params) else {}
    given = lab_sheets.read_files(key, tuple(values), shelf)
    return tuple(values), int(state.read_value(name_seed(key))), given


def _settle(param: Param, value: Any) -> Any:
    """The value if the parameter may have it, else its default: a word of a link may be none."""
    try:
        return param.check(param.name, value)
    except (ValueError, TypeError):
        return param.default


def show(key: str, values: Values, seed: int, given: Given) -> None:
    """Draw the Sheet and follow the hand."""
    packed = lab_sheets.pack_frames(key, values, seed, given)
    now = dict(values)
    hands = {
        p.name: {"hand": p.hand, "value": now[p.name]}
        for p in lab_sheets.list_params(key)
        if p.hand and p.hand != "file"
    }
    stage.mount(packed | {"hands": hands}, partial(_follow, key))


def _follow(key: str) -> None:
    """Take over what a hand has set."""
    hand = stage.read_hand() or {}
    params = {p.name: p for p in lab_sheets.list_params(key)}
    param = params.get(str(hand.get("name")))
    if param is None or not is_set_on_stage(key, param):
        return
    try:
        value = param.check(param.name, hand.get("value"))
    except (ValueError, TypeError):
        return
    state, entry = find_state(key), name_entry(key, param)
    shown = param.titles(value) if param.options else value
    state.put_values({entry: state.write_carrier(entry, shown)})
