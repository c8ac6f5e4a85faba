"""Form of the grid: rows, columns, seed, judging evidence, and how the grid is shown."""

from __future__ import annotations

import random

import streamlit as st

from app import widgets
from app.compare import pairs_panel, spec
from app.compare.compare_state import COMPARE
from app.compare.spec import METHODS, MOST, PAIRS, SEEDED, STRENGTHS
from app.link.states import BY_HAND, DRAWN, TRUTHS, Values
from app.mixes import cell_mix
from mixcore.evidence.reference import REFERENCE


def show() -> bool:
    """Draw every control; whether a surprise is asked for."""
    table, now = COMPARE.keys, COMPARE.read_values()
    st.html('<h3 class="cap">Rows</h3>')
    rows = _either("Rows", "g.rows", (PAIRS, SEEDED))
    surprise = pairs_panel.show(now["g.pairs"], rows)
    with widgets.hide_widgets(rows != SEEDED, "g-seeds"):
        st.slider("Seeds", 1, MOST, table["g.seeds"].default, key="g.seeds", bind="query-params")
    st.html('<h3 class="cap">Columns</h3>')
    _columns(now, _either("Columns", "g.columns", (METHODS, STRENGTHS)))
    st.html('<h3 class="cap">Seed</h3>')
    _seed(rows)
    st.html('<h3 class="cap">Judged by</h3>')
    _judge(now["g.pairs"])
    st.html('<h3 class="cap">Show</h3>')
    st.selectbox(
        "In the cells", tuple(spec.SHOWN), key="g.layer", bind="query-params",
        help="The map used is the one that made the label or the mask, drawn under it; a map of "
        "the mix itself stands for both photos.",
    )  # fmt: skip
    st.toggle(
        "Sort by mismatch", key="g.sort", help="Furthest off first, by means.", bind="query-params"
    )
    st.toggle("Own colour scale for each row", key="g.own", bind="query-params")
    return surprise


def _either(label: str, key: str, options: tuple[str, str]) -> str:
    return st.segmented_control(
        label, options, default=options[0], required=True, key=key,
        label_visibility="collapsed", width="stretch", bind="query-params",
    )  # fmt: skip


def _columns(now: Values, columns: str) -> None:
    cards, table = cell_mix.list_cards(), COMPARE.keys

    def title(key: str) -> str:
        return cards[key].info.title

    # These follow the bound words; whichever is used sets its own.
    st.session_state["g-methods"] = now["g.methods"].split(".")
    st.session_state["g-of"] = now["g.of"]
    with widgets.hide_widgets(columns != METHODS, "g-methods"):
        st.multiselect(
            "Methods", table["g.methods"].options, format_func=title, key="g-methods",
            on_change=_choose, max_selections=MOST, label_visibility="collapsed",
            placeholder=f"Choose up to {MOST} methods",
        )  # fmt: skip
        how = _either("How lam is set", "g.how", (DRAWN, BY_HAND))
        with widgets.hide_widgets(how != BY_HAND, "g-lam"):
            st.slider(
                "lam", 0.0, 1.0, table["g.lam"].default, 0.01, key="g.lam", bind="query-params"
            )
    with widgets.hide_widgets(columns != STRENGTHS, "g-strengths"):
        st.selectbox(
            "Method", table["g.of"].options, format_func=title, key="g-of", on_change=_choose_one,
            label_visibility="collapsed",
        )  # fmt: skip
        low, high = spec.WEAKEST, spec.STRONGEST
        st.slider(
            "Strengths", 2, MOST, table["g.strengths"].default, key="g.strengths",
            bind="query-params", help=f"lam by hand, evenly spread from {low:g} to {high:g}.",
        )  # fmt: skip


def _choose() -> None:
    if chosen := st.session_state["g-methods"]:  # a grid has a column at least
        COMPARE.put_values({"g.methods": ".".join(chosen)})


def _choose_one() -> None:
    COMPARE.put_values({"g.of": st.session_state["g-of"]})


def _seed(rows: str) -> None:
    key = COMPARE.keys["g.seed"]
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.number_input(
            "Seed", int(key.low), int(key.high), key.default, key="g.seed", width=96,
            label_visibility="collapsed", bind="query-params",
        )  # fmt: skip
        st.button("New", key="g-new", on_click=_new_seed)
    with widgets.hide_widgets(rows != PAIRS, "g-apart"):
        st.toggle("A seed of its own for each pair", key="g.apart", bind="query-params")


def _new_seed() -> None:
    COMPARE.put_values({"g.seed": random.randrange(10_000)})


def _judge(pairs: str) -> None:
    options = COMPARE.keys["g.see"].options
    st.selectbox(
        "Evidence", options, key="g.see", bind="query-params",
        label_visibility="collapsed",
        help=f"No method here makes its label from the {REFERENCE}, so it judges all alike. What "
        "a map judges that its label was made from is marked and not ranked. Scenes are judged by "
        "their exact masks.",
    )  # fmt: skip
    with widgets.hide_widgets("scene" not in pairs, "g-truth"):
        st.segmented_control(
            "What exact masks are asked", TRUTHS, default=TRUTHS[0], required=True, key="g.truth",
            label_visibility="collapsed", width="stretch", bind="query-params",
        )  # fmt: skip
