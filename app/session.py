"""One person's session: which values are set, which photos they brought, what they must be told.

Only choices live here, never results. Widgets own the link; this module reads their values back
and, for a swap or an import, hands them new ones before they are drawn.
"""

from __future__ import annotations

import streamlit as st

from app import state as states
from app.service import mixing, photos
from app.service.photos import Upload
from app.state import Keys, Values

# Streamlit writes a value set by code into the link only for a widget that already exists, so
# values for widgets that appear in this very run are handed over twice.
PASSES = 2


def table() -> Keys:
    """Every key of the link."""
    methods = {key: card.params for key, card in mixing.catalogue().items()}
    return states.keys(methods, [photo.name for photo in photos.examples()])


def begin(keys: Keys) -> None:
    """Read the link once a session, and hand over what code has set since the last run."""
    memory = st.session_state
    if "notes" not in memory:
        query = st.query_params.to_dict() | _pairs()
        values, notes = states.from_query(query, keys)
        tell(*notes)
        memory.opening = values
        if query.get("v", states.VERSION) != states.VERSION:
            put(values)
    passes = memory.get("passes", 0)
    if passes:
        memory.update(memory.handed)
        memory.passes = passes - 1


def _pairs() -> dict[str, list[str]]:
    """Entries that stand more than once in the link, such as the two ends of a span."""
    found = {name: st.query_params.get_all(name) for name in st.query_params}
    return {name: ends for name, ends in found.items() if len(ends) > 1}


def finish() -> None:
    """Run once more if values still have to be handed over."""
    if st.session_state.get("passes"):
        st.rerun()


def put(values: Values) -> None:
    """Set these values from the next run on; for callbacks."""
    waiting = st.session_state.handed if st.session_state.get("passes") else {}
    st.session_state.handed = waiting | values
    st.session_state.passes = PASSES


def values(keys: Keys) -> Values:
    """What every widget says now; one that is not drawn yet says what the link said."""
    opening = st.session_state.get("opening", {})
    current = {}
    for name, key in keys.items():
        try:
            current[name] = key.read(st.session_state.get(name, opening.get(name, key.default)))
        except ValueError:
            current[name] = key.default
    return current


def carriers(keys: Keys) -> None:
    """Bound but unseen widgets for the choices that pictures and pills make: A, B and method."""
    with st.container(key="carriers"):
        for name in ("a", "b", "m"):
            st.text_input(name, keys[name].default, key=name, bind="query-params")


def shelf() -> dict[str, Upload]:
    """The person's own photos, by digest, oldest first."""
    return st.session_state.setdefault("shelf", {})


def keep(uploads: list[Upload]) -> None:
    """Put own photos on the shelf; the oldest make room."""
    kept = shelf() | {upload.digest: upload for upload in uploads}
    st.session_state.shelf = dict(list(kept.items())[-photos.SHELF :])


def forget() -> None:
    """Drop the person's own photos."""
    st.session_state.shelf = {}
    st.session_state.generation = generation() + 1


def generation() -> int:
    """How often the photos were forgotten."""
    return st.session_state.get("generation", 0)


def tell(*sentences: str) -> None:
    """Say these until they are dismissed; what was said before has been read by now."""
    st.session_state.notes = list(sentences)


def told() -> list[str]:
    """The sentences to show."""
    return st.session_state.get("notes", [])
