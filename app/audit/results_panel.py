"""The mixes of an audit: filters, a row a method, the charts, and the mixes themselves."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from app.audit import charts_panel, mixes_panel, reviews, summary_panel, table_rows
from app.audit.choices import Shown
from app.audit.table_rows import Filter, Mixes
from app.audit.text import lines_html
from app.components import navigate
from mixcore.audit.conclusion import EXACT
from mixcore.methods import get_title

ANY = "any class"
REVIEWED = {"all": None, "not yet": False, "reviewed": True}


def show(shown: Shown) -> None:
    """Everything below the conclusion."""
    st.fragment(_draw)(shown)


def _draw(shown: Shown) -> None:
    if navigate.is_leaving():
        st.rerun()
    try:
        mixes = table_rows.load_rows(shown.place)
    except (ValueError, OSError):
        return  # it is said above, or the parts have just become one table
    if not mixes.n:
        return
    fold = st.container(key="filters-fold")  # on a phone alone, where the mixes come first
    with st.container(key="filters", horizontal=True, vertical_alignment="top"):
        asked, over = _filters(mixes)
    with fold:
        st.toggle(name_fold(asked.count), key="filters-open")
    worst = st.container(key="worst")  # seen first, drawn last: the chart chooses what it lists
    summary_panel.show_rest(shown)
    reviewed = reviews.read_reviews(shown.place)
    which = mixes.which(asked, reviewed)
    what = "object" if mixes.facts.get("judge") == EXACT else "evidence"
    wanted = asked.methods or mixes.keys
    lines = [
        (get_title(one.method), one) for one in mixes.lines(which, over) if one.method in wanted
    ]
    controls = mixes.said["controls"]  # of the whole audit, whatever is filtered
    with st.container():  # always, so that what follows keeps its place, by which keys find it
        _left(asked, int(which.sum()), mixes.n)
    st.html(f'<div class="scroll">{lines_html(lines, over, what, controls)}</div>')
    with st.container(key="audit-charts"):
        box = charts_panel.show_shares(shown, mixes, which)
        charts_panel.show_class_pairs(mixes, which, wanted)
    with worst:
        if box:
            _say_boxed(int(mixes.which(replace(asked, box=box), reviewed).sum()))
        mixes_panel.show(shown, mixes, asked, box)


def name_fold(count: int) -> str:
    """What the fold of the filters is called, with how many of them are set."""
    return "Filters, order and review" + (f" · {count} set" if count else "")


def _say_boxed(n: int) -> None:
    """Above the list, as what was drawn stands far below it."""
    with st.container(key="boxed", horizontal=True, vertical_alignment="center"):
        st.html(f'<p class="note">Only the {n:,} drawn around in the chart below.</p>')
        st.button("List all", key="box-off", on_click=charts_panel.clear_box, type="tertiary")


def _left(asked: Filter, n: int, of: int) -> None:
    if asked != Filter():
        st.html(
            f'<p class="note">Below are the {n:,} of {of:,} mixes that the filters leave; the '
            "sentence above is about all.</p>"
        )


def _filters(mixes: Mixes) -> tuple[Filter, float]:
    titles = table_rows.list_titles(mixes.keys)
    classes = [ANY, *mixes.classes]
    _prune("by", list(titles))
    by = st.multiselect("Methods", [*titles], key="by", placeholder="all", bind="query-params")
    chosen = []
    for side in "ab":
        _prune(f"class-{side}", classes)
        with st.container(key=f"filter-{side}" if mixes.classes else f"unused-filter-{side}"):
            chosen.append(
                st.selectbox(
                    f"Class of {side.upper()}", classes, key=f"class-{side}", bind="query-params"
                )
            )
    low, high = st.slider("Mismatch", 0.0, 1.0, (0.0, 1.0), 0.01, key="off", bind="query-params")
    with st.container(key="filter-which", gap="xsmall"):
        seen = st.segmented_control(
            "Reviewed", [*REVIEWED], default="all", required=True, key="seen", bind="query-params"
        )
        third = mixes.knows_third and st.toggle(
            "Like a third class", key="third", bind="query-params",
            help="Only mixes that look like a third class: the clean picture of its block that is "
            "most like the mix, by the features of Lite0, is of neither of its two",
        )  # fmt: skip
    over = st.number_input("Off by more than", 0.0, 1.0, 0.3, 0.05, key="over", bind="query-params")
    a, b = (None if one in (ANY, None) else mixes.classes.index(one) for one in chosen)
    methods = tuple(titles[name] for name in by)
    return Filter(methods, a, b, low, high, REVIEWED[seen or "all"], bool(third)), over


def _prune(key: str, options: list[str]) -> None:
    """What another audit had may not be here."""
    now = st.session_state.get(key)
    if isinstance(now, list):
        st.session_state[key] = [one for one in now if one in options]
    elif now is not None and now not in options:
        st.session_state[key] = options[0]
