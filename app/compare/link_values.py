"""What a person asks of the Compare page, kept by widgets in the link; see app/compare/spec.py."""

from __future__ import annotations

from functools import cache

import streamlit as st

from app import session
from app.compare import spec
from app.compare.spec import Ask
from app.link import states
from app.link.states import Keys, Values
from app.mixes import cell_mix, photos
from app.shell import address

# What buttons, the grid, and widgets that call things by other names set.
CARRIED = ("g.pairs", "g.pin", "g.methods", "g.of")


@cache
def list_keys() -> Keys:
    """Every key of the link."""
    cards = cell_mix.list_cards()
    by_hand = [key for key, card in cards.items() if "lam" in card.info.given]
    return spec.list_keys([photo.name for photo in photos.list_examples()], list(cards), by_hand)


def begin_page() -> None:
    """Read the link once a session, and hand over what code has set since the last run.

    What the link says wrongly gives way to the usual, and is told.
    """
    memory = st.session_state
    if address.is_history_step():  # as app.session.begin_page
        for name in ("g-carried", "g-due"):
            memory.pop(name, None)
    memory.update(memory.pop("g-due", {}))
    if notes := address.clean_link(list_keys()):
        tell_messages(*notes)
    if "g-opening" not in memory:
        query = {name: raw for name, raw in session.read_query().items() if name in list_keys()}
        memory["g-opening"], _ = states.from_query(query, list_keys())
    _drop_removed()


def _drop_removed() -> None:
    """Let go of pairs of own photos that their owner has removed, on whatever page."""
    gone = session.list_removed()
    pairs = spec.read_pairs(read_values()["g.pairs"]) if gone else []
    kept = [pair for pair in pairs if not any(digest in pair.word for digest in gone)]
    if kept != pairs:
        put_values({"g.pairs": ".".join(pair.word for pair in kept) or spec.OPENING})


def put_values(values: Values) -> None:
    """Set values; for callbacks, and before the widgets are drawn."""
    st.session_state.update(values)
    carry_values({name: values[name] for name in CARRIED if name in values})


def carry_values(values: Values) -> None:
    """Set what has no widget that one sees; holds from the next run on."""
    st.session_state["g-carried"] = st.session_state.get("g-carried", {}) | values


def draw_carriers() -> None:
    """Bound but unseen widgets, as app.session.draw_carriers has them for Explore."""
    st.session_state.update(st.session_state.get("g-carried", {}))
    with st.container(key="carriers"):
        for name in CARRIED:
            st.text_input(name, list_keys()[name].default, key=name, bind="query-params")


def read_values() -> Values:
    """What every widget says now, as app.session.read_values has it for Explore."""
    return session.read_values(list_keys(), "g-opening")


def read_ask() -> Ask:
    """The whole grid as it is asked for now."""
    return spec.pack_ask(read_values())


def list_messages() -> list[str]:
    """What the link said wrongly, until it is dismissed."""
    return st.session_state.get("g-notes", [])


def tell_messages(*sentences: str) -> None:
    """Say these until they are dismissed."""
    st.session_state["g-notes"] = list(sentences)
