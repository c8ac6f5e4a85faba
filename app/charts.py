"""Plotly figures of distributions. Pure: numbers in, figure out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

# Readable on the light and on the dark page alike; Streamlit's theme sets the text.
LINE = "#8A93A3"
FILL = "rgba(138, 147, 163, 0.18)"
MARK = "#3F7BE6"

Curve = tuple[np.ndarray, np.ndarray]


def beta_density(alpha: float, beta: float, x: np.ndarray) -> np.ndarray:
    """The density of Beta(alpha, beta) at x in (0, 1)."""
    log_norm = math.lgamma(alpha + beta) - math.lgamma(alpha) - math.lgamma(beta)
    return np.exp(log_norm + (alpha - 1) * np.log(x) + (beta - 1) * np.log1p(-x))


def beta_curve(alpha: float, beta: float) -> Curve:
    """The density of Beta(alpha, beta) over the open interval, as points to draw."""
    x = np.linspace(0.005, 0.995, 199)
    return x, beta_density(alpha, beta, x)


def draws_curve(draws: np.ndarray) -> Curve:
    """The density of many draws in [0, 1], as the outline of a histogram of 40 bins."""
    height, edges = np.histogram(draws, 40, (0, 1), density=True)
    return np.repeat(edges, 2)[1:-1], np.repeat(height, 2)


def lam_figure(curve: Curve, lam: float | None) -> go.Figure:
    """How likely each lam is, with the one in use marked on the curve."""
    x, y = curve
    # A density that runs to infinity at the ends would flatten all the rest.
    top = float(min(y.max(), 3 * np.median(y) + 1))
    figure = go.Figure(
        go.Scatter(
            x=x, y=np.minimum(y, top), mode="lines", fill="tozeroy", fillcolor=FILL,
            line={"color": LINE, "width": 2}, hovertemplate="lam %{x:.2f}<extra></extra>",
        )
    )  # fmt: skip
    if lam is not None:
        height = min(float(np.interp(lam, x, y)), top)
        figure.add_trace(
            go.Scatter(
                x=[lam, lam], y=[0, height], mode="lines+markers",
                line={"color": MARK, "width": 2.5},
                marker={"color": MARK, "size": [0, 9]}, hovertemplate="%{x:.3f}<extra></extra>",
            )
        )  # fmt: skip
    figure.update_layout(
        height=76, margin={"l": 6, "r": 6, "t": 6, "b": 20}, showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", dragmode=False,
    )  # fmt: skip
    figure.update_xaxes(
        range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], ticktext=["0", "¼", "½", "¾", "1"],
        fixedrange=True, showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_yaxes(visible=False, fixedrange=True, range=[0, top * 1.12])
    return figure


def replay_figure(worth: Sequence[tuple[int, float]], label: float, now: int) -> go.Figure:
    """What A's label would be worth after each epoch, the one in use marked; dashed its label."""
    x, y = zip(*worth, strict=True)
    sizes = [10 if epoch == now else 5 for epoch in x]
    figure = go.Figure(
        go.Scatter(
            x=x, y=y, mode="lines+markers", line={"color": MARK, "width": 2},
            marker={"color": MARK, "size": sizes},
            hovertemplate="epoch %{x}: %{y:.3f}<extra></extra>",
        )
    )  # fmt: skip
    figure.add_hline(label, line={"color": LINE, "width": 2, "dash": "dash"})
    figure.update_layout(
        height=150, margin={"l": 34, "r": 6, "t": 6, "b": 34}, showlegend=False,
        paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)", dragmode=False,
    )  # fmt: skip
    figure.update_xaxes(title="epoch", fixedrange=True, showgrid=False, zeroline=False)
    figure.update_yaxes(range=[0, 1], tickvals=[0, 0.5, 1], fixedrange=True, zeroline=False)
    return figure
