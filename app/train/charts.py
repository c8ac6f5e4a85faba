"""Vega-Lite charts of curves: specs without data, so new points never rebuild one. Pure.

A spec depends on the choice of runs and on the view only; Streamlit then hands new rows to the
chart that is there, and zoom and legend stay as they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from mixcore import palette

DASHES = ([1, 0], [6, 3], [2, 2])  # of runs that share a color
TITLES = {"epoch": "epoch", "step": "step", "minutes": "minutes"}

# The page must scroll under a wheel and a finger: Ctrl, or a pinch on a pad, zooms; a mouse drags.
ZOOM = {
    "name": "zoom",
    "select": {
        "type": "interval",
        "zoom": "wheel![event.ctrlKey || event.metaKey]",
        "translate": "[pointerdown[event.pointerType != 'touch'], window:pointerup] > "
        "window:pointermove!",
    },
    "bind": "scales",
}
PICK = {"name": "pick", "select": {"type": "point", "fields": ["run"]}, "bind": "legend"}
# Said once for good: Streamlit would choose anew as rows are added, and so rebuild the chart.
FIXED = {
    "usermeta": {"embedOptions": {"renderer": "svg"}},
    "config": {
        "aria": True,
        "mark": {"aria": False},
        "axis": {"labelFontSize": 13, "titleFontSize": 13},
        "legend": {"labelFontSize": 13, "titleFontSize": 13},
    },
}

Spec = dict[str, Any]


def _scale(log: bool, **more: Any) -> Spec:
    return {"type": "log" if log else "linear", "nice": False, "zero": False, **more}


def find_color(slot: int, theme: str) -> str:
    """The color of a run."""
    return palette.RUNS[theme][slot % len(palette.RUNS[theme])]


def _find_dashes(slots: Sequence[int]) -> list[list[int]]:
    """A line for each, solid unless one before it has the same color."""
    return [DASHES[slots[:i].count(slot) % len(DASHES)] for i, slot in enumerate(slots)]


def _count_columns(names: Sequence[str]) -> int:
    """How many names stand side by side above a chart of its least width, of about 290 pixels."""
    return max(1, min(4, 290 // (30 + 7 * max(map(len, names), default=1))))


@cache
def plot_curves(
    what: str, runs: tuple[tuple[str, int], ...], axis: str, log_x: bool, log_y: bool, theme: str
) -> Spec:
    """Train (thin) and test (thick) curves of several runs, or one curve with a band around it.

    runs: what each is called, and the slot of its color.
    Data: x, y, low, high, run, part, and dot, whether the point is marked.
    """
    shown = {"condition": {"param": "pick", "value": 1}, "value": 0.12}
    names, slots = [name for name, _ in runs], [slot % len(palette.RUNS[theme]) for _, slot in runs]
    legend = {
        "title": None, "orient": "top", "columns": _count_columns(names),
        "symbolType": "stroke", "labelLimit": 160, "symbolStrokeWidth": 3,
        "symbolOpacity": 1, "offset": 4,
    }  # fmt: skip
    color = {
        "field": "run", "type": "nominal", "legend": legend,
        "scale": {"domain": names, "range": [palette.RUNS[theme][slot] for slot in slots]},
    }  # fmt: skip
    dash = {
        "field": "run", "type": "nominal", "legend": legend,
        "scale": {"domain": names, "range": _find_dashes(slots)},
    }  # fmt: skip
    x = {"field": "x", "type": "quantitative", "title": TITLES[axis],
         "scale": _scale(log_x, padding=4), "axis": {"grid": False, "tickCount": 6}}  # fmt: skip
    y = {"type": "quantitative", "title": what or None, "axis": {"tickCount": 5, "grid": not log_y},
         "scale": _scale(log_y, padding=5)}  # fmt: skip
    lines: Spec = {
        "mark": {"type": "line", "interpolate": "linear", "clip": True},
        "params": [ZOOM, PICK],
        "encoding": {
            "x": x, "y": {"field": "y", **y}, "color": color, "detail": {"field": "part"},
            "strokeWidth": {
                "field": "part", "type": "ordinal", "legend": None,
                "scale": {"domain": ["train", "test"], "range": [1, 2.6]},
            },
            "strokeDash": dash, "opacity": shown,
            "tooltip": [
                {"field": "run", "type": "nominal"}, {"field": "part", "type": "nominal"},
                {"field": "x", "type": "quantitative", "title": axis, "format": ".4~g"},
                {"field": "y", "type": "quantitative", "title": what, "format": ".4f"},
                {"field": "low", "type": "quantitative", "format": ".4f"},
                {"field": "high", "type": "quantitative", "format": ".4f"},
            ],
        },
    }  # fmt: skip
    band = {
        "mark": {"type": "area", "clip": True},
        "encoding": {
            "x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}, "color": color,
            "detail": {"field": "part"},
            "opacity": {"condition": {"param": "pick", "value": 0.16}, "value": 0.02},
        },
    }  # fmt: skip
    points = {
        "mark": {"type": "point", "filled": True, "size": 26, "clip": True},
        "transform": [{"filter": "datum.dot"}],
        "encoding": {key: lines["encoding"][key] for key in ("x", "color", "opacity", "tooltip")}
        | {"y": {"field": "y", **y}},
    }
    return {"layer": [band, lines, points], **FIXED}
