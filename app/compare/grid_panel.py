"""The grid: cells as the component draws them, what a click does, and the scale of colors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.compare import spec
from app.compare.compare_state import COMPARE
from app.compare.grid_numbers import Cell, Grid, compute_mean, compute_spread, list_weights, made_of
from app.compare.spec import SEEDED
from app.components import cell_grid, navigate
from app.link.states import SIZE, Keys
from app.mixes import contact_sheet, layer_images
from app.mixes.cell_mix import CellLayer, draw_layer, list_cards
from app.mixes.label_text import USED
from app.mixes.photos import CutPhoto
from app.photos.picture import show_legend
from mixcore import pictures

MAPS = (
    "Each map is drawn from its least value, dark, to its largest, by the square root: the three "
    "numbers are both ends and the middle, as multiples of an even share. Lines part what counts "
    "for A and for B."
)

Shades = NDArray[np.float32]


def show(grid: Grid, shots: Sequence[Sequence[CutPhoto]], keys: Keys) -> None:
    """Draw the grid and its legend."""
    rows, columns = grid.orders()
    layers = draw_layers(grid, shots)
    far = {} if layers else _differences(grid)
    tops = _tops(grid, far)
    sheets = [_sheet(grid.cells[i], shots[i], far, tops[i][1], layers) for i in rows]
    data = {
        "side": SIZE,
        "title": "Mixes: rows are pairs or seeds, columns methods or strengths",
        "columns": [_column(grid, k) for k in columns],
        "rows": [_row(grid, i, sheet, tops[i][1]) for i, sheet in zip(rows, sheets, strict=True)],
        "cells": [
            [_cell(grid, grid.cells[i][k], k, tops[i][0], layers) for k in columns] for i in rows
        ],
    }
    loads = [contact_sheet.name_file(sheet).encode() + sheet for sheet in sheets]
    cell_grid.mount(data, loads, lambda: _opened(grid, keys), lambda: _pinned(grid))
    if far and grid.pinned:
        _legend(grid, grid.pinned, max(top for _, top in tops))
    elif layers and grid.ask.shown != "mask":
        st.html(f'<p class="note">{MAPS}</p>')


def draw_layers(grid: Grid, shots: Sequence[Sequence[CutPhoto]]) -> dict[str, CellLayer]:
    """Place -> what the cell shows instead of its mix; empty where mixes are shown."""
    layer = grid.ask.shown
    if layer == "mixed":
        return {}
    return {
        cell.place: draw_layer(cell.look, pair, layer, grid.ask.see)
        for cells, pair in zip(grid.cells, shots, strict=True)
        for cell in cells
        if cell.look
    }


def _differences(grid: Grid) -> dict[str, Shades]:
    """Place -> how far each pixel of a cell is from that of the pinned one; empty without a pin."""
    kept = grid.pinned
    if kept is None:
        return {}
    others = [cell for cell in grid if cell.look and cell is not kept]
    return {
        c.place: layer_images.measure_difference(c.look.picture, kept.look.picture) for c in others
    }


def _tops(grid: Grid, far: dict[str, Shades]) -> list[tuple[float, float]]:
    """For each row, where the colours of mismatch and of difference end: shared, or its own."""
    ends = []
    for row in grid.cells:
        miss = max((cell.ranked or 0.0 for cell in row), default=0.0)
        heat = max((float(far[c.place].max()) for c in row if c.place in far), default=0.0)
        ends.append((miss, heat))
    if grid.ask.own:
        return ends
    return [(max(miss for miss, _ in ends), max(heat for _, heat in ends))] * len(ends)


def _sheet(
    cells: Sequence[Cell],
    shots: Sequence[CutPhoto],
    far: dict[str, Shades],
    top: float,
    layers: dict[str, CellLayer],
) -> bytes:
    looks = [cell.look for cell in cells]
    drawn = [
        layer_images.draw_heat(far[cell.place], top)
        if cell.place in far
        else show_cell(cell, layers)
        for cell in cells
    ]
    photos = [pictures.square(shot.image, contact_sheet.THUMB) for shot in shots]
    return contact_sheet.encode_webp(
        contact_sheet.draw_sheet(photos, drawn, [look and look.share for look in looks])
    )


def show_cell(cell: Cell, layers: dict[str, CellLayer]) -> layer_images.Image | None:
    """The picture of a cell: its layer, or the mix in pale grey where it has none, or the mix."""
    if cell.look is None:
        return None
    if cell.place not in layers:
        return cell.look.picture
    found = layers[cell.place].picture
    if found is not None:
        return found
    gray = cell.look.picture.mean(-1, keepdims=True) * 0.35 + 128
    return np.repeat(gray.astype(np.uint8), 3, -1)


def _column(grid: Grid, k: int) -> dict[str, Any]:
    cells = grid.column(k)
    column, info = cells[0].column, list_cards()[cells[0].column.method].info
    if grid.ask.columns == spec.STRENGTHS:
        about = f"{info.title}, by hand" if k == 0 else ""
    elif column.lam is not None:
        able = "lam" in info.given
        about = f"{info.year} · lam {column.lam:g}" if able else f"{info.year} · lam drawn"
    else:
        about = str(info.year)
    return {
        "word": column.word, "title": grid.head(column), "about": about, "mean": _mean(cells)
    }  # fmt: skip


def _row(grid: Grid, i: int, sheet: bytes, top: float) -> dict[str, Any]:
    cells = grid.cells[i]
    seeded = grid.ask.rows == SEEDED or grid.ask.apart
    about = [f"seed {cells[0].row.seed}"] if seeded else []
    if grid.ask.own and grid.pinned:
        about.append(f"ΔE 0 to {top:.0f}")
    wide = compute_spread(cells)
    return {
        "word": cells[0].row.word,
        "names": list(cells[0].names),
        "about": " · ".join(about),
        "mean": _mean(cells) + ("" if wide is None else f"\nspread {wide:.2f}"),
        "sheet": contact_sheet.name_file(sheet),
    }


def _mean(cells: Sequence[Cell]) -> str:
    value = compute_mean(cells)
    if value is None and any(cell.mismatch is not None for cell in cells):
        return "not ranked"
    return "" if value is None or len(cells) < 2 else f"mean {value:.2f}"


def _cell(
    grid: Grid, cell: Cell, k: int, top: float, layers: dict[str, CellLayer]
) -> dict[str, Any]:
    kept, worst, miss = grid.pinned, grid.worst, cell.mismatch
    called = grid.called(cell)
    if cell.look is None:
        return {"why": cell.why, "name": f"{called}: {cell.why}", "worst": False, "pinned": False}
    is_worst, is_kept = cell is worst and bool(miss), cell is kept
    ranked = cell.ranked
    delta = "" if kept is None or is_kept else _delta(cell, kept)
    if kept and not is_kept and (cell.look.picture == kept.look.picture).all():
        delta = f"same pixels {delta}"
    shown = "no mismatch" if miss is None else f"{miss:.2f}"
    parts = list_weights(cell.look.facts)
    label = ", ".join(f"{name} {text}" for name, (_, text) in zip(cell.names, parts, strict=True))
    tag = "pinned" if is_kept else "furthest off" if is_worst else ""
    said = f"mismatch {shown}" if miss is not None else shown
    if cell.agrees:
        shown, said = f"= {shown}", f"{said}, not ranked: {cell.agrees}"
    return {
        "at": k,
        "name": f"{called}: label {label}; {said}{', ' + tag if tag else ''}",
        "names": list(cell.names),
        "weights": parts,
        "mismatch": shown,
        "agrees": cell.agrees,
        "shade": None if ranked is None else ranked / top if top else 0.0,
        "delta": delta,
        "ms": f"{cell.look.ms:.0f} ms" if cell.look.ms >= 10 else f"{cell.look.ms:.1f} ms",
        "worst": is_worst,
        "pinned": is_kept,
        "tag": tag,
        "sum": made_of(cell),
        "under": _under(grid, cell, layers),
        "why": "",
    }


def _under(grid: Grid, cell: Cell, layers: dict[str, CellLayer]) -> list[str]:
    """What stands below a layer: what it is, with its range, and the label as arithmetic."""
    if cell.place not in layers:
        return []
    said = [layers[cell.place].said]
    said += made_of(cell).split("\n") if grid.ask.shown.startswith(USED) else []
    return list(filter(None, said))


def _delta(cell: Cell, kept: Cell) -> str:
    """How much further off than the pinned cell."""
    if cell.mismatch is None or kept.mismatch is None:
        return ""
    return f"{cell.mismatch - kept.mismatch:+.2f}".replace("-", "−")


def _legend(grid: Grid, pinned: Cell, top: float) -> None:
    kept = grid.called(pinned)
    end = "the row's largest" if grid.ask.own else f"{top:.0f}"
    st.html(
        f'<p class="note">Cells show how far each colour is from {kept}: ΔE 1976 in CIE Lab. '
        "The signed number is the difference of mismatch.</p>"
    )
    show_legend(end)


def _cells(grid: Grid, what: str) -> Cell | None:
    said = cell_grid.read_event(what)
    found = (
        c for c in grid if (c.row.word, c.column.word) == (said.get("row"), said.get("column"))
    )
    return next(found, None)


def _pinned(grid: Grid) -> None:
    if cell := _cells(grid, "pin"):
        COMPARE.put_values({"g.pin": "" if cell.place == grid.ask.pin else cell.place})


def _opened(grid: Grid, keys: Keys) -> None:
    if cell := _cells(grid, "open"):
        navigate.leave_page(cell.values)
