"""One person's session: which values are set, which photos they brought, what they must be told.

Only choices live here, never results. Widgets own the link; this module reads their values back
and, for a swap or an import, hands them new ones before they are drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from app.link import states
from app.link.keys import Key
from app.link.states import CROP, SIDES, Keys, PhotoCrop, Values
from app.mixes import known_methods, photos
from app.mixes.photo_store import STORE, Upload
from app.shell import address, visitor

CARRIED = (*SIDES, "m")
REMOVED = "removed-photos"
CROPS = tuple(f"{side}.{part}" for side in SIDES for part in CROP)  # frames set them, not widgets
HELD = ("lam", "rows", "columns", "mask", "layer", "opacity")  # what only the pad sets, where it is


def list_keys() -> Keys:
    """Every key of the link."""
    params = {key: card.params for key, card in known_methods.load_catalogue().items()}
    examples = [photo.name for photo in photos.list_examples()]
    return states.list_keys(params, examples, known_methods.list_pairings())


def begin_page(keys: Keys) -> None:
    """Read the link once a session, and hand over what code has set since the last run."""
    memory = st.session_state
    newcomer = not read_query() and "carried" not in memory  # nor sent here by another page
    if address.is_history_step():  # what code set last was set on another step
        for name in ("carried", "held", "again", "due"):
            memory.pop(name, None)
    notes = address.clean_link(keys)
    if "notes" not in memory:
        memory.opening, more = states.from_query(read_query(), keys)
        if newcomer:
            memory.opening |= states.OPENING
            load_values(dict(states.OPENING))
        tell_messages(*notes, *more)
        if more:  # a link of another version, which must leave the address too
            load_values(memory.opening)
            st.query_params.pop("v", None)
        return
    if notes:
        tell_messages(*notes)
    if "due" in memory:
        memory.update(memory.pop("again"))
        del memory.due


def read_query() -> dict[str, str | list[str]]:
    """The link, as app.link.states.from_query reads it."""
    return st.query_params.to_dict() | _pairs()


def _pairs() -> dict[str, list[str]]:
    """Entries that stand more than once in the link, such as the two ends of a span."""
    found = {name: st.query_params.get_all(name) for name in st.query_params}
    return {name: ends for name, ends in found.items() if len(ends) > 1}


def put_values(values: Values) -> None:
    """Set values of widgets that are always there; for callbacks."""
    st.session_state.update(values)
    carried = {name: values[name] for name in (*CARRIED, *CROPS) if name in values}
    st.session_state.carried = st.session_state.get("carried", {}) | carried
    held = {name: values[name] for name in HELD if name in values}
    st.session_state.held = st.session_state.get("held", {}) | held


def is_behind() -> bool:
    """Whether the browser spoke before it had heard of the last choice of a photo or method."""
    carried = st.session_state.get("carried", {})
    return any(st.session_state.get(name) != value for name, value in carried.items())


def load_values(values: Values) -> None:
    """Set a whole state, perhaps of another method; for callbacks.

    Streamlit writes what code sets into the link only for widgets that it has drawn before, so
    the values are handed over once more when the page has been drawn with them.
    """
    put_values(values)
    st.session_state.again = values


def finish_load() -> None:
    """See to it that `load` is completed, as soon as the browser has this run."""
    if "again" in st.session_state:
        _once_more()


@st.fragment(run_every=0.3)
def _once_more() -> None:
    if "due" in st.session_state:
        st.rerun()
    st.session_state.due = True


def read_values(keys: Keys, link: str = "opening") -> Values:
    """What every widget says now; one that is not drawn yet says what the link said.

    link: where session state keeps what the link of this page said.
    """
    memory = st.session_state.to_dict()  # one copy costs less than a hundred look-ups
    opening = memory.get(link, {})
    return {name: _read(key, memory, opening) for name, key in keys.items()}


def value(keys: Keys, name: str) -> Any:
    """What one widget of Explore says now, as `values` has it."""
    return _read(keys[name], st.session_state, st.session_state.get("opening", {}))


def _read(key: Key, memory: Mapping[str, Any], opening: Values) -> Any:
    try:
        return key.read(memory.get(key.name, opening.get(key.name, key.default)))
    except ValueError:
        return key.default


def draw_carriers(keys: Keys) -> None:
    """Bound but unseen widgets for the choices that pictures and pills make: photos, method.

    Only code sets them, so what code set last holds: a hand that is quicker than the server's
    answer makes the browser send the old value once more.
    """
    st.session_state.update(st.session_state.get("carried", {}))
    with st.container(key="carriers"):
        for name in CARRIED:
            st.text_input(name, keys[name].default, key=name, bind="query-params")


def hold_values(pad: bool) -> None:
    """Where the pad sets what it shows, keep to that, as `carriers` does; else let go of it."""
    if pad:
        st.session_state.update(st.session_state.get("held", {}))
    else:
        st.session_state.held = {}


def list_uploads() -> dict[str, Upload]:
    """The person's own photos, by digest, oldest first."""
    return STORE.load(visitor.get_key())


def keep_uploads(uploads: Iterable[Upload]) -> list[Upload]:
    """Put own photos on the shelf; those there was no room for."""
    return STORE.add(visitor.get_key(), uploads)


def keep_crop(digest: str, crop: PhotoCrop) -> None:
    """Remember how an own photo was cut last."""
    STORE.change_crop(visitor.get_key(), digest, crop)


def forget_uploads(digest: str | None = None) -> None:
    """Drop one of the person's own photos, or all of them."""
    gone = set(list_uploads()) if digest is None else {digest}
    st.session_state[REMOVED] = list_removed() | gone
    photos.forget_all()
    if digest is None:
        STORE.clear(visitor.get_key())
    else:
        STORE.remove(visitor.get_key(), digest)


def list_removed() -> set[str]:
    """The own photos that were dropped in this session: pages let go of what they made of them."""
    return st.session_state.get(REMOVED, set())


def tell_messages(*sentences: str) -> None:
    """Say these until they are dismissed; what was said before has been read by now."""
    st.session_state.notes = list(sentences)


def list_messages() -> list[str]:
    """The sentences to show."""
    return st.session_state.get("notes", [])
