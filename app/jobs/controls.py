"""Controls of a run of any kind: Stop, Resume, Delete; its command and its log."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.jobs import known_runs
from app.jobs.known_runs import RunCard
from app.jobs.text import format_size
from app.session import PageState
from mixcore.runs.error_text import describe_error


def stop_or_resume(card: RunCard, page: PageState) -> None:
    """The button that makes sense in the run's state, if one does."""
    if card.active:
        st.button(
            "Stop", icon=":material/stop:", key=f"stop-{card.tag}", on_click=_do,
            args=("stop", card, page), disabled=card.stopping,
        )  # fmt: skip
    elif card.status.state in ("stopped", "lost", "failed"):
        st.button(
            "Resume", icon=":material/resume:", key=f"resume-{card.tag}", on_click=_do,
            args=("resume", card, page),
        )  # fmt: skip


def show_more(card: RunCard, holds: str, page: PageState) -> None:
    """Command, Delete and log, out of the way; holds: what is gone once the run is deleted."""
    with st.popover("More", key=f"more-{card.tag}"):
        if card.config:
            st.html('<h3 class="cap">The same from a shell</h3>')
            st.code(card.command, language="bash", wrap_lines=True)
        if not card.active:
            freed = format_size(card.run.size())
            st.html(
                f'<p class="note">Deleting run {escape(card.name)} frees {freed}. {holds} are '
                "gone then.</p>"
            )
            st.button(
                f"Delete, and free {freed}", key=f"delete-{card.tag}", on_click=_delete,
                args=(card, page),
            )  # fmt: skip
        if log := card.run.log(4000).strip():
            st.html('<h3 class="cap">The end of its log</h3>')
            st.code(log, language=None, height=190)


def _do(what: str, card: RunCard, page: PageState) -> None:
    try:
        (known_runs.stop_run if what == "stop" else known_runs.resume_run)(card)
    except (ValueError, OSError) as error:
        page.tell(describe_error(error))
    st.session_state[page.name_entry("stir")] = True


def _delete(card: RunCard, page: PageState) -> None:
    try:
        freed = known_runs.delete_run(card)
    except (ValueError, OSError) as error:
        page.tell(describe_error(error))
    else:
        page.tell(f"Run {card.name} is deleted; that freed {format_size(freed)}.")
    st.session_state[page.name_entry("stir")] = True
