"""Messages for the user, in plain sentences, shown until they are dismissed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from app.mixes.text import escape_markdown
from app.session import PageState


def show(page: PageState, sentences: Sequence[str] = ()) -> None:
    """These sentences, and those that the page was told to say, with a button to be rid of them."""
    kept = page.list_messages()
    if messages := [*sentences, *kept]:
        st.warning("\n\n".join(map(escape_markdown, messages)), icon=":material/info:")
    if kept:
        st.button("Dismiss", key=page.name_entry("dismiss"), type="tertiary", on_click=page.tell)
