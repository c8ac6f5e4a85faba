"""A region drawn in a chart: its corners, and which points lie in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.link.outlines import Corners

Numbers = NDArray[np.float64]


def read_corners(selection: Mapping[str, Any]) -> Corners:
    """Of the box or the lasso in what Plotly says was selected; none where nothing was."""
    for box in selection.get("box", []):
        (x0, x1), (y0, y1) = box["x"], box["y"]
        return (x0, y0), (x1, y0), (x1, y1), (x0, y1)
    for lasso in selection.get("lasso", []):
        return tuple(zip(lasso["x"], lasso["y"], strict=True))
    return ()


def is_inside(x: Numbers, y: Numbers, corners: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Which points lie in the polygon: an odd number of its edges is to the right of each."""
    found = np.zeros(len(x), bool)
    for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if y0 == y1:
            continue
        at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
        found ^= ((y0 > y) != (y1 > y)) & (x < at)
    return found
