"""Vega-Lite charts of counts in bins of [0, 1]: calibration, confidence, label weights.

Pure, and without data, as in app.train.charts.
"""

from __future__ import annotations

from collections.abc import Sized
from functools import cache

from app.train.charts import FIXED, Spec
from mixcore import palette

LEFT = 30  # pixels for the labels of an axis, so that two charts one above the other line up


@cache
def plot_reliability(theme: str) -> Spec:
    """Accuracy against confidence in bins, and the gap between them.

    Data: low, high (of the bin), confidence, accuracy, count, gap; NaN in empty bins.
    """
    x = {"field": "low", "type": "quantitative", "title": None, **_unit()}
    y = {"type": "quantitative", "title": "accuracy", **_unit()}
    y["axis"] = {**y["axis"], "minExtent": LEFT}
    tips = [
        {"field": "range", "title": "bin", "type": "nominal"},
        *({"field": name, "type": "quantitative", "format": ".3f"}
          for name in ("confidence", "accuracy", "gap")),
        {"field": "count", "title": "pictures", "type": "quantitative"},
    ]  # fmt: skip
    bars = {
        "mark": {"type": "bar", "color": palette.BARS.on(theme), "binSpacing": 2},
        "encoding": {"x": x, "x2": {"field": "high"}, "y": {"field": "accuracy", **y},
                     "y2": {"datum": 0}, "tooltip": tips},
    }  # fmt: skip
    gaps = {
        "mark": {"type": "rule", "color": palette.WRONG.on(theme), "strokeWidth": 2.5},
        "encoding": {
            "x": {**x, "field": "confidence"}, "y": {"field": "accuracy", **y},
            "y2": {"field": "confidence"}, "tooltip": tips,
        },
    }  # fmt: skip
    tops = {
        "mark": {"type": "point", "filled": True, "color": palette.WRONG.on(theme), "size": 34},
        "encoding": {"x": {**x, "field": "confidence"}, "y": {"field": "accuracy", **y},
                     "tooltip": tips},
    }  # fmt: skip
    diagonal = {
        "data": {"values": [{"a": 0}, {"a": 1}]},
        "mark": {
            "type": "line",
            "color": palette.MUTE.on(theme),
            "strokeDash": [4, 4],
            "strokeWidth": 1.2,
        },
        "encoding": {"x": {**x, "field": "a"}, "y": {"field": "a", **y}},
    }
    return {"layer": [bars, diagonal, gaps, tops], **FIXED}


@cache
def plot_confidences(theme: str) -> Spec:
    """How many pictures got which confidence, right ones below and wrong ones on top.

    Data: low, high, outcome, from, to (counts).
    """
    return {
        "mark": {"type": "bar", "binSpacing": 2},
        "encoding": {
            "x": {"field": "low", "type": "quantitative", "title": "confidence", **_unit()},
            "x2": {"field": "high"},
            "y": {"field": "from", "type": "quantitative", "title": "pictures",
                  "axis": {"tickCount": 3, "minExtent": LEFT}},
            "y2": {"field": "to"},
            "color": {
                "field": "outcome", "type": "nominal",
                "scale": {
                    "domain": ["right", "wrong"],
                    "range": [palette.BARS.on(theme), palette.WRONG.on(theme)],
                },
                "legend": None,
            },
            "tooltip": [{"field": "outcome", "type": "nominal"},
                        {"field": "range", "title": "bin", "type": "nominal"},
                        {"field": "count", "title": "pictures", "type": "quantitative"}],
        },
        **FIXED,
    }  # fmt: skip


@cache
def plot_weights(theme: str) -> Spec:
    """How often A's label was worth how much (bars), and how often A covered how much (line).

    Data: low, high, share, kind ("label" or "area").
    """
    x = {"field": "low", "type": "quantitative", "title": "A's share", **_unit()}
    y = {"field": "share", "type": "quantitative", "title": "share of mixes",
         "axis": {"tickCount": 3, "format": "%"}}  # fmt: skip
    tips = [
        {"field": "range", "title": "A's share", "type": "nominal"},
        {"field": "kind", "type": "nominal"},
        {"field": "share", "title": "of the mixes", "type": "quantitative", "format": ".1%"},
    ]
    bars = {
        "mark": {
            "type": "bar",
            "color": palette.A.on(theme),
            "opacity": 0.75,
            "binSpacing": 2,
        },
        "transform": [{"filter": "datum.kind == 'label'"}],
        "encoding": {"x": x, "x2": {"field": "high"}, "y": y, "y2": {"datum": 0}, "tooltip": tips},
    }
    areas = {
        "mark": {"type": "rule", "color": palette.INK.on(theme), "strokeWidth": 2},
        "transform": [{"filter": "datum.kind == 'area'"}],
        "encoding": {"x": x, "x2": {"field": "high"}, "y": y, "tooltip": tips},
    }
    return {"layer": [bars, areas], **FIXED}


def _unit() -> Spec:
    return {"scale": {"domain": [0, 1], "nice": False}, "axis": {"tickCount": 5, "grid": False}}


def list_bins(count: Sized) -> list[tuple[float, float, str]]:
    """The equal bins of [0, 1] that such counts are of: low, high and both in words."""
    n = len(count)
    return [(i / n, (i + 1) / n, f"{i / n:.2f} to {(i + 1) / n:.2f}") for i in range(n)]
