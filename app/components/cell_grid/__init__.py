"""The grid of the Compare page, in JavaScript: it draws the cells and marks a pixel in all.

A row arrives as one lossless picture, in an unseen part of its own, so that a row that did not
change does not travel again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from app.components.pad import join_modules

HERE = Path(__file__).parent
GRID = ("../store", "../elements", "cell", "grid")
SHEET = ("../store", "sheet")
KEY = "grid"


@cache
def _components() -> tuple[Callable[..., Any], Callable[..., Any]]:
    # The style is the page's: the grid uses its colours and type.
    grid = st.components.v2.component(
        "mixscope_grid",
        html='<section class="grid-whole"></section>',
        css=(HERE / "grid.css").read_text(),
        js=join_modules(HERE, GRID),
        isolate_styles=False,
    )
    return grid, st.components.v2.component("mixscope_sheet", js=join_modules(HERE, SHEET))


def mount(
    data: dict[str, Any],
    sheets: Iterable[bytes],
    on_open: Callable[[], None],
    on_pin: Callable[[], None],
) -> None:
    """Draw the grid. data: what grid.js reads; sheets: a WebP file a row, named by its bytes.

    on_open and on_pin are called for a cell that is to be opened or compared with; which one is in
    st.session_state.grid, as `open` and `pin`.
    """
    grid, sheet = _components()
    with st.container(key="sheets"):
        for i, load in enumerate(sheets):
            sheet(data=load, key=f"sheet-{i}")
    grid(data=data, key=KEY, on_open_change=on_open, on_pin_change=on_pin)


def read_event(what: str) -> dict[str, Any]:
    """The cell that the grid named, {"row": word, "column": word}; empty where it named none."""
    found = getattr(st.session_state.get(KEY), what, None)
    return found if isinstance(found, dict) else {}
