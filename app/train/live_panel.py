"""The live part: cards, curves and a closer look, once a second while something runs."""

from __future__ import annotations

import re
from html import escape

import streamlit as st

from app.components import navigate
from app.jobs import known_runs
from app.jobs.known_runs import RunCard
from app.train import cards, charts, curve_tables, epoch_panel, tracks
from app.train.controls import CurveView
from app.train.text import compare_seeds, describe_curves, describe_seeds
from app.train.train_state import TRAIN

Names = tuple[tuple[str, int], ...]
INTERVAL = re.compile(r"(\([\d.]+ to [\d.]+\))")
ALTS = {
    "loss": "Loss of the chosen runs: thin lines on training batches, thick ones on test pictures",
    "accuracy": "Accuracy of the chosen runs: thin in training, thick on test pictures",
    "ece": "Expected calibration error on test pictures after each epoch, with its interval",
}


def show(chosen: list[RunCard], view: CurveView, known: list[RunCard]) -> None:
    """Draw the runs; again each second as long as any run is waiting or at work."""
    busy = any(card.active for card in known)
    draw = st.fragment(_draw, run_every=1.0 if busy else None)
    draw([card.id for card in chosen], view, busy)


def _draw(ids: list[str], view: CurveView, busy: bool) -> None:
    if navigate.is_leaving():
        st.rerun()
    known = known_runs.list_cards()
    stirred = st.session_state.pop(TRAIN.name_entry("stir"), False)
    if stirred or busy != any(card.active for card in known):
        st.rerun()  # the form, the list of runs or the clock is out of date
    by_id = {card.id: card for card in [*known, *known_runs.list_examples()]}
    chosen = [by_id[name] for name in ids if name in by_id]
    others = [card for card in known if card.active and card not in chosen]
    theme = st.context.theme.type or "light"
    drawn = curve_tables.group_runs(chosen, view.seeds)
    colors = {one.id: charts.find_color(_slot(group), theme) for _, group in drawn for one in group}
    cards.show([*(card for card in chosen if not card.example), *others[:4]], colors)
    if not chosen:
        return
    _say(drawn)
    show_curves(chosen, view, theme)
    epoch_panel.show(chosen, theme)


def _say(drawn: list[tuple[str, list[RunCard]]]) -> None:
    """What the curves show, in sentences."""
    scores = {
        group[0].group: [score for card in group if (score := tracks.find_score(card))]
        for _, group in drawn
    }
    if all(group[0].example for _, group in drawn):  # which the page says above
        scores = {
            name.removeprefix(f"{known_runs.EXAMPLE} "): found for name, found in scores.items()
        }
    alone = [found[0] for found in scores.values() if len(found) == 1]
    several = {name: found for name, found in scores.items() if len(found) > 1}
    said = [*(describe_curves(alone) if alone else []), *describe_seeds(several)]
    if compared := compare_seeds(several):
        first = INTERVAL.sub(r"<small>\1</small>", escape(" ".join(compared)))
        st.html(f'<h2 class="says">{first}</h2>')
    if said:
        st.html(f'<p class="note" role="status">{escape(" ".join(said))}</p>')


def _slot(group: list[RunCard]) -> int:
    """A curve of several seeds has the color of the oldest of them, whichever join later."""
    return min(group, key=lambda card: card.number).slot


def show_curves(chosen: list[RunCard], view: CurveView, theme: str) -> None:
    """Loss, accuracy and calibration error."""
    names = tuple(
        (name, _slot(group)) for name, group in curve_tables.group_runs(chosen, view.seeds)
    )
    if not any(tracks.get_readers().track(card).metrics.steps for card in chosen):
        st.html('<p class="note">The first points come in a moment.</p>')
        return
    with st.container(key="curves"):
        for what in ("loss", "accuracy"):
            log = view.log_loss and what == "loss"
            table = curve_tables.list_points(chosen, what, view.axis, view.smoothing, view.seeds)
            _chart(what, table, charts.plot_curves(what, names, view.axis, view.log_x, log, theme),
                   ALTS[what])  # fmt: skip
        table = curve_tables.list_errors(chosen, view.axis, view.seeds)
        spec = charts.plot_curves("calibration error", names, view.axis, view.log_x, False, theme)
        _chart("ece", table, spec, ALTS["ece"])
        several = any(len(group) > 1 for _, group in curve_tables.group_runs(chosen, view.seeds))
        spread = "their range over seeds" if several else "the 95 % bootstrap interval"
        st.html(
            '<p class="note">Thin: training batches as they are mixed. Thick: test pictures, as '
            f"they are. The band around the calibration error (15 bins) is {spread}; few "
            "pictures make even a perfectly calibrated model look off.</p>"
        )
    _show_parts(chosen, names, view, theme)


def _show_parts(chosen: list[RunCard], names: Names, view: CurveView, theme: str) -> None:
    """A chart for each named loss and reading of the runs' objectives and observers."""
    with st.container(key="parts"):
        for kind, group, name, title in curve_tables.list_parts(chosen):
            weight = view.smoothing if kind == "step" else 0.0
            table = curve_tables.list_part(
                chosen, kind, f"{group}.{name}", view.axis, weight, view.seeds
            )
            if len(table):
                own = tuple(one for one in names if one[0] in set(table["run"]))
                spec = charts.plot_curves("", own, view.axis, view.log_x, False, theme)
                with st.container(key=f"part-{group}-{name}"):
                    st.html(f'<h3 class="cap">{escape(title)}</h3>')
                    _chart(f"{group}-{name}", table, spec, f"{title} of the chosen runs")


def _chart(what: str, table: object, spec: charts.Spec, alt: str) -> None:
    with st.container(key=f"chart-{what}"):
        # Reported selections are the ones that Streamlit keeps when new points come.
        st.vega_lite_chart(
            table, spec, key=f"plot-{what}", height=250, alt=alt, on_select="rerun",
            selection_mode=("zoom", "pick"),
        )  # fmt: skip
