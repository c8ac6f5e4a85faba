"""Mixes of an audit, the worst first: thumbnails, a way to Explore, and review by keys."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from app.audit import reviews, thumbnails
from app.audit.choices import Shown
from app.audit.table_rows import SORTS, Filter, Mixes
from app.audit.text import mix_html
from app.components import hotkey, navigate
from app.link.outlines import Corners
from mixcore.audit.summary import is_third
from mixcore.methods import get_title
from mixcore.runs.error_text import describe_error

PAGE = 24
TICK = 0.7  # seconds between looks for new thumbnails
AT = "mix"
Row = dict[str, Any]


def show(shown: Shown, mixes: Mixes, asked: Filter, box: Corners) -> None:
    """The list, which a review draws anew by itself."""
    with st.container(key="mixes-panel"):
        st.fragment(_draw)(shown, mixes, replace(asked, box=box))


def _draw(shown: Shown, mixes: Mixes, asked: Filter) -> None:
    if navigate.is_leaving():
        st.rerun()
    seen = reviews.read_reviews(shown.place)
    which = mixes.which(asked, seen)
    n = int(which.sum())
    if not n:
        st.html('<p class="note">No mix is left by these filters.</p>')
        return
    with st.container(key="mixes-head", horizontal=True, vertical_alignment="bottom"):
        at, sort = _where(n)
    order = mixes.order(which, sort)
    first = at // PAGE * PAGE
    rows = mixes.rows(order[first : first + PAGE])
    _keys(shown, mixes, rows[at - first], at, n, seen)
    with st.container():  # always, so that what follows keeps its place, by which keys find it
        if refused := st.session_state.get("audit-refused"):
            st.html(f'<p class="refusal" role="alert">{escape(refused)}</p>')
    place, thumbs = _made_of(shown, mixes), thumbnails.get_thumbnails()
    thumbs.ask(place, mixes.facts, rows)
    missing = any(thumbs.found(place, row) is None for row in rows)
    draw = st.fragment(_tiles, run_every=TICK if missing else None)
    draw(place, mixes, rows, first, at - first, seen, missing)


def _where(n: int) -> tuple[int, str]:
    """Which mix is in focus, from 0, and by what they are sorted."""
    worst = st.session_state.get("sort", SORTS[0]) == SORTS[0]
    st.html(f"<h2>The mixes, {'worst' if worst else 'largest'} first</h2>")
    if st.session_state.get(AT, 1) > n:
        st.session_state[AT] = n
    sort = st.selectbox("Sorted by", SORTS, key="sort", bind="query-params", width=220)
    at = st.number_input(
        f"Mix, of {n:,}", 1, n, 1, 1, key=AT, bind="query-params", width=130
    )  # fmt: skip
    return int(at) - 1, sort or SORTS[0]


def _keys(shown: Shown, mixes: Mixes, row: Row, at: int, n: int, seen: Any) -> None:
    """The review: a button for every key."""
    with st.container(key="keys", horizontal=True, gap="xsmall", vertical_alignment="center"):
        # Never disabled: quick hands would press a key before its button knows that it may.
        st.button("Previous", key="previous", shortcut="K", on_click=_step, args=(-1, n))
        st.button("Next", key="next", shortcut="J", on_click=_step, args=(1, n))
        done = row["id"] in seen
        st.button(
            f"{'Not reviewed' if done else 'Reviewed'} :gray[Space]", key="review", on_click=_mark,
            args=(shown, row["id"], not done), icon=":material/check:",
        )  # fmt: skip
        st.button(
            "Explore", key="explore-this", shortcut="E", on_click=_open, args=(mixes, row, at + 1),
            icon=":material/visibility:",
        )  # fmt: skip
        pages = -(-n // PAGE)
        known = len(seen)
        st.html(
            f'<p class="note">Page {at // PAGE + 1:,} of {pages:,} · {known:,} reviewed · keys: J '
            "next, K previous, Space reviewed, E Explore</p>"
        )
    with st.container(key="unused-space"):
        hotkey.on_press(lambda: _mark(shown, row["id"], not done), inside=".st-key-keys, .mix")


def _tiles(
    place: str, mixes: Mixes, rows: list[Row], first: int, now: int, seen: Any, ticking: bool
) -> None:
    """The page's mixes, of which `first` stand before; again as thumbnails are made."""
    if navigate.is_leaving():
        st.rerun()
    thumbs = thumbnails.get_thumbnails()
    made = [thumbs.found(place, row) for row in rows]
    if sorry := next((one for one in made if isinstance(one, str)), ""):
        st.html(f'<p class="refusal">{escape(sorry)}</p>')
    with st.container(key="mixes"):
        for i, (row, picture) in enumerate(zip(rows, made, strict=True)):
            name = get_title(row["method"])
            names = mixes.named(row["class_a"]), mixes.named(row["class_b"])
            with st.container(key=f"mixed-{i}"):
                done = row["id"] in seen
                third = mixes.named(row["class_like"]) if is_third(row) else ""
                st.html(mix_html(row, name, names, _address(picture), i == now, done, third))
                st.button(
                    f"Explore this mix of {names[0]} and {names[1]}", key=f"open-{i}",
                    on_click=_open, args=(mixes, row, first + i + 1),
                )  # fmt: skip
    if ticking and all(made):
        st.rerun()  # the clock stops


def _address(picture: bytes | str | None) -> str:
    if isinstance(picture, bytes):
        return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"
    return picture or ""


def _made_of(shown: Shown, mixes: Mixes) -> str:
    """What thumbnails are kept by: they are the same while parts come and become one table."""
    return f"{shown.place} {json.dumps(mixes.facts.get('request'))}"


def _step(by: int, n: int) -> None:
    st.session_state["audit-refused"] = ""
    st.session_state[AT] = min(n, max(1, st.session_state.get(AT, 1) + by))


def _mark(shown: Shown, row: str, reviewed: bool) -> None:
    st.session_state["audit-refused"] = ""
    try:
        reviews.mark_reviewed(shown.place, row, reviewed)
    except OSError as error:
        st.session_state["audit-refused"] = f"The review could not be kept: {describe_error(error)}"


def _open(mixes: Mixes, row: Row, at: int) -> None:
    """Leave for Explore with this mix, which is in focus when Back returns."""
    from app.audit import open_in_explore  # it brings torch, as Explore does

    st.session_state[AT] = at
    try:
        navigate.leave_page(open_in_explore.make_values(mixes.facts, row))
    except (ValueError, OSError) as error:
        st.session_state["audit-refused"] = describe_error(error)
