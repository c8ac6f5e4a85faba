"""Arrays in, pictures out: what a mix looks like when taken apart. Pure numpy."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Mask = NDArray[np.floating]

# A is blue and B is orange, in every picture, bar and chart.
BLUE = np.array([0x2F, 0x6F, 0xDE], np.float32)
ORANGE = np.array([0xE8, 0x79, 0x2B], np.float32)

# Cividis in ten steps: even in lightness, and the same for colour-blind eyes.
CIVIDIS = np.array(
    [
        (0x00, 0x22, 0x4E), (0x12, 0x35, 0x70), (0x3B, 0x49, 0x6C), (0x57, 0x5D, 0x6D),
        (0x70, 0x71, 0x73), (0x8A, 0x86, 0x78), (0xA5, 0x9C, 0x74), (0xC3, 0xB3, 0x69),
        (0xE1, 0xCC, 0x55), (0xFE, 0xE8, 0x38),
    ],
    np.float32,
)  # fmt: skip


def mask_picture(mask: Mask) -> Image:
    """mask (h, w) in [0, 1], 1 = A: blue to orange, with the edge between them drawn as a line."""
    picture = _tint(mask)
    edge = contour(mask)
    picture[_grown(edge)] = 255
    picture[edge] = (0x1B, 0x1F, 0x27)
    return picture.round().astype(np.uint8)


def origin_picture(mixed: Image, mask: Mask) -> Image:
    """Which pixel comes from whom: the mixed picture in grey, tinted by its owner."""
    grey = mixed.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    shade = 0.3 + 0.7 * grey[..., None] / 255
    picture = _tint(mask) * shade + 38 * shade
    picture[contour(mask)] = 255
    return picture.clip(0, 255).round().astype(np.uint8)


def difference(mixed: Image, a: Image) -> NDArray[np.float32]:
    """How far each colour moved from A, (h, w): Euclidean distance in CIE Lab (delta E 1976)."""
    return np.linalg.norm(_lab(mixed) - _lab(a), axis=-1).astype(np.float32)


def heat(values: NDArray[np.floating]) -> Image:
    """values (h, w) >= 0 in cividis, dark at 0 and light at their own maximum."""
    top = float(values.max()) or 1.0
    place = values / top * (len(CIVIDIS) - 1)
    low = np.minimum(place.astype(np.intp), len(CIVIDIS) - 2)
    share = (place - low)[..., None]
    return (CIVIDIS[low] * (1 - share) + CIVIDIS[low + 1] * share).round().astype(np.uint8)


def contour(mask: Mask) -> NDArray[np.bool_]:
    """Where A's side of the mask (>= 1/2) meets B's, (h, w), one pixel wide on A's side."""
    own = mask >= 0.5
    edge = np.zeros_like(own)
    edge[:-1] |= own[:-1] & ~own[1:]
    edge[1:] |= own[1:] & ~own[:-1]
    edge[:, :-1] |= own[:, :-1] & ~own[:, 1:]
    edge[:, 1:] |= own[:, 1:] & ~own[:, :-1]
    return edge


def _tint(mask: Mask) -> NDArray[np.float32]:
    share = mask.astype(np.float32)[..., None]
    return share * BLUE + (1 - share) * ORANGE


def _grown(edge: NDArray[np.bool_]) -> NDArray[np.bool_]:
    grown = edge.copy()
    grown[1:] |= edge[:-1]
    grown[:-1] |= edge[1:]
    grown[:, 1:] |= edge[:, :-1]
    grown[:, :-1] |= edge[:, 1:]
    return grown


_TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], np.float32
)
_WHITE = _TO_XYZ.sum(1)  # so that sRGB white is exactly L = 100, a = b = 0
_LINEAR = np.array(
    [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in np.arange(256) / 255],
    np.float32,
)


def _lab(image: Image) -> NDArray[np.float32]:
    ratio = _LINEAR[image] @ _TO_XYZ.T / _WHITE
    f = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    x, y, z = f[..., 0], f[..., 1], f[..., 2]
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)
