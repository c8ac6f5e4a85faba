"""Tooltips: what a term or a control means, where a pointer or the focus rests on it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from app.shell.glossary import TERMS

SCRIPT = Path(__file__).with_suffix(".js")


@cache
def _component() -> Callable[..., Any]:
    return st.components.v2.component("mixscope_tips", js=SCRIPT.read_text())


def explain_terms() -> None:
    """Give whatever the glossary knows on this page its line."""
    with st.container(key="unused-tips"):
        _component()(key="tips", data={"terms": TERMS})
