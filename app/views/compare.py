"""Compare: methods side by side on the same pairs, and which of their labels is furthest off."""

import streamlit as st

from app import asked, leaving, session, theme
from app.parts import (
    compare_cells,
    compare_form,
    compare_grid,
    compare_preview,
    compare_search,
    compare_take,
    compare_words,
    notices,
    takeaway,
)
from app.service import naming

st.html(theme.HERE / "compare.css")
keys, began, going = session.table(), naming.status(), leaving.begin()
asked.begin()
asked.carriers()

top = st.container(key="notices", gap="xsmall")
toolbar = st.container(key="toolbar", horizontal=True, gap="small")
with st.container(key="compare"):
    asks = st.container(key="asks")
    with st.container(key="comes"):
        verdict, place, table = (
            st.container(key=key) for key in ("g-words", "g-place", "g-numbers")
        )
with asks:
    surprise = compare_form.show()
ask, device = asked.ask(), takeaway.device()
with place, st.spinner("Mixing…"):
    if surprise:
        compare_search.show(ask, keys, device)
    preview = compare_preview.Preview()
    grid, shots, missing = compare_cells.grid(ask, keys, device, preview.add)
    preview.end()
with verdict:
    compare_words.verdict(grid)
with place:
    compare_grid.show(grid, shots, keys)
with table:
    compare_words.numbers(grid, device)
with toolbar:
    takeaway.badge()
    compare_take.share()
    compare_take.menu(grid, shots, device)
with top:
    compare_take.notes(missing)
leaving.way(going)
if not going:
    notices.wait_for_names(began)
