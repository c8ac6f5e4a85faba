"""Small curves as HTML and plain SVG, so that no library of charts is loaded for them. Pure.

The line is stretched to the width of the page, so dots and numbers stand beside it as HTML.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

HIGH = 100  # units of a drawing in either direction

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


def lam_html(curve: Curve, lam: float | None, alt: str) -> str:
    """How likely each lam is, with the one in use marked on the curve."""
    x, y = curve
    # A density that runs to infinity at the ends would flatten all the rest.
    top = 1.12 * float(min(y.max(), 3 * np.median(y) + 1))
    heights = np.minimum(y / top, 1 / 1.12)
    line = _path(x, heights)
    drawn = f'<path class="fill" d="{line}V{HIGH}H{x[0] * HIGH:.1f}Z"/><path d="{line}"/>'
    dots = ""
    if lam is not None:
        height = float(np.interp(lam, x, heights))
        drawn += f'<path class="mark" d="M{lam * HIGH:.2f} {HIGH}V{(1 - height) * HIGH:.1f}"/>'
        dots = _dot(lam, height, f"lam {lam:.3f}", "now")
    ticks = "".join(f"<span>{tick}</span>" for tick in ("0", "¼", "½", "¾", "1"))
    return _chart("lam", alt, drawn, dots, f'<p class="ticks">{ticks}</p>')


def replay_html(worth: Sequence[tuple[int, float]], label: float, now: int, alt: str) -> str:
    """What A's label would be worth after each epoch, the one in use marked; dashed its label."""
    epochs, heights = (np.array(column, float) for column in zip(*worth, strict=True))
    places = (epochs - epochs[0]) / max(epochs[-1] - epochs[0], 1)
    level = (1 - label) * HIGH
    drawn = (
        f'<path class="dash" d="M0 {level:.1f}H{HIGH}"/>'
        f'<path class="mark" d="{_path(places, heights)}"/>'
    )
    dots = "".join(
        _dot(x, y, f"epoch {epoch}: {y:.3f}", "now" if epoch == now else "")
        for x, y, (epoch, _) in zip(places, heights, worth, strict=True)
    )
    ticks = f"<span>epoch {worth[0][0]}</span><span>{worth[-1][0]}</span>"
    return _chart("replay", alt, drawn, dots, f'<p class="ticks">{ticks}</p>')


def _chart(kind: str, alt: str, drawn: str, dots: str, ticks: str) -> str:
    return (
        f'<div class="curve {kind}" role="img" aria-label="{escape(alt)}"><div>'
        f'<svg viewBox="0 0 {HIGH} {HIGH}" preserveAspectRatio="none">{drawn}</svg>{dots}</div>'
        f"{ticks}</div>"
    )


def _path(x: np.ndarray, y: np.ndarray) -> str:
    """The line through points of [0, 1] x [0, 1], y upwards."""
    points = zip((x * HIGH).tolist(), ((1 - y) * HIGH).tolist(), strict=True)
    return "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points)


def _dot(x: float, y: float, title: str, kind: str) -> str:
    place = f"left:{x:.2%};bottom:{y:.2%}"
    return f'<i class="{kind}" style="{place}" title="{escape(title)}"></i>'
