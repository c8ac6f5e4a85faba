"""A closer look at one run's newest epoch: calibration, labels, errors, example mixes."""

from __future__ import annotations

import streamlit as st

from app.jobs.known_runs import RunCard
from app.jobs.text import errors_html, measures_html
from app.train import bin_charts, epoch_tables, examples_panel, sheets_panel, tracks
from mixcore.train.metric_rows import Row

MEASURES = {
    "ece": "ECE", "adaptive_ece": "adaptive ECE", "classwise_ece": "classwise ECE", "mce": "MCE",
    "brier": "Brier score", "nll": "NLL, nats",
}  # fmt: skip
KEY = (
    'Below: how many pictures, <i class="swatch right"></i> right and <i class="swatch wrong"></i> '
    "wrong."
)
STAGES = {"calibration": "as trained", "scaled": "after temperature"}


def show(chosen: list[RunCard], theme: str) -> None:
    """The run in focus: the one that was chosen last, unless another is asked for."""
    names = [card.name for card in chosen]
    _follow(names)
    with st.container(key="focus-head", horizontal=True, vertical_alignment="bottom"):
        st.html("<h2>A closer look</h2>")
        name = st.selectbox(
            "Run", names, key="focus", bind="query-params", label_visibility="collapsed", width=230
        )
    card = chosen[names.index(name)]
    track = tracks.get_readers().track(card)
    if track.last is None:
        st.html('<p class="note">Its first epoch has not ended yet.</p>')
        return
    sheets_panel.show(card)
    with st.container(key="look"):
        for stage in STAGES:
            _reliability(track.last, stage, theme)
        with st.container(key="panel-labels"):
            _labels(track.last, theme)
            _errors(track, card)
        with st.container(key="panel-measures"):
            st.html(measures_html(track.last["calibration"], track.last["scaled"], MEASURES))
    examples_panel.show(card, epoch_tables.list_classes(track.metrics.of("data"), card.config))


def _follow(names: list[str]) -> None:
    """Turn to a run that has just been chosen; else leave the focus, if its run is still there."""
    memory = st.session_state
    fresh = [name for name in names if name not in memory.get("train-focus-known", names)]
    memory["train-focus-known"] = names
    if fresh or memory.get("focus", names[0]) not in names:
        memory.focus = (fresh or names)[0]


def _reliability(epoch: Row, stage: str, theme: str) -> None:
    seen = epoch[stage]
    low, high = seen["ece_interval"]
    with st.container(key=f"panel-{stage}"):
        st.html(f'<h3 class="cap">Calibration {STAGES[stage]}</h3>'
                f'<p class="big">{seen["ece"]:.3f}<span>ECE of {seen["n"]:,} test pictures<br>'
                f"95 % interval {low:.3f} to {high:.3f}</span></p>")  # fmt: skip
        st.vega_lite_chart(
            epoch_tables.list_reliability(seen), bin_charts.plot_reliability(theme),
            key=f"plot-{stage}", height=230,
            alt=f"Reliability diagram {STAGES[stage]}: accuracy in each of 15 bins of confidence",
        )  # fmt: skip
        st.vega_lite_chart(
            epoch_tables.list_confidences(seen), bin_charts.plot_confidences(theme),
            key=f"plot-{stage}-n", height=130,
            alt=f"How many test pictures got which confidence {STAGES[stage]}, right and wrong",
        )  # fmt: skip
        st.html(f'<p class="note">{KEY} {_says(epoch, stage)}</p>')


def _says(epoch: Row, stage: str) -> str:
    if stage == "calibration":
        mean, low, high = epoch["calibration"]["chance"]
        found = epoch["calibration"]["ece"]
        verdict = "That is within luck." if found <= high else "This is more than luck."
        return (
            f"With this confidence a perfectly calibrated model would score {mean:.3f} by luck "
            f"({low:.3f} to {high:.3f}). {verdict}"
        )
    fitted = epoch["temperature"]
    if fitted["why"]:
        return f"T = 1: {fitted['why']}"
    sure = "too sure of itself" if fitted["value"] > 1 else "not sure enough"
    return (
        f"T = {fitted['value']:.3f}, fitted on {fitted['n']:,} validation pictures: the model was "
        f"{sure}. Their NLL went from {fitted['before']:.3f} to {fitted['after']:.3f} nats."
    )


def _labels(epoch: Row, theme: str) -> None:
    st.html('<h3 class="cap">What A\'s label was worth</h3>')
    table = epoch_tables.list_weights(epoch)
    if table is None:
        st.html('<p class="note">Nothing was mixed in this epoch.</p>')
        return
    st.vega_lite_chart(
        table, bin_charts.plot_weights(theme), key="plot-weights", height=190,
        alt="How often A's label was worth how much in this epoch, and A's area",
    )  # fmt: skip
    st.html(
        '<p class="note">Bars: A\'s label. Lines: the area that A covers. Where they part, labels '
        "are not made of area.</p>"
    )


def _errors(track: tracks.Track, card: RunCard) -> None:
    names = epoch_tables.list_classes(track.metrics.of("data"), card.config)
    st.html('<h3 class="cap next">Commonest errors</h3>')
    st.html(errors_html(epoch_tables.list_confusions(track.last or {}, names)))
