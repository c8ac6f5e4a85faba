"""Controls of a lab: its parameters, its seed, and undo."""

from __future__ import annotations

import random

import streamlit as st

from app import widgets
from app.labs import own_file, past
from app.labs.lab_state import find_state, list_shown, name_entry, name_seed
from app.mixes import lab_sheets


def show(key: str) -> None:
    """Draw them."""
    shown = list_shown(lab_sheets.list_params(key), key)
    if shown:
        st.html('<h3 class="cap">Parameters</h3>')
    now = {p.name: find_state(key).read_value(name_entry(key, p)) for p in shown}
    for param in shown:
        hidden = param.when is not None and not param.used(now)
        with widgets.hide_widgets(hidden, f"lab-{param.name}"):
            if param.hand == "file":
                own_file.choose_file(key, param)
            else:
                now[param.name] = widgets.draw_entry(param, name_entry(key, param))
    st.html('<h3 class="cap">Seed</h3>')
    entry = name_seed(key)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        st.number_input(
            "Seed", 0, 9999, 0, key=entry, bind="query-params", label_visibility="collapsed",
            width=96,
        )  # fmt: skip
        st.button("New", key="lab-new-seed", on_click=_draw_seed, args=(key,))
    past.show(key)


def _draw_seed(key: str) -> None:
    find_state(key).put_values({name_seed(key): random.randrange(10_000)})
