"""From another page to Explore with everything set, as if by a link.

st.switch_page would take the settings of the page that is left out of the address, so that the
browser's Back could not return to them; it refuses where widgets are bound to the address; and a
clock of that page which ticks meanwhile would undo it. Here the browser goes by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from app.link.states import Values
from app.session import EXPLORE

SCRIPT = Path(__file__).with_suffix(".js")
ASKED = "leaving"


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("mixscope_leaving", js=SCRIPT.read_text())


def leave_page(values: Values) -> None:
    """Set Explore to these values, and have the browser go there; for callbacks."""
    EXPLORE.load_values(values)
    st.session_state[ASKED] = True


def is_leaving() -> bool:
    """Whether a click in a fragment has asked for it: then the whole page has to be drawn."""
    return st.session_state.get(ASKED, False)


def begin_page() -> bool:
    """Whether the browser is to go, once this page is drawn; asked first, before any fragment."""
    return st.session_state.pop(ASKED, False)


def draw_way(go: bool) -> None:
    """An unseen link to Explore, which the browser follows where `go` says so.

    Drawn last: what is not drawn when the browser goes would be missing from the address.
    """
    with st.container(key="unused-way"):
        st.page_link("explore/page.py", label="Explore")
        _component()(key="leave", data={"go": go})
