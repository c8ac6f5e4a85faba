"""Results of a grid in words: its worst cell, and what its cells share. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from app.compare.grid_numbers import Grid, compute_mean, name_judge
from app.mixes import mismatch
from app.mixes.text import join_names

PERFECT = 0.005  # mismatches below this are printed as 0.00


def verdict_html(grid: Grid) -> str:
    """The worst cell in two sentences and a number; a plain sentence where nothing is judged."""
    worst = grid.worst
    if worst is None:
        why = next((c.found.why for c in grid if c.found and c.found.why), "")
        said = why or "No mix of this grid has a mismatch: nothing judges it."
        return f'<p class="no-mismatch" role="status">{escape(said)}</p>'
    count = sum(cell.ranked is not None for cell in grid)
    miss = worst.mismatch or 0.0
    told = None
    if miss >= PERFECT and worst.found and worst.facts:
        told = mismatch.describe_verdict(worst.found, worst.facts, worst.names)
    first, second, left = told or ("Every label tells what is left.", "", "")
    return (
        f'<div class="verdict" role="status"><p>{first} {second}</p>'
        f'<p class="left">{left}</p></div>'
        f'<p class="mismatch"><b>{miss:.2f}</b><span>is the mismatch of '
        f"<strong>{escape(grid.called(worst))}</strong>, the largest of {count} cells. "
        f"{escape(_least(grid))}</span></p>"
    )


def _least(grid: Grid) -> str:
    """Which column is the closest on average, among those with the most mismatches to average.

    Labels made by this very measure from another map are named beside it, not before it.
    """
    heads = [grid.head(cell.column) for cell in grid.cells[0]]
    known = [[c for c in grid.column(i) if c.ranked is not None] for i in range(len(heads))]
    home = {head: cells for head, cells in zip(heads, known, strict=True) if grid.is_at_home(cells)}
    most = max(map(len, known))
    means = {head: mean for head, cells in zip(heads, known, strict=True)
             if len(cells) == most and head not in home
             and (mean := compute_mean(cells)) is not None}  # fmt: skip
    if len(means) < 2:
        return ""
    best = min(means, key=means.__getitem__)
    rows = "1 row" if most == 1 else f"{most} rows"
    said = f"Closest on average: {best}, {means[best]:.2f} over {rows}."
    if not home:
        return said
    labels, are = ("labels", "is") if len(home) == 1 else ("label", "are")
    named = join_names([f"{head} ({compute_mean(cells):.2f})" for head, cells in home.items()])
    return f"{said} {named} {labels} by this very measure, from another map, and {are} not ranked."


def describe_limits(grid: Grid) -> str:
    """What a mismatch can and cannot tell, and which cells it does not rank."""
    said = [
        "Mismatch tells how far a label is from what is left to see of each object, by the map "
        "that judges. It is no accuracy: which method trains the better model it cannot tell."
    ]
    for why, heads in grid.unranked().items():
        said.append(f"Marked = and not ranked: {join_names(heads)}, {why}.")
    return " ".join(said)


def list_badges(grid: Grid) -> list[tuple[str, bool]]:
    """What all cells share, in few words, and whether they do not."""
    ask, seeds = grid.ask, sorted({cell.row.seed for cell in grid})
    one = len(seeds) == 1
    seed = f"Seed {seeds[0]} in every cell" if one else f"Seeds differ by row, {_range(seeds)}"
    top = f", 0 to {grid.worst.mismatch:.2f}" if grid.worst else ""
    scale = "Each row has its own colour scale" if ask.own else f"One colour scale{top}"
    found = list_judges(grid)
    by = " · ".join(f"{name}: {', '.join(on)}" for name, on in found.items())
    judge = (
        f"Judged by {next(iter(found), 'nothing yet')}"
        if len(found) < 2
        else f"Judges differ, {by}"
    )
    return [(seed, not one), (scale, ask.own), (judge, len(found) > 1)]


def _range(seeds: Sequence[int]) -> str:
    return f"{seeds[0]} to {seeds[-1]}"


def list_judges(grid: Grid) -> dict[str, list[str]]:
    """Judge -> the columns, or rows, that it judges; in a grid with one judge, one entry."""
    found: dict[str, list[str]] = {}
    for cell in grid:
        if name := name_judge(cell):
            exact = name == "exact masks"
            which = join_names(cell.names) if exact else grid.head(cell.column)
            where = found.setdefault(name, [])
            where += [which] if which not in where else []
    return found
