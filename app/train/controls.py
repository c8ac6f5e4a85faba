"""Choice of the runs to show and of how to show them: all of it in the link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from app.jobs.known_runs import EXAMPLE, MOST, RunCard
from app.link.keys import Key
from app.link.run_keys import NAME, SMOOTHEST
from app.link.states import Keys
from app.train import curve_tables
from app.train.train_state import TRAIN


@dataclass(frozen=True)
class CurveView:
    """The way in which curves are drawn."""

    axis: str
    log_x: bool
    log_loss: bool
    smoothing: float
    seeds: bool


def list_names(known: list[RunCard]) -> Keys:
    """The entries of the link that name runs; links of before have the keys of methods there."""
    titles = {card.key: card.name for card in known}
    kinds: dict[str, tuple[str, Any]] = {"run": ("texts", ()), "focus": ("text", "")}
    return {
        name: Key(name, kind, default, high=NAME, titles=titles)
        for name, (kind, default) in kinds.items()
    }


def choose_runs(known: list[RunCard], examples: list[RunCard]) -> list[RunCard]:
    """The runs that are drawn: those in the link, else the ones that run, else the newest.

    The example is one choice among them, and the usual one as long as there is no other.
    """
    names = {card.name: [card] for card in known} | ({EXAMPLE: examples} if examples else {})
    memory = st.session_state
    if known and memory.pop("train-example-first", False) and memory.get("run") == [EXAMPLE]:
        del memory["run"]  # it stood there for want of others
    if "run" not in st.session_state:
        gone = [name for name in st.query_params.get_all("run") if name not in names]
        if gone:
            TRAIN.tell(f"This link asks for runs that are not here: {', '.join(gone)}.")
    else:
        kept = [name for name in st.session_state.run if name in names]
        if kept != st.session_state.run:
            st.session_state.run = kept if kept or known else [*names]
    usual = [card.name for card in known if card.status.state == "running"] or [*names]
    chosen = st.multiselect(
        "Runs side by side", [*names], usual[:1], key="run", bind="query-params",
        max_selections=MOST, placeholder="Choose up to 8 runs",
    )  # fmt: skip
    memory["train-example-first"] = not known
    return [card for name in chosen for card in names[name]]


def choose_view() -> CurveView:
    """Axes, smoothing, seeds."""
    with st.popover("View", icon=":material/tune:", key="view"):
        axis = st.segmented_control(
            "Along the bottom",
            curve_tables.AXES,
            default=curve_tables.AXES[0],
            required=True,
            key="x",
            bind="query-params",
        )
        smoothing = st.slider(
            "Smoothing of training curves",
            0.0,
            SMOOTHEST,
            0.0,
            0.02,
            key="smooth",
            bind="query-params",
        )
        log_x = st.toggle("Logarithmic bottom axis", key="logx", bind="query-params")
        log_loss = st.toggle("Logarithmic loss", key="logy", bind="query-params")
        seeds = st.toggle(
            "Seeds as mean and range", key="seeds", bind="query-params",
            help="Runs that differ in their seed only become one curve.",
        )  # fmt: skip
        st.html('<p class="note">On a chart: Ctrl and wheel zooms, dragging moves, two clicks '
                "reset. A click on a name in the legend shows that run alone.</p>")  # fmt: skip
    return CurveView(axis or curve_tables.AXES[0], log_x, log_loss, smoothing, seeds)
