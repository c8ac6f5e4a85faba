"""Keyboard focus after a choice from a list: back on the page, where keys do things."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

SCRIPT = Path(__file__).with_suffix(".js")


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("mixscope_focus", js=SCRIPT.read_text())


def let_go_after_choice() -> None:
    """Take the keyboard from each list of the page once a pointer has chosen in it."""
    with st.container(key="unused-let-go"):
        _component()(key="let-go")
