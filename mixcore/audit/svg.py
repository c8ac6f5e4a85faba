"""Charts of the report as inline SVG: no script, colors by the page's style."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from math import isfinite

from mixcore.statistics import Interval

WIDTH, LINE, LEFT, RIGHT = 660, 26, 190, 180


def draw_dots(rows: Sequence[tuple[str, Interval]], label: str, percent: bool = False) -> str:
    """A dot with its 95 % interval a row, on one axis from 0."""
    known = [found for _, found in rows if isfinite(found.value)]
    top = _nice(max((found.high for found in known), default=1.0))
    height = LINE * len(rows) + 34

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, value / top))

    parts = []
    for i in range(5):
        value = top * i / 4
        shown = f"{value:.0%}" if percent and top >= 0.04 else f"{value:g}"
        parts.append(
            f'<path class="grid" d="M{x(value):.1f} 4V{height - 28}"/>'
            f'<text class="tick" x="{x(value):.1f}" y="{height - 14}">{shown}</text>'
        )
    for i, (name, found) in enumerate(rows):
        y = LINE * i + 18
        parts.append(f'<text class="name" x="{LEFT - 12}" y="{y + 4}">{escape(name)}</text>')
        if not isfinite(found.value):
            parts.append(f'<text class="value" x="{LEFT}" y="{y + 4}">nothing to judge</text>')
            continue
        parts.append(
            f'<path class="span" d="M{x(found.low):.1f} {y}H{x(found.high):.1f}"/>'
            f'<circle class="dot" cx="{x(found.value):.1f}" cy="{y}" r="4.5"/>'
            f'<text class="value" x="{WIDTH - RIGHT + 10}" y="{y + 4}">'
            f"{_shown(found, percent)}</text>"
        )
    return _svg(WIDTH, height, label, parts)


def draw_bars(counts: Sequence[int], label: str) -> str:
    """A histogram of values in [0, 1]; heights are shares of the n that the label states."""
    width, height, base = 300, 120, 96
    top, each = max([*counts, 1]), (width - 20) / len(counts)
    parts = [
        f'<rect class="bar" x="{10 + i * each + 0.5:.1f}" y="{base - 84 * n / top:.1f}" '
        f'width="{each - 1:.1f}" height="{84 * n / top:.1f}"/>'
        for i, n in enumerate(counts)
    ]
    parts += [
        f'<text class="tick" x="{10 + (width - 20) * at:.0f}" y="{base + 16}">{at:g}</text>'
        for at in (0, 0.25, 0.5, 0.75, 1)
    ]
    return _svg(width, height, label, parts)


def draw_matrix(mean: Sequence[Sequence[float | None]], names: Sequence[str], label: str) -> str:
    """A square a pair of classes, darker where the mean is larger; A down, B across."""
    k, cell, edge = len(names), 26 if len(names) <= 20 else 14, 130
    top = max((value for row in mean for value in row if value is not None), default=0.0) or 1.0
    size = edge + k * cell + 6
    parts = []
    for i, name in enumerate(names):
        middle = edge + (i + 0.5) * cell
        parts.append(
            f'<text class="name" x="{edge - 8}" y="{middle + 4:.0f}">{escape(name)}</text>'
        )
        parts.append(
            f'<text class="name up" transform="translate({middle + 4:.0f} {edge - 8}) rotate(-90)">'
            f"{escape(name)}</text>"
        )
        for j, value in enumerate(mean[i]):
            x, y = edge + j * cell, edge + i * cell
            said = f"A {name}, B {names[j]}: " + ("none" if value is None else f"{value:.3f}")
            shade = 0.0 if value is None else value / top
            parts.append(
                f'<rect class="cell" x="{x}" y="{y}" width="{cell - 1}" height="{cell - 1}" '
                f'fill-opacity="{shade:.2f}"><title>{escape(said)}</title></rect>'
            )
    return _svg(size, size, label, parts)


def _svg(width: int, height: int, label: str, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(parts)}</svg>'
    )


def _shown(found: Interval, percent: bool) -> str:
    return f"{found.value:.1%} [{found.low:.1%}, {found.high:.1%}]" if percent else str(found)


def _nice(value: float) -> float:
    """A round number at or above a value in [0, 1], of which a quarter is round, too."""
    for top in (0.004, 0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8):
        if value <= top:
            return top
    return 1.0
