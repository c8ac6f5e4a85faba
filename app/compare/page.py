"""Compare: methods side by side on the same pairs, and whose label is furthest off."""

import streamlit as st

from app import notices, theme
from app.compare import (
    cells_panel,
    compare_state,
    export,
    form,
    grid_panel,
    preview_panel,
    search_panel,
    text_panel,
)
from app.compare.compare_state import COMPARE
from app.components import navigate
from app.mixes import photo_names
from app.photos import chosen
from app.session import EXPLORE
from app.shell.device_badge import choose_device, show_badge

st.html(theme.STYLES / "compare.css")
keys, began, going = EXPLORE.keys, photo_names.get_status(), navigate.begin_page()
compare_state.begin_page()
COMPARE.draw_carriers()

top = st.container(key="notices", gap="xsmall")
toolbar = st.container(key="toolbar", horizontal=True, gap="small")
with st.container(key="compare"):
    asks = st.container(key="asks")
    with st.container(key="comes"):
        verdict, place, table = (
            st.container(key=key) for key in ("g-words", "g-place", "g-numbers")
        )
with asks:
    surprise = form.show()
ask, device = compare_state.read_ask(), choose_device()
with place, st.spinner("Mixing…"):
    if surprise:
        search_panel.show(ask, keys, device)
    preview = preview_panel.Preview()
    grid, shots, missing = cells_panel.make_grid(ask, keys, device, preview.add)
    preview.end()
with verdict:
    text_panel.show_verdict(grid)
with place:
    grid_panel.show(grid, shots, keys)
with table:
    text_panel.show_numbers(grid, device)
with toolbar:
    show_badge()
    export.show_link()
    export.show_menu(grid, shots, device)
with top:
    notices.show(COMPARE, missing)
navigate.draw_way(going)
if not going:
    chosen.wait_for_names(began)
