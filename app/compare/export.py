"""Link to this grid, and its files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from app.compare import grid_files
from app.compare.compare_state import COMPARE
from app.compare.grid_numbers import Grid
from app.mixes.layer_images import FIGURE_TYPES
from app.mixes.photos import CutPhoto
from app.photos import visitor_photos


def show_link() -> None:
    """The link to this very grid."""
    with st.popover("Share link", icon=":material/link:", key="g-share"):
        values = COMPARE.read_values()
        base = (st.context.url or "").split("?")[0].rstrip("/")
        query = urlencode(grid_files.make_query(values, COMPARE.keys), doseq=True)
        st.code(f"{base}?{query}" if query else base, language=None, wrap_lines=True)
        own = any(digest in values["g.pairs"] for digest in visitor_photos.list_uploads())
        st.caption(
            "Your photos are not in the link, only their fingerprints. Who opens it is asked for "
            "the same files." if own else "Opens these pairs, methods, seed and settings."
        )  # fmt: skip


def show_menu(grid: Grid, shots: Sequence[Sequence[CutPhoto]], device: str) -> None:
    """One figure, the numbers, and everything that makes the grid again."""
    values = COMPARE.read_values()
    with st.popover("Export", icon=":material/download:", key="g-export"):
        st.html('<h3 class="cap">One figure, with captions</h3>')
        with st.container(horizontal=True, gap="xsmall"):
            for form, mime in FIGURE_TYPES.items():
                make = partial(grid_files.make_figure, form, grid, shots, device)
                _save("PNG, 2x" if form == "png" else form.upper(), make, form, mime)
        st.html('<h3 class="cap">The numbers, and how to make them again</h3>')
        with st.container(horizontal=True, gap="xsmall"):
            _save("CSV", grid_files.make_csv(grid), "csv", "text/csv")
            made = grid_files.make_config(grid, shots, values, COMPARE.keys, device)
            _save("JSON", made, "json", "application/json")


def _save(title: str, data: str | bytes | Callable[[], bytes], form: str, mime: str) -> None:
    file = f"mixscope-compare.{form}"
    st.download_button(title, data, file, mime, key=f"g-save-{form}", on_click="ignore")
