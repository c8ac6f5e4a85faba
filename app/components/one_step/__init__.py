"""To go to another page, or back, is one step of the browser's history."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


@cache
def _component() -> Callable[..., Any]:
    script = (Path(__file__).parent / "one_step.js").read_text()
    return st.components.v2.component("mixscope_one_step", js=script)


def mount() -> None:
    """Watch every link from page to page, on whatever page."""
    with st.container(key="unused-one-step"):
        _component()(key="one-step", data={})
