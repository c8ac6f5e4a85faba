"""NOTICES: what a person must be told, in plain sentences, until they have read it."""

from __future__ import annotations

import streamlit as st

from app import session
from app.mixes import photo_names
from app.mixes.text import plain


def show(sentences: list[str]) -> None:
    """These sentences, and those kept from the last link, file or upload."""
    kept = session.told()
    if said := [*sentences, *kept]:
        st.warning("\n\n".join(map(plain, said)), icon=":material/info:")
    if kept:
        st.button("Dismiss", key="dismiss", type="tertiary", on_click=session.tell)


def wait_for_names(began: str) -> None:
    """While the naming model is loading, look every second; then draw the page with names.

    began: naming.status() when this page began to be drawn. What it was made without, it has to be
    made once more.
    """
    if photo_names.status() == "loading":
        photo_names.start()
        _look()
    elif began == "loading":
        st.rerun()


@st.fragment(run_every=1.0)
def _look() -> None:
    if photo_names.status() != "loading":
        st.rerun()
