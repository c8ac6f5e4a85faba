"""Vega-Lite charts that tick: specs without data, so that new points never rebuild a chart. Pure.

A spec depends on the choice of runs and on the view only; Streamlit then hands new rows to the
chart that is there, and zoom and legend stay as they were.
"""

from __future__ import annotations

from functools import cache
from typing import Any

# Blue and orange mean A and B, and are not here.
RUNS = {
    "light": (
        "#0B7A75", "#8A3FFC", "#B28600", "#C2185B", "#4A5568", "#5B8C00", "#7A4B2A", "#9A8FB5",
    ),
    "dark": (
        "#3CCFC4", "#B794FF", "#E3B93B", "#FF7EB0", "#A3B0C2", "#9CCB3B", "#D0A27D", "#D6CCEB",
    ),
}  # fmt: skip
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


@cache
def curves(
    what: str, runs: tuple[str, ...], axis: str, log_x: bool, log_y: bool, theme: str
) -> Spec:
    """Train (thin) and test (thick) curves of several runs, or one curve with a band around it.

    Data: x, y, low, high, run, part, and dot, whether the point is marked.
    """
    shown = {"condition": {"param": "pick", "value": 1}, "value": 0.12}
    color = {
        "field": "run", "type": "nominal",
        "scale": {"domain": list(runs), "range": list(RUNS[theme][: len(runs)])},
        "legend": {
            "title": None, "orient": "top", "columns": 4, "symbolType": "stroke", "labelLimit": 160,
            "symbolStrokeWidth": 3, "symbolOpacity": 1, "offset": 4,
        },
    }  # fmt: skip
    x = {"field": "x", "type": "quantitative", "title": TITLES[axis],
         "scale": _scale(log_x, padding=4), "axis": {"grid": False, "tickCount": 6}}  # fmt: skip
    y = {"type": "quantitative", "title": what, "axis": {"tickCount": 5, "grid": not log_y},
         "scale": _scale(log_y, padding=5)}  # fmt: skip
    lines = {
        "mark": {"type": "line", "interpolate": "linear", "clip": True},
        "params": [ZOOM, PICK],
        "encoding": {
            "x": x, "y": {"field": "y", **y}, "color": color, "detail": {"field": "part"},
            "strokeWidth": {
                "field": "part", "type": "ordinal", "legend": None,
                "scale": {"domain": ["train", "test"], "range": [1, 2.6]},
            },
            "opacity": shown,
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
