"""Live curves of an experiment as Vega-Lite charts: specs, and rows for them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mixcore import palette
from mixcore.labs import LabCard

HIGH = 270  # pixels, with the names of the arms
ROLES = (palette.MUTE, palette.B_INK, palette.A_INK, palette.C_INK, palette.D_INK, palette.INK)

Row = dict[str, Any]


def list_metrics(rows: Sequence[Row]) -> list[str]:
    """What is traced, in the order in which it came."""
    return list(dict.fromkeys(name for row in rows for name in row["values"]))


def list_points(rows: Sequence[Row], metric: str) -> list[Row]:
    """A point a step and arm: the mean over seeds."""
    return [
        {"arm": row["arm"], "step": row["at"], "value": sum(some) / len(some)}
        for row in rows
        if (some := row["values"].get(metric))
    ]


def make_spec(card: LabCard, theme: str) -> dict[str, Any]:
    """A line an arm; the same for all rows, so that new ones never rebuild the chart."""
    colors = [ROLES[min(i, len(ROLES) - 1)].on(theme) for i in range(len(card.arms))]
    return {
        "background": "transparent",
        "mark": {"type": "line", "strokeWidth": 2},
        "encoding": {
            "x": {"field": "step", "type": "quantitative", "title": "step"},
            "y": {
                "field": "value", "type": "quantitative", "title": None,
                "scale": {"zero": False},
            },
            "color": {
                "field": "arm", "type": "nominal", "title": None,
                "scale": {"domain": list(card.arms), "range": colors},
                "legend": {"orient": "top", "columns": 3},
            },
        },
        "usermeta": {"embedOptions": {"renderer": "svg"}},
        "config": {"axis": {"labelFontSize": 13, "titleFontSize": 13},
                   "legend": {"labelFontSize": 13}},
    }  # fmt: skip
