"""TAKE: the link to this grid, its files, and what a person must be told."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from urllib.parse import urlencode

import streamlit as st

from app import session
from app.compare import grid_files as files
from app.compare import link_values
from app.compare.grid_numbers import Grid
from app.mixes.layer_images import FIGURE_TYPES
from app.mixes.photos import Shot
from app.mixes.text import plain


def share() -> None:
    """The link to this very grid."""
    with st.popover("Share link", icon=":material/link:", key="g-share"):
        values = link_values.values()
        base = (st.context.url or "").split("?")[0].rstrip("/")
        query = urlencode(files.query(values, link_values.table()), doseq=True)
        st.code(f"{base}?{query}" if query else base, language=None, wrap_lines=True)
        own = any(digest in values["g.pairs"] for digest in session.shelf())
        st.caption(
            "Your photos are not in the link, only their fingerprints. Who opens it is asked for "
            "the same files." if own else "Opens these pairs, methods, seed and settings."
        )  # fmt: skip


def menu(grid: Grid, shots: Sequence[Sequence[Shot]], device: str) -> None:
    """One figure, the numbers, and everything that makes the grid again."""
    values = link_values.values()
    with st.popover("Export", icon=":material/download:", key="g-export"):
        st.html('<h3 class="cap">One figure, with captions</h3>')
        with st.container(horizontal=True, gap="xsmall"):
            for form, mime in FIGURE_TYPES.items():
                make = partial(files.figure, form, grid, shots, device)
                _save("PNG, 2x" if form == "png" else form.upper(), make, form, mime)
        st.html('<h3 class="cap">The numbers, and how to make them again</h3>')
        with st.container(horizontal=True, gap="xsmall"):
            _save("CSV", files.table(grid), "csv", "text/csv")
            made = files.config(grid, shots, values, link_values.table(), device)
            _save("JSON", made, "json", "application/json")


def _save(title: str, data, form: str, mime: str) -> None:
    file = f"mixscope-compare.{form}"
    st.download_button(title, data, file, mime, key=f"g-save-{form}", on_click="ignore")


def notes(missing: Sequence[str]) -> None:
    """What the link said wrongly, what a file was refused for, and photos that are not here."""
    kept = link_values.notes()
    if said := [*missing, *kept]:
        st.warning("\n\n".join(map(plain, said)), icon=":material/info:")
    if kept:
        st.button("Dismiss", key="g-dismiss", type="tertiary", on_click=link_values.tell)
