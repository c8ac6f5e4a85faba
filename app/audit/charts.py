"""Plotly figures of an audit. Pure: numbers in, figure out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from app.link.outlines import Corners
from mixcore.palette import CURVE

Numbers = NDArray[np.float64]
SCALE = "Cividis"
CLEAR = "rgba(0,0,0,0)"


def plot_shares(
    x: Numbers, y: Numbers, entropy: Numbers, texts: Sequence[str], outline: Corners = ()
) -> go.Figure:
    """A point a mix: A's share by area against its share by evidence; on the line they agree.

    outline: what is drawn around some of them, as if by hand
    """
    figure = go.Figure(
        go.Scattergl(
            x=x, y=y, mode="markers", text=texts, showlegend=False,
            marker={
                "color": entropy, "colorscale": SCALE, "size": 5, "opacity": 0.75,
                "colorbar": {
                    "title": {"text": "entropy of the evidence", "side": "right"},
                    "thickness": 10, "len": 0.9, "tickfont": {"size": 13},
                },
            },
            hovertemplate="%{text}<br>by area %{x:.2f}, by evidence %{y:.2f}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_shape(
        type="line", x0=0, y0=0, x1=1, y1=1, line={"color": CURVE, "width": 1.5, "dash": "dash"}
    )
    figure.update_layout(**_layout(400), dragmode="select")
    if outline:
        path = "M" + "L".join(f"{x:g},{y:g}" for x, y in outline) + "Z"
        figure.add_selection(type="path", path=path, xref="x", yref="y")
    figure.update_xaxes(title="A’s share by area", range=[-0.02, 1.02], zeroline=False)
    figure.update_yaxes(title="A’s share by evidence", range=[-0.02, 1.02], zeroline=False)
    return figure


def plot_class_pairs(mean: Numbers, n: NDArray[Any], names: Sequence[str]) -> go.Figure:
    """Mean mismatch of each pair of classes, A down and B across."""
    figure = go.Figure(
        go.Heatmap(
            z=mean, x=list(names), y=list(names), customdata=n, colorscale=SCALE, zmin=0,
            xgap=1, ygap=1,
            colorbar={
                "title": {"text": "mean mismatch", "side": "right"}, "thickness": 10,
                "tickfont": {"size": 13},
            },
            hovertemplate="A %{y}, B %{x}<br>%{z:.3f}, n = %{customdata}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_layout(**_layout(400), dragmode=False)
    figure.update_xaxes(title="B", fixedrange=True, showgrid=False, type="category", tickangle=-45)
    figure.update_yaxes(
        title="A", fixedrange=True, showgrid=False, type="category", autorange="reversed"
    )
    return figure


def _layout(height: int) -> dict[str, object]:
    return {
        "height": height, "margin": {"l": 52, "r": 8, "t": 8, "b": 46},
        "paper_bgcolor": CLEAR, "plot_bgcolor": CLEAR,
        "xaxis": {"tickfont": {"size": 13}}, "yaxis": {"tickfont": {"size": 13}},
    }  # fmt: skip
