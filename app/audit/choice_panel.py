"""Choice of the audit to show: a run, an uploaded table, a path; it is in the link."""

from __future__ import annotations

from html import escape

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import file_drop
from app.audit import choices, form, uploads
from app.audit.audit_state import AUDIT
from app.audit.choices import Shown
from app.jobs.known_runs import RunCard
from mixcore.runs.error_text import describe_error

KEY = "audit"


def choose_audit(known: list[RunCard], examples: list[RunCard]) -> Shown | None:
    """The audit in the link, or the last one seen, or one that runs, or the newest.

    The example stands at the end, and is shown as long as there is no other; None without any.
    """
    names = [*(card.name for card in known), *uploads.list_tables()]
    all_of_them = [*known, *examples]
    _forget_deleted(names, all_of_them)
    asked = st.session_state.get(KEY) or st.query_params.get(KEY)
    options = [*names, *(card.name for card in examples)]
    options += [asked] if asked and asked not in options else []
    running = (card.name for card in known if card.status.state == "running")
    last = st.session_state.get("audit-last")
    usual = last if last in names else next(running, options[0] if options else None)
    # Its default is none, not the usual one: Streamlit keeps defaults out of the link.
    name = st.selectbox(
        "Audit", options, None, key=KEY, bind="query-params",
        accept_new_options=True, placeholder=usual or "None yet",
        help="Or type the path of a table, or of a folder with one, inside MIXSCOPE_HOME.",
    )  # fmt: skip
    name = name or usual
    _bring(name)
    if not name:
        return None
    try:
        found = choices.find_audit(name, all_of_them)
    except (ValueError, OSError) as error:
        st.html(f'<p class="refusal" role="alert">{escape(describe_error(error))}</p>')
        return None
    st.session_state["audit-last"] = name
    return found


def _forget_deleted(names: list[str], known: list[RunCard]) -> None:
    """What was shown until now and is deleted gives way to the next."""
    now = st.session_state.get(KEY)
    if not now or now != st.session_state.get("audit-last"):
        return
    try:
        choices.find_audit(now, known)
    except (ValueError, OSError):
        st.session_state[KEY] = names[0] if names else None


def _bring(name: str | None) -> None:
    with st.popover("Open a table", icon=":material/table:", key="bring"):
        st.html(
            '<p class="note">A table.parquet that was written elsewhere: by a training’s '
            "mixcore.AuditLog, or by an audit on another machine.</p>"
        )
        file_drop.draw_uploader(
            "Table", ["parquet"], "bring", _keep, AUDIT.tell,
            label_visibility="collapsed", max_upload_size=form.ROOM,
        )  # fmt: skip
        form.offer_removal(name, KEY)


def _keep(files: list[UploadedFile]) -> list[str]:
    form.keep_file(files, KEY)
    return []
