"""Link to this moment of a lab, and its files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app.labs.lab_state import LAB, find_state
from app.mixes import lab_sheets
from app.mixes.lab_sheets import Given, Values
from app.mixes.layer_images import FIGURE_TYPES


def show_link(key: str) -> None:
    """The link to this very moment."""
    with st.popover("Share link", icon=":material/link:", key="lab-share"):
        st.code(_write_link(key), language=None, wrap_lines=True)
        st.caption("Opens this lab with these parameters and this seed.")


def _write_link(key: str) -> str:
    state = find_state(key)
    entries: dict[str, str | tuple[str, ...]] = {LAB: key}
    for name, value in state.read_values().items():
        if value != state.keys[name].default:
            entries[name] = state.keys[name].write(value)
    base = (st.context.url or "").split("?")[0].rstrip("/")
    return f"{base}?{urlencode(entries, doseq=True)}"


def show_menu(key: str, values: Values, seed: int, given: Given) -> None:
    """One figure, the numbers, and the state."""
    theme = st.context.theme.type or "light"
    with st.popover("Export", icon=":material/download:", key="lab-export"):
        st.html('<h3 class="cap">One figure</h3>')
        with st.container(horizontal=True, gap="xsmall"):
            for form, mime in FIGURE_TYPES.items():
                make = partial(lab_sheets.draw_figure, key, values, seed, given, form, theme)
                _save(key, "PNG, 2x" if form == "png" else form.upper(), make, form, mime)
        st.html('<h3 class="cap">The numbers, and the state</h3>')
        with st.container(horizontal=True, gap="xsmall"):
            numbers = partial(lab_sheets.write_numbers, key, values, seed, given)
            _save(key, "CSV", numbers, "csv", "text/csv")
            state = partial(lab_sheets.write_state, key, values, seed, given)
            _save(key, "JSON", state, "json", "application/json")


def _save(key: str, title: str, data: Callable[[], Any], form: str, mime: str) -> None:
    st.download_button(
        title, data, f"mixscope-{key}.{form}", mime, key=f"lab-save-{form}", on_click="ignore"
    )  # fmt: skip
