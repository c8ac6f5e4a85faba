"""As the core computes it: arithmetic of the moment, code, further reading."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from mixcore.labs import LabCard


def show(card: LabCard, arithmetic: Sequence[str], snippet: str) -> None:
    """Draw them."""
    if arithmetic:
        st.html('<h3 class="cap">As the core computes it, with the numbers of the moment</h3>')
        st.code("\n".join(arithmetic), language=None, wrap_lines=True)
    st.html('<h3 class="cap">Code</h3>')
    st.code(snippet, language="python", wrap_lines=True)
    more = " · ".join(f"[{title}]({address})" for title, address in card.more)
    if more:
        st.html('<h3 class="cap">Further reading</h3>')
        st.markdown(f"{card.paper}. {more}")
    if card.absent:
        st.caption(f"Not in this lab: {card.absent}")
