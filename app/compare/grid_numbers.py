"""A grid of mixes as numbers: means, the worst cell, the order by mismatch. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev
from typing import Any

from app.compare import spec
from app.compare.spec import Ask, Column, GridRow
from app.link.states import Values
from app.mixes.mismatch import Judgement
from app.mixes.text import Facts, format_share, join_names


@dataclass(frozen=True, eq=False)
class Cell:
    """One mix: what it was asked to be, and what it came to, or why there is none."""

    row: GridRow
    column: Column
    values: Values
    names: tuple[str, ...]
    look: Any = None
    why: str = ""

    @property
    def place(self) -> str:
        return spec.name_place(self.row, self.column)

    @property
    def facts(self) -> Facts | None:
        return self.look.facts if self.look else None

    @property
    def found(self) -> Judgement | None:
        return self.look.found if self.look else None

    @property
    def mismatch(self) -> float | None:
        return self.found.mismatch if self.found else None

    @property
    def agrees(self) -> str:
        """Why its label and its judge agree by construction, or ""."""
        return self.found.agrees if self.found else ""

    @property
    def ranked(self) -> float | None:
        """The mismatch, where it can tell one method from another."""
        return None if self.agrees else self.mismatch


@dataclass(frozen=True, eq=False)
class Grid:
    """All cells, row by row, as they were asked for.

    titles   method -> what it is called
    at_home  methods that label by what is left of some map, which is the very measure here
    """

    ask: Ask
    cells: tuple[tuple[Cell, ...], ...]
    titles: dict[str, str]
    at_home: frozenset[str] = frozenset()

    def __iter__(self) -> Iterator[Cell]:
        return (cell for row in self.cells for cell in row)

    @property
    def pinned(self) -> Cell | None:
        """The cell that others are compared with."""
        found = (cell for cell in self if cell.look and cell.place == self.ask.pin)
        return next(found, None)

    @property
    def worst(self) -> Cell | None:
        """The cell whose label is furthest off, of those that are ranked."""
        known = [cell for cell in self if cell.ranked is not None]
        return max(known, key=lambda cell: cell.ranked or 0.0, default=None)

    def is_at_home(self, cells: Sequence[Cell]) -> bool:
        """Whether the mean of these cells has no place in an order.

        An object's map judges labels that are shares of another map by the same measure; exact
        masks judge all alike.
        """
        known = [cell for cell in cells if cell.ranked is not None]
        return any(
            c.column.method in self.at_home and not (c.found and c.found.exact) for c in known
        )

    def unranked(self) -> dict[str, list[str]]:
        """Why cells agree by construction -> the columns that they stand in."""
        found: dict[str, list[str]] = {}
        for cell in self:
            if cell.agrees and cell.mismatch is not None:
                heads = found.setdefault(cell.agrees, [])
                head = self.head(cell.column)
                heads += [head] if head not in heads else []
        return found

    def column(self, i: int) -> list[Cell]:
        """Column i, from above."""
        return [row[i] for row in self.cells]

    def orders(self) -> tuple[list[int], list[int]]:
        """Rows and columns as they are shown: as asked for, or those furthest off first."""
        rows, columns = range(len(self.cells)), range(len(self.cells[0]))
        if not self.ask.sort:
            return [*rows], [*columns]
        return (
            _sorted(rows, lambda i: compute_mean(self.cells[i])),
            _sorted(columns, lambda i: compute_mean(self.column(i))),
        )

    def called(self, cell: Cell) -> str:
        """A cell in words: "CutMix, lam 0.3, on cat and coffee"."""
        lam = "" if cell.column.lam is None else f" at lam {cell.column.lam:g}"
        seed = f", seed {cell.row.seed}" if self.ask.rows == spec.SEEDED else ""
        return f"{self.titles[cell.column.method]}{lam} on {join_names(cell.names)}{seed}"

    def head(self, column: Column) -> str:
        """A column in words."""
        if self.ask.columns == spec.METHODS:
            return self.titles[column.method]
        return f"lam {column.word}"


def compute_mean(cells: Sequence[Cell]) -> float | None:
    """The mean mismatch of those that are ranked."""
    known = [cell.ranked for cell in cells if cell.ranked is not None]
    return fmean(known) if known else None


def compute_spread(cells: Sequence[Cell]) -> float | None:
    """The standard deviation of their mismatches; None with fewer than two that are ranked."""
    known = [cell.ranked for cell in cells if cell.ranked is not None]
    return pstdev(known) if len(known) > 1 else None


def _sorted(which: Sequence[int], by: Callable[[int], float | None]) -> list[int]:
    def find_rank(i: int) -> float:
        value = by(i)
        return -1.0 if value is None else value

    return sorted(which, key=find_rank, reverse=True)


def name_judge(cell: Cell) -> str:
    """What judges a cell: the name of the evidence, or "exact masks"."""
    found = cell.found
    if found is None or found.judge is None:
        return ""
    return "exact masks" if found.exact else found.judge.name


def list_numbers(grid: Grid) -> list[dict[str, Any]]:
    """A row of numbers for each cell, in the order that is shown; what is not known is None."""
    rows, columns = grid.orders()
    return [_numbers(grid, grid.cells[i][k]) for i in rows for k in columns]


def _numbers(grid: Grid, cell: Cell) -> dict[str, Any]:
    facts, found = cell.facts, cell.found
    by = found.judge if found else None
    a, b = cell.names
    return {
        "A": a,
        "B": b,
        "method": cell.column.method,
        "seed": cell.row.seed,
        "lam": facts.lam if facts else None,
        "area A": facts.areas[0] if facts else None,
        "label A": facts.weights[0] if facts else None,
        "label B": facts.weights[1] if facts else None,
        "left of A": by.visible[0] if by else None,
        "left of B": by.visible[1] if by else None,
        "share A by evidence": by.worth[0] if by and by.worth else None,
        "mismatch": cell.mismatch,
        "judge": name_judge(cell),
        "judge digest": by.digest if by else "",
        "agrees by construction": cell.agrees,
        "ms": cell.look.ms if cell.look else None,
        "label made of": made_of(cell).replace("\n", "; "),
        "note": cell.why,
    }


def made_of(cell: Cell) -> str:
    """The label as arithmetic, a line for each photo whose label does not follow; "" for none."""
    account = cell.facts.account if cell.facts else None
    return account.describe(cell.names) if account else ""


def list_weights(facts: Facts) -> list[tuple[float, str]]:
    """What fills the label bar, and what is written beside it, A first."""
    full = max(1.0, sum(facts.weights))
    return [(w / full, format_share(round(w, 2))) for w in facts.weights]
