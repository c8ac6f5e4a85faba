"""The drawer with the list of pages on a phone: closed until the user opens it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

SCRIPT = Path(__file__).with_suffix(".js")


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("mixscope_drawer", js=SCRIPT.read_text())


def keep_closed(page: str) -> None:
    """Close it where it is open when this page arrives, and whenever a page is chosen in it."""
    with st.container(key="unused-drawer"):
        _component()(key="drawer", data={"page": page})
