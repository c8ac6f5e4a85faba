"""Files of a grid: a captioned figure, its numbers, and a configuration that makes it again."""

from __future__ import annotations

import json
import platform
import textwrap
from collections.abc import Sequence

from app.compare import grid_numbers, text
from app.compare.grid_numbers import Grid
from app.link.states import SIZE, VERSION, Keys, Values
from app.mixes.cell_mix import draw_layer
from app.mixes.label_text import USED
from app.mixes.mixing import list_versions
from app.mixes.photos import CutPhoto
from mixcore import pictures
from mixcore.csv_table import write_csv

THUMB = 224


def make_csv(grid: Grid) -> bytes:
    """A row a cell, as CSV in UTF-8."""
    return write_csv(grid_numbers.list_numbers(grid))


def make_config(
    grid: Grid, shots: Sequence[Sequence[CutPhoto]], values: Values, table: Keys, device: str
) -> bytes:
    """Everything that makes this grid again, and what it came to, as JSON."""
    pairs = [
        {"row": cells[0].row.word, "seed": cells[0].row.seed, **_pixels(cells[0].names, pair)}
        for cells, pair in zip(grid.cells, shots, strict=True)
    ]
    whole = {
        "mixscope": VERSION,
        "compare": {name: table[name].write(value) for name, value in values.items()},
        "about": {
            "versions": {**list_versions(), "python": platform.python_version()},
            "size": SIZE,
            "device": device,
            "photos": pairs,
            "cells": grid_numbers.list_numbers(grid),
        },
    }
    return (json.dumps(whole, indent=2) + "\n").encode()


def _pixels(names: Sequence[str], pair: Sequence[CutPhoto]) -> dict[str, dict[str, str]]:
    sides = zip("ab", names, pair, strict=True)
    return {side: {"name": name, "pixels": shot.digest} for side, name, shot in sides}


def make_figure(form: str, grid: Grid, shots: Sequence[Sequence[CutPhoto]], device: str) -> bytes:
    """The grid on one sheet; form is "png", "svg" or "pdf"."""
    from app.compare.figure_sheet import (  # matplotlib takes its time, and few people export
        FigureBlock,
        draw_sheet,
    )

    rows, columns = grid.orders()
    worst, layer = grid.worst, grid.ask.shown
    shown = {
        cell.place: draw_layer(cell.look, pair, layer, grid.ask.see).picture
        for cells, pair in zip(grid.cells, shots, strict=True)
        for cell in cells
        if cell.look and layer != "mixed"
    }
    blocks = [
        [FigureBlock(shown.get(c.place, c.look and c.look.picture), _caption(grid, c), c is worst)
         for c in (grid.cells[i][k] for k in columns)]
        for i in rows
    ]  # fmt: skip
    photos = [[pictures.square(shot.image, THUMB) for shot in shots[i]] for i in rows]
    names = [_names(grid, grid.cells[i][0]) for i in rows]
    heads = [_head(grid, k) for k in columns]
    seed, _, judge = (said for said, _ in text.list_badges(grid))
    made = ", ".join(f"{name} {version}" for name, version in list_versions().items())
    title = "Label and evidence, cell by cell" if worst is None else _title(grid, worst)
    note = f"{seed}; {judge}; {SIZE} x {SIZE}, {device}; {made}"
    return draw_sheet(blocks, photos, names, heads, title, note, form)


def _names(grid: Grid, cell: grid_numbers.Cell) -> tuple[str, str]:
    a, b = cell.names
    shared = len({one.row.seed for one in grid}) == 1
    return (a, b) if shared else (a, f"{b}\nseed {cell.row.seed}")


def _title(grid: Grid, worst: grid_numbers.Cell) -> str:
    return f"Mismatch {worst.mismatch:.2f}: {grid.called(worst)}"


def _head(grid: Grid, k: int) -> str:
    cells = grid.column(k)
    mean = grid_numbers.compute_mean(cells)
    head = grid.head(cells[0].column)
    return head if mean is None or len(cells) < 2 else f"{head}\nmean {mean:.2f}"


def _caption(grid: Grid, cell: grid_numbers.Cell) -> str:
    if cell.look is None:
        return cell.why
    (_, a), (_, b) = grid_numbers.list_weights(cell.look.facts)
    miss = "" if cell.mismatch is None else f"mismatch {cell.mismatch:.2f}\n"
    told = f"\n{_wrapped(cell)}" if grid.ask.shown.startswith(USED) else ""
    return f"{miss}A {a} · B {b} · {cell.look.ms:.1f} ms{told}"


def _wrapped(cell: grid_numbers.Cell) -> str:
    """The label as arithmetic, in lines as wide as a cell."""
    lines = grid_numbers.made_of(cell).split("\n")
    return "\n".join(part for line in lines for part in textwrap.wrap(line, 34))


def make_query(values: Values, table: Keys) -> dict[str, str | tuple[str, ...]]:
    """What the link must hold: all that is not as usual."""
    return {
        name: key.write(values[name]) for name, key in table.items() if values[name] != key.default
    }
