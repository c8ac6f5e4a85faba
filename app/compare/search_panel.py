"""Search for the pairs on which the columns disagree most, with its progress."""

from __future__ import annotations

import base64
from html import escape

import streamlit as st

from app.compare import pairs_panel, search, spec
from app.compare.compare_state import COMPARE
from app.compare.spec import MOST, PAIRS, Ask, Pair
from app.link.states import Keys
from app.mixes import photos
from app.photos import visitor_photos


def show(ask: Ask, keys: Keys, device: str) -> None:
    """Search, say what was searched, and put the pairs that were found into the grid."""
    pool = pairs_panel.list_pool()
    bar, best = st.progress(0.0, "Looking for pairs…"), st.empty()
    shown: list[Pair] = []

    def told(done: int, of: int, pair: Pair | None, spread: float) -> None:
        bar.progress(done / of, f"Tried {done} of {of} pairs…")
        if pair and pair not in shown:
            shown.append(pair)
            best.html(_best(pair, spread))

    many = len(spec.read_pairs(ask.pairs)) if ask.rows == PAIRS else 3
    found = search.search_pairs(
        ask, pool, min(many, MOST), keys, visitor_photos.list_uploads(), device, told
    )
    bar.empty()
    best.empty()
    if found.pairs:
        word = ".".join(pair.word for pair in found.pairs)
        COMPARE.carry_values({"g.pairs": word, "g.pin": ""})
        COMPARE.set_next({"g.rows": PAIRS})
        st.session_state["compare-found"] = (word, found.said)
    else:
        COMPARE.tell(found.said)
    st.rerun()


def _best(pair: Pair, spread: float) -> str:
    """The best pair so far, in a line with its photos."""
    called, examples = pairs_panel.list_sources(), [photo.name for photo in photos.list_examples()]
    thumbs = [photos.make_thumb(source) for source in pair if source in examples]
    images = "".join(
        f'<img src="data:image/png;base64,{base64.b64encode(png).decode()}" alt="">'
        for png in thumbs
    )
    names = escape(" and ".join(called[source] for source in pair))
    said = f"Best so far: {names}, a spread of {spread:.2f}."
    return f'<p class="best" role="status">{images}<span>{said}</span></p>'
