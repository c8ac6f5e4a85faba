"""What a person must be told on a page of runs, and in whose name their runs queue."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.mixes.text import escape_markdown

KEY = "runs-said"


def tell_messages(*sentences: str) -> None:
    """Say these until they are dismissed."""
    st.session_state[KEY] = list(sentences)


def tell_first(sentences: Sequence[str]) -> None:
    """Say these, if there are any, and keep what was said before."""
    if sentences:
        tell_messages(*sentences, *st.session_state.get(KEY, []))


def show() -> None:
    """The sentences, and a button to be rid of them."""
    if said := st.session_state.get(KEY):
        st.warning("\n\n".join(map(escape_markdown, said)), icon=":material/info:")
        st.button("Dismiss", key="runs-dismiss", type="tertiary", on_click=tell_messages)


def get_owner() -> str:
    """Who asks: by address, so that a refresh is the same person."""
    return st.context.ip_address or "this machine"
