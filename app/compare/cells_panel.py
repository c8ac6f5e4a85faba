"""Every cell of the grid: its mix, or why there is none."""

from __future__ import annotations

from collections.abc import Callable

from app.compare import spec
from app.compare.grid_numbers import Cell, Grid
from app.compare.spec import Ask, Column, GridRow
from app.link import states
from app.link.states import Keys
from app.mixes import cell_mix
from app.mixes.photos import CutPhoto
from app.photos import chosen

OnCell = Callable[[Cell], None]


def make_grid(
    ask: Ask, keys: Keys, device: str, on_cell: OnCell = lambda cell: None
) -> tuple[Grid, list[list[CutPhoto]], list[str]]:
    """The grid, the two photos of each row, and what must be told of photos that are not here.

    keys: those of Explore, in which a cell is a state; on_cell hears of each as it is made.
    """
    columns, rows, shots, notes = spec.list_columns(ask), [], [], []
    for row in spec.list_rows(ask):
        cells, pair, told = _row(ask, row, columns, keys, device, on_cell)
        rows.append(tuple(cells))
        shots.append(pair)
        notes += told
    infos = {key: card.info for key, card in cell_mix.list_cards().items()}
    titles = {key: info.title for key, info in infos.items()}
    home = frozenset(key for key, info in infos.items() if info.label_by and not info.after)
    return Grid(ask, tuple(rows), titles, home), shots, list(dict.fromkeys(notes))


def _row(
    ask: Ask, row: GridRow, columns: list[Column], keys: Keys, device: str, on_cell: OnCell
) -> tuple[list[Cell], list[CutPhoto], list[str]]:
    cells: list[Cell] = []
    for column in columns:
        values = spec.cell_values(ask, row, column, keys)
        state, told = chosen.settle_state(states.pack_state(values), keys, 2)
        shots = chosen.cut_photos(state, 2)
        names = chosen.name_photos(state, shots)
        found = cell_mix.make_look(state, shots, device)
        made = {"why": found} if isinstance(found, str) else {"look": found}
        cells.append(Cell(row, column, values, names, **made))
        on_cell(cells[-1])
    return cells, list(shots), told
