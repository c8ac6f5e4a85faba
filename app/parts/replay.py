"""REPLAY: which of one's own runs looks at the photos, and how its view changed as it learned."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app import widgets
from app.charts import replay_html
from app.service import evidence, sights, trained
from app.service.mixing import Mix
from app.service.photos import Shot
from app.state import Keys, State


def ask(keys: Keys, used: bool) -> None:
    """Which run, and after which epoch it is asked; part of the link, also where it is not used."""
    runs = trained.runs() if used else {}
    chosen = st.session_state.get("trained", st.session_state.get("opening", {}).get("trained", ""))
    with widgets.hidden(not used, "run"):
        # A link may name a run that this machine has not; it stays in the link.
        options = dict.fromkeys(["", *runs, chosen])
        st.selectbox("Run", list(options), key="trained", bind="query-params")
        last = max(trained.epochs(chosen), default=1) if used else int(keys["epoch"].high)
        st.slider(
            "Epoch", 0, max(1, last), keys["epoch"].default, key="epoch", bind="query-params",
            help="The run's model as it was after this epoch; 0 for its last.",
        )  # fmt: skip
    if used and chosen and chosen not in runs:
        st.html(f'<p class="note">The run {escape(chosen)} is not on this machine.</p>')
    elif used and not runs:
        st.html(
            '<p class="note">No run of this machine has kept weights yet. Train one on the Train '
            "page; after its first epoch it can be chosen here.</p>"
        )


def show(state: State, mix: Mix, shots: Sequence[Shot], names: Sequence[str], device: str) -> None:
    """A's label beside what it would be worth by the run's evidence, epoch by epoch."""
    sight = sights.of(state.see)
    if not isinstance(sight, sights.OwnRun) or len(trained.epochs(sight.run)) < 2:
        return
    found = evidence.by_epoch(state, shots, device)
    if not found:
        return
    label = mix.facts.weights[0] / sum(mix.facts.weights)
    ends = f"{found[0][1]:.2f} after epoch {found[0][0]}, {found[-1][1]:.2f} after {found[-1][0]}"
    st.html('<h3 class="cap">As training went on</h3>')
    alt = f"What the label of {names[0]} would be worth by this run: {ends}; it is {label:.2f}."
    st.html(replay_html(found, label, sight.epoch, alt))
    st.html(
        f'<p class="note">What the label of {escape(names[0])} would be worth by what this run '
        f"sees: {ends}. The dashed line is its label, {label:.2f}.</p>"
    )
