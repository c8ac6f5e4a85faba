"""Preview of cells as they are made, before a first grid is whole."""

from __future__ import annotations

import base64
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.compare.grid_numbers import Cell
from app.compare.spec import GridRow
from app.components import cell_grid
from app.mixes import cell_mix, contact_sheet


class Preview:
    """Shows cell after cell in its place, then gives way to the grid itself.

    Nothing where a grid is there already: it stays until the next one is whole.
    """

    def __init__(self) -> None:
        self._place = st.empty()
        self._whole = None if cell_grid.KEY in st.session_state else self._place.container()
        self._row: DeltaGenerator | None = None
        self._last: GridRow | None = None

    def add(self, cell: Cell) -> None:
        """Show one more cell, in a row of its own where it is the first of one."""
        if self._whole is None:
            return
        if self._row is None or cell.row != self._last:
            self._last = cell.row
            self._whole.html(f'<p class="cap">{escape(" · ".join(cell.names))}</p>')
            self._row = self._whole.container(horizontal=True, gap="xsmall")
        self._row.html(_figure(cell), width=contact_sheet.CELL // 2)

    def end(self) -> None:
        """Give way."""
        self._place.empty()


def _figure(cell: Cell) -> str:
    """A cell in small: the mix, its method, its mismatch; or why there is none."""
    title = escape(cell_mix.list_cards()[cell.column.method].info.title)
    if cell.look is None:
        why = f"<p>{escape(cell.why)}</p>"
        return f'<figure class="made">{why}<figcaption>{title}</figcaption></figure>'
    file = base64.b64encode(contact_sheet.encode_webp(cell.look.picture[::2, ::2])).decode()
    number = "" if cell.mismatch is None else f" <b>{cell.mismatch:.2f}</b>"
    lam = "" if cell.column.lam is None else f" {cell.column.lam:g}"
    return (
        f'<figure class="made"><img src="data:image/webp;base64,{file}" alt="">'
        f"<figcaption>{title}{lam}{number}</figcaption></figure>"
    )
