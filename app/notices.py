"""NOTICES: what a person must be told, in plain sentences, until they have read it."""

from __future__ import annotations

import streamlit as st

from app import session
from app.mixes import photo_names
from app.mixes.text import escape_markdown


def show(sentences: list[str]) -> None:
    """These sentences, and those kept from the last link, file or upload."""
    kept = session.list_messages()
    if said := [*sentences, *kept]:
        st.warning("\n\n".join(map(escape_markdown, said)), icon=":material/info:")
    if kept:
        st.button("Dismiss", key="dismiss", type="tertiary", on_click=session.tell_messages)


def wait_for_names(began: str) -> None:
    """While the naming model is loading, look every second; then draw the page with names.

    began: naming.status() when this page began to be drawn. What it was made without, it has to be
    made once more.
    """
    if photo_names.get_status() == "loading":
        photo_names.start_loading()
        _look()
    elif began == "loading":
        st.rerun()


@st.fragment(run_every=1.0)
def _look() -> None:
    if photo_names.get_status() != "loading":
        st.rerun()
