"""Controls of the history: undo, redo, the list of steps, and the pin."""

from __future__ import annotations

import streamlit as st

from app.explore import history
from app.explore.history import Pinned
from app.link.states import BOX, BY_HAND, PAINTED, Values
from app.mixes.known_methods import MethodCard
from app.mixes.mixing import Mix
from app.mixes.text import format_share


def describe_state(card: MethodCard, mix: Mix, values: Values) -> str:
    """A state in a few words: "CutMix, box, .67"."""
    ways = {BY_HAND: "by hand", BOX: "box", PAINTED: "painted"}
    way = ways.get(values["how"], f"seed {values['seed']}")
    label = (
        "" if len(mix.facts.weights) == 1 else f" · {format_share(round(mix.facts.weights[0], 2))}"
    )
    return f"{card.info.title} · {way}{label}"


def show(card: MethodCard, mix: Mix | None, values: Values, keyed: bool) -> None:
    """Undo and redo, the pin, and every step. keyed: whether the pad answers to Ctrl+Z itself."""
    past = history.load_history()
    st.html('<h3 class="cap">History</h3>')
    with st.container(key="past", horizontal=True, gap="xsmall"):
        for name, by, keys, more in (
            ("Undo", -1, "Ctrl+Z", past.at > 0),
            ("Redo", 1, "Ctrl+Shift+Z", past.at < len(past.entries) - 1),
        ):
            st.button(
                name, key=name.lower(), on_click=history.walk_by, args=(by,),
                disabled=not more, help=keys if keyed else None, shortcut=None if keyed else keys,
            )  # fmt: skip
        _pin(card, mix, values)
    if len(past.entries) > 1:
        _steps(past)


def _pin(card: MethodCard, mix: Mix | None, values: Values) -> None:
    if kept := history.get_pinned():
        tip = f"Compared with {kept.title}. Press to forget it."
        st.button("Unpin", key="unpin", on_click=history.pin_state, args=(None,), help=tip)
    elif mix is not None and len(mix.facts.weights) == 2:
        shares = {"area": mix.facts.areas, "label": mix.facts.weights}
        one = Pinned(describe_state(card, mix, values), mix.layers["mixed"], shares)
        tip = "Keep this mix to compare others with."
        st.button("Pin", key="pin", on_click=history.pin_state, args=(one,), help=tip)


def _steps(past: history.Past) -> None:
    """The list, once it is opened: a hundred buttons take longer than a mix."""
    drawer = st.expander(f"{len(past.entries)} steps", key="steps", on_change="rerun")
    if not drawer.open:
        return
    with drawer, st.container(key="step-list", gap=None):
        for i, entry in reversed(list(enumerate(past.entries))):
            st.button(
                f"{i + 1}  {entry.title}", key=f"step-{i}", type="tertiary",
                on_click=history.go_to, args=(i,), disabled=i == past.at,
            )  # fmt: skip
