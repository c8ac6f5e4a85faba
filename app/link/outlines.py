"""An outline drawn in a chart, as a word that fits into a link. Pure numpy.

The word is the corners of a polygon in thousandths, such as 319_685.680_685.680_315.319_315.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

Corners = tuple[tuple[float, float], ...]  # (x, y) of a polygon; none if empty

MOST = 50  # corners
RULE = f"must be an outline of 3 to {MOST} corners, such as 0_0.500_0.500_900"

_CORNER = re.compile(r"(-?\d{1,4})_(-?\d{1,4})")


def write_outline(corners: Corners) -> str:
    """The word of a polygon, "" of none; of more corners than fit, those that bend it most."""
    places = np.clip(np.rint(np.asarray(corners).reshape(-1, 2) * 1000), -9999, 9999).astype(int)
    while len(places) > MOST:
        to, back = np.roll(places, -1, 0) - places, np.roll(places, 1, 0) - places
        places = np.delete(
            places, np.abs(to[:, 0] * back[:, 1] - to[:, 1] * back[:, 0]).argmin(), 0
        )
    return ".".join(f"{x}_{y}" for x, y in places) if len(places) > 2 else ""


def read_outline(word: str) -> Corners:
    """The polygon of a word; ValueError with the rule if it is none."""
    found: Sequence[re.Match[str] | None]
    found = [_CORNER.fullmatch(part) for part in word.split(".", MOST)] if word else []
    if word and not 3 <= len(found) <= MOST:
        raise ValueError(RULE)
    corners = []
    for one in found:
        if one is None:
            raise ValueError(RULE)
        corners.append((int(one[1]) / 1000, int(one[2]) / 1000))
    return tuple(corners)
