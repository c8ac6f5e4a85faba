"""The space bar as a key of the page.

A button's own shortcut would take it from every other button, switch and fold of the page, where it
presses what has the focus.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

SCRIPT = Path(__file__).with_suffix(".js")


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("mixscope_space", js=SCRIPT.read_text())


def on_press(then: Callable[[], None], inside: str) -> None:
    """Call `then` when space is pressed where nothing has the focus, or inside of a selector."""
    _component()(key="space", data={"inside": inside}, on_pressed_change=then)
