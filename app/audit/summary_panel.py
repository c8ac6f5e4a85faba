"""Status and summary of an audit, renewed while it runs."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.audit import choices, table_rows, text
from app.audit.audit_state import AUDIT
from app.audit.choices import Shown
from app.audit.text import conclusion_html, rest_html
from app.jobs import controls, known_runs
from app.jobs.known_runs import RunCard
from app.jobs.text import progress_html, state_html
from mixcore.audit import report
from mixcore.evidence.reference import load_digests
from mixcore.runs.error_text import describe_error


def show(shown: Shown) -> None:
    """State and conclusion; again each second as long as it waits or is at work."""
    draw = st.fragment(_draw, run_every=1.0 if shown.busy else None)
    draw(shown.name, shown.busy, shown.begun)


def _draw(name: str, busy: bool, begun: bool) -> None:
    try:
        shown = choices.find_audit(
            name,
            [*known_runs.list_cards(known_runs.AUDIT), *known_runs.list_examples(known_runs.AUDIT)],
        )
    except (ValueError, OSError):
        st.rerun()  # it was deleted
    stirred = st.session_state.pop(AUDIT.name_entry("stir"), False)
    if stirred or (busy, begun) != (
        shown.busy,
        shown.begun,
    ):
        st.rerun()  # there is more to see, or the clock is out of date
    if shown.card is not None and not shown.card.example:
        _run(shown.card)
    if shown.begun:
        try:
            mixes = table_rows.load_rows(shown.place)
        except (ValueError, OSError) as error:
            st.html(f'<p class="refusal" role="alert">{escape(describe_error(error))}</p>')
            return
        so_far = "So far: " if shown.card is not None and shown.card.status.state != "done" else ""
        st.html(conclusion_html(mixes.conclusion, so_far + report.describe_terms(mixes.said)))


def show_rest(shown: Shown) -> None:
    """What else the conclusion says, further down; it ticks with the rest of it."""
    st.fragment(_draw_rest, run_every=1.0 if shown.busy else None)(shown)


def _draw_rest(shown: Shown) -> None:
    try:
        mixes = table_rows.load_rows(shown.place)
    except (ValueError, OSError):
        return  # it is said above
    st.html(rest_html(mixes.conclusion))
    if stale := text.describe_stale_judge(mixes.facts, load_digests()):
        st.html(f'<p class="note">{escape(stale)}</p>')
    for note in mixes.facts.get("notes", []):
        st.html(f'<p class="note">{escape(str(note))}</p>')


def _run(card: RunCard) -> None:
    slim = "audit-run" if card.status.state != "done" else "audit-done"
    with st.container(key=slim, horizontal=True, vertical_alignment="center"):
        st.html(_facts(card))
        with st.container(horizontal=True, gap="xsmall", width="content", key=f"acts-{card.tag}"):
            controls.stop_or_resume(card, AUDIT)
            controls.show_more(card, "Its table, report and reviews", AUDIT)


def _facts(card: RunCard) -> str:
    status = card.status
    waits = f"Place {known_runs.find_place(card)} in the queue." if status.state == "queued" else ""
    said = "Stopping…" if card.stopping else status.message
    done = status.state == "done"
    steps = f"{status.step:,} of {status.steps:,} mixes" if status.steps and not done else ""
    under = " · ".join(filter(None, [steps, said, waits]))
    bar = "" if done else progress_html(status.step, status.steps)
    return f'<p class="run"><b>{escape(card.about)}</b>{state_html(status.state)}</p>{bar}' + (
        f'<p class="under said">{escape(under)}</p>' if under else ""
    )
