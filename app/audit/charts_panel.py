"""Charts of an audit: area against evidence, with a region to choose, and pairs of classes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from app.audit import charts, table_rows
from app.audit.audit_state import AUDIT
from app.audit.choices import Shown
from app.audit.selection import read_corners
from app.audit.table_rows import DRAWN, Mixes, Which
from app.audit.text import pairs_html
from app.link.outlines import Corners, read_outline, write_outline
from mixcore.audit.summary import MATRIX
from mixcore.methods import get_title

BOX = "box"  # the entry of the link that holds what is drawn in the chart
PLOTLY = {"displaylogo": False, "modeBarButtonsToRemove": ["zoom2d", "pan2d", "autoScale2d"]}


def show_shares(shown: Shown, mixes: Mixes, which: Which) -> Corners:
    """A point a mix; the region drawn around some of them, as the corners of a polygon."""
    at = mixes.sample(which)
    x, y = mixes.share(at)
    called = {key: get_title(key) for key in mixes.keys}
    texts = [called[key] for key in mixes.method[at].tolist()]
    n = int(which.sum())
    memory = st.session_state
    with st.container(key="unused-box"):
        st.text_input(BOX, "", key=BOX, bind="query-params")
    box = read_outline(AUDIT.read_value(BOX))
    chart = f"plot-shares-{memory.setdefault('audit-region-turn', 0)}"
    # What is drawn by hand stays in the chart as long as the chart is this one; a new one, as after
    # Back, must be told. Told at once, it would be a new one, and could not hear a double click.
    drawn_on = hash((shown.name, which.tobytes()))
    if chart not in memory or memory.get("audit-region-on") != drawn_on:
        memory["audit-region-on"], memory["audit-region-told"] = drawn_on, box
    with st.container(key="panel-shares"):
        st.html('<h3 class="cap">What area says of A, and what can be seen of it</h3>')
        st.plotly_chart(
            charts.plot_shares(x, y, mixes.entropy(at), texts, memory["audit-region-told"]),
            key=chart, on_select=partial(_keep, chart), selection_mode=("box", "lasso"),
            config=PLOTLY,
            alt="Each mix as a point: A's share by area across, by evidence upwards; the colour is "
            "the entropy of the evidence",
        )  # fmt: skip
        drawn = f"{len(at):,} of {n:,} mixes, by chance" if n > DRAWN else f"All {n:,} mixes"
        st.html(
            f'<p class="note">{drawn}. On the dashed line area and evidence agree. Draw a box or a '
            "lasso around points: the mixes in it are listed above.</p>"
        )
        if box:
            st.button("Show all again", key="region-off", on_click=clear_box, type="tertiary")
    return box


def clear_box() -> None:
    """Forget what is drawn in the chart; for callbacks."""
    st.session_state["audit-region-turn"] += 1
    AUDIT.put_values({BOX: ""})


def _keep(chart: str) -> None:
    event = st.session_state[chart]
    AUDIT.put_values({BOX: write_outline(read_corners(event["selection"]))})


def show_class_pairs(mixes: Mixes, which: Which, methods: Sequence[str]) -> None:
    """Mean mismatch by pair of classes, of one method at a time."""
    if len(mixes.classes) < 2:
        return
    titles = table_rows.list_titles(methods)
    if st.session_state.get("pairs") not in (None, *titles):
        del st.session_state["pairs"]
    with st.container(key="panel-pairs"):
        st.html('<h3 class="cap">By pair of classes</h3>')
        name = st.selectbox(
            "Method", [*titles], key="pairs", bind="query-params", label_visibility="collapsed"
        )
        if len(mixes.classes) <= MATRIX:
            mean, n = mixes.pairs(which, titles[name])
            st.plotly_chart(
                charts.plot_class_pairs(mean, n, mixes.classes), key="plot-pairs", config=PLOTLY,
                alt=f"Mean mismatch of {name} for each pair of classes, A down and B across",
            )  # fmt: skip
            st.html(f'<p class="note">n = {int(n.sum()):,} mixes; empty squares had none.</p>')
        else:
            st.html(pairs_html(*mixes.worst_pairs(which, titles[name])))
