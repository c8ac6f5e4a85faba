"""Run it here: the same experiment live, as a job that outlives the page."""

from __future__ import annotations

import json
from html import escape

import streamlit as st

from app import widgets
from app.jobs import controls, known_runs
from app.jobs.known_runs import RunCard
from app.jobs.text import progress_html, state_html
from app.labs import finding_panel, text, traces
from app.labs.lab_state import name_entry
from app.mixes import lab_sheets
from app.mixes.lab_sheets import Values
from app.session import PageState
from app.shell import visitor
from mixcore.findings.claims import Rows, judge_claim
from mixcore.labs import LabCard
from mixcore.params import Param
from mixcore.runs.error_text import describe_error
from mixcore.trials.lab_request import LabRequest
from mixcore.trials.rows import read_rows

SEEDS, PATIENCE = 3, 3.0  # seeds that a live run has, where they take no more minutes than that
EVERY = 1.0  # seconds between two looks at a run


def show(card: LabCard, state: PageState, values: Values, runs: list[RunCard]) -> None:
    """The button that starts it, and the newest run of this lab, of all experiments' runs."""
    st.html('<h3 class="cap">Run it here</h3>')
    mine = [one for one in runs if one.config.get("lab") == card.key]
    active = any(one.active for one in mine)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        seeds = st.number_input(
            "Seeds", 1, 20, count_seeds(card), key=f"lab-run-seeds-{card.key}", width=110,
            help="Fewer than the finding has: enough to see it happen.",
        )  # fmt: skip
        settings = _pack_settings(card.key, values)
        st.button(
            f"Run, about {_guess_time(card, int(seeds))}", icon=":material/play_arrow:",
            key="lab-run", type="secondary" if active else "primary", on_click=_start,
            args=(card, int(seeds), settings, state),
            disabled=active,
        )  # fmt: skip
    _draw_settings(card.key)
    if mine:
        every = EVERY if active else None
        st.fragment(_show_run, run_every=every)(card, mine[0].id, state)


def count_seeds(card: LabCard) -> int:
    """How many seeds a live run has unless the user asks for more."""
    return max(1, min(SEEDS, int(PATIENCE * card.seeds / card.minutes)))


def _guess_time(card: LabCard, seeds: int) -> str:
    """About what so many seeds take; where they train side by side, one is not for nothing."""
    minutes = card.minutes * max(seeds / card.seeds, 0.2)
    return f"{minutes:.0f} min" if minutes >= 1.5 else f"{max(60 * minutes, 5):.0f} s"


def _list_settings(key: str) -> list[Param]:
    """The parameters that only the experiment reads."""
    return [param for param in lab_sheets.list_params(key) if param.of == "run"]


def _draw_settings(key: str) -> None:
    """A control for each of them, out of the way."""
    params = _list_settings(key)
    if not params:
        return
    with st.expander("More settings"):
        for param in params:
            widgets.draw_entry(param, name_entry(key, param))


def _pack_settings(key: str, values: Values) -> str:
    """Those that are not the usual ones, as a request has them."""
    now = dict(values)
    params = [p for p in _list_settings(key) if now[p.name] != p.default]
    return json.dumps({p.name: now[p.name] for p in params})


def _start(card: LabCard, seeds: int, settings: str, state: PageState) -> None:
    try:
        request = LabRequest.from_dict({"lab": card.key, "seeds": seeds, "settings": settings})
        known_runs.get_executor().submit(request.job(owner=visitor.get_owner()))
    except (ValueError, OSError) as error:
        state.tell(describe_error(error))


def _show_run(card: LabCard, name: str, state: PageState) -> None:
    run = known_runs.find_card(name)
    if run is None:
        return
    status = run.status
    st.html(
        f"{state_html(status.state)} {progress_html(status.step, status.steps)}"
        f'<p class="note">{_describe(run)}</p>'
    )
    metrics = run.run.metrics()
    rows = read_rows(metrics)
    if points := metrics.of("trace"):
        _draw_traces(card, points)
    if rows:
        metric = st.session_state.get(f"lab-metric-{card.key}") or next(iter(card.metrics))
        st.html(text.dots_html(card, finding_panel.list_open_rows(card), metric, rows))
        _judge_live(card, rows)
    with st.container(horizontal=True, gap="small"):
        controls.stop_or_resume(run, state)
        controls.show_more(run, "Its rows", state)
    if not run.active and st.session_state.get(f"lab-was-active-{card.key}"):
        st.session_state[f"lab-was-active-{card.key}"] = False
        st.rerun()
    st.session_state[f"lab-was-active-{card.key}"] = run.active


def _draw_traces(card: LabCard, rows: list[traces.Row]) -> None:
    """How the measure that is looked at grows, or else what is traced first."""
    metrics, theme = traces.list_metrics(rows), st.context.theme.type or "light"
    chosen = st.session_state.get(f"lab-metric-{card.key}")
    metric = chosen if chosen in metrics else metrics[0]
    title = card.metrics.get(metric, metric)
    st.html(f'<p class="note">{escape(title)}, mean over seeds, step by step</p>')
    st.vega_lite_chart(
        traces.list_points(rows, metric), traces.make_spec(card, theme),
        key=f"lab-trace-{card.key}-{metric}", width="stretch", height=traces.HIGH,
    )  # fmt: skip


def _describe(run: RunCard) -> str:
    return escape(run.status.message or "Waiting for its turn.")


def _judge_live(card: LabCard, rows: Rows) -> None:
    lines = []
    for claim in card.claims:
        try:
            lines.append(text.verdict_html(claim, judge_claim(claim, rows)))
        except ValueError:
            continue  # an arm of it is not there yet
    if lines:
        st.html(f'<ul class="lab-claims">{"".join(lines)}</ul>')
