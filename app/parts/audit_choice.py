"""Which audit is looked at: a run, a table that was brought, a path; it is in the link."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.parts import run_notes
from app.service import audits
from app.service.audits import Shown
from app.service.runs import Card

KEY = "audit"
ROOM = 500  # MB an upload may have


def choose(known: list[Card]) -> Shown | None:
    """The audit in the link, else the one that runs, else the newest; None where there is none."""
    names = [*(card.name for card in known), *audits.tables()]
    _forget_deleted(names, known)
    asked = st.session_state.get(KEY) or st.query_params.get(KEY)
    options = names if asked in (None, *names) else [*names, asked]
    usual = next((i for i, card in enumerate(known) if card.status.state == "running"), 0)
    name = st.selectbox(
        "Audit", options, usual if options else None, key=KEY, bind="query-params",
        accept_new_options=True, placeholder="None yet",
        help="Or type the path of a table, or of a folder with one, inside MIXSCOPE_HOME.",
    )  # fmt: skip
    _bring()
    if not name:
        return None
    try:
        found = audits.shown(name, known)
    except (ValueError, OSError) as error:
        st.html(f'<p class="refusal" role="alert">{escape(str(error))}</p>')
        return None
    st.session_state["audit-last"] = name
    return found


def _forget_deleted(names: list[str], known: list[Card]) -> None:
    """What was shown until now and is deleted gives way to the next."""
    now = st.session_state.get(KEY)
    if not now or now != st.session_state.get("audit-last"):
        return
    try:
        audits.shown(now, known)
    except (ValueError, OSError):
        st.session_state[KEY] = names[0] if names else None


def _bring() -> None:
    with st.popover("Open a table", icon=":material/table:", key="bring"):
        st.html(
            '<p class="note">A table.parquet that was written elsewhere: by a training’s '
            "mixcore.AuditLog, or by an audit on another machine.</p>"
        )
        turn = st.session_state.setdefault("bring-turn", 0)
        st.file_uploader(
            "Table", ["parquet"], key=f"bring-{turn}", on_change=_keep, args=(f"bring-{turn}",),
            label_visibility="collapsed", max_upload_size=ROOM,
        )  # fmt: skip


def _keep(uploader: str) -> None:
    if (file := st.session_state.get(uploader)) is None:
        return
    try:
        st.session_state[KEY] = audits.keep(file, file.name)
    except (ValueError, OSError) as error:
        run_notes.tell(str(error))
    st.session_state["bring-turn"] += 1
