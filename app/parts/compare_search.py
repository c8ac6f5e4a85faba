"""SEARCH: the pairs on which the columns disagree most, found while a person watches."""

from __future__ import annotations

import streamlit as st

from app import asked, comparing, session
from app.comparing import MOST, PAIRS, Ask
from app.parts import compare_pairs
from app.service import surprise
from app.state import Keys


def show(ask: Ask, keys: Keys, device: str) -> None:
    """Search, say what was searched, and put the pairs that were found into the grid."""
    pool = compare_pairs.pool()
    bar = st.progress(0.0, "Looking for pairs…")

    def told(done: int, of: int) -> None:
        bar.progress(done / of, f"Tried {done} of {of} pairs…")

    many = len(comparing.pairs(ask.pairs)) if ask.rows == PAIRS else 3
    found = surprise.search(ask, pool, min(many, MOST), keys, session.shelf(), device, told)
    bar.empty()
    if found.pairs:
        word = ".".join(pair.word for pair in found.pairs)
        asked.carry({"g.pairs": word, "g.pin": ""})
        st.session_state["g-due"] = {"g.rows": PAIRS}
        st.session_state["g-found"] = (word, found.said)
    else:
        asked.tell(found.said)
    st.rerun()
