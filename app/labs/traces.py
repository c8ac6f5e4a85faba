"""Live curves of an experiment as small line drawings. Pure: rows in, SVG out."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

WIDE, HIGH = 320, 120
COLORS = ("mute", "b", "a", "c", "d", "ink")


def draw_traces(rows: Sequence[dict[str, Any]]) -> str:
    """A drawing a metric: the mean over seeds of each arm, over its own steps."""
    metrics = dict.fromkeys(name for row in rows for name in row["values"])
    return f'<div class="lab-traces">{"".join(_draw(rows, name) for name in metrics)}</div>'


def _draw(rows: Sequence[dict[str, Any]], metric: str) -> str:
    arms: dict[str, list[tuple[float, float]]] = {}
    for row in rows:
        if metric in row["values"]:
            some = row["values"][metric]
            arms.setdefault(row["arm"], []).append((row["at"], sum(some) / len(some)))
    every = [point for points in arms.values() for point in points]
    last, low, high = max(x for x, _ in every), min(y for _, y in every), max(y for _, y in every)
    span = (high - low) or 1.0

    def place(x: float, y: float) -> str:
        return f"{WIDE * x / (last or 1):.1f},{HIGH - 6 - (HIGH - 12) * (y - low) / span:.1f}"

    lines = "".join(
        f'<polyline style="stroke:var(--{COLORS[min(i, 5)]})" '
        f'points="{" ".join(place(*point) for point in points)}"/>'
        for i, points in enumerate(arms.values())
    )
    keys = "".join(
        f'<span style="--arm:var(--{COLORS[min(i, 5)]})">{escape(arm)} {points[-1][1]:.3g}</span>'
        for i, (arm, points) in enumerate(arms.items())
    )
    return (
        f"<figure><figcaption>{escape(metric)}, mean over seeds</figcaption>"
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(metric)} as it grows">'
        f"{lines}</svg><p>{keys}</p></figure>"
    )
