"""Arrays in, pictures out: what a mix looks like when taken apart. Pure numpy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixcore import palette

Image = NDArray[np.uint8]
Masks = NDArray[np.floating]  # (k, h, w), each source's share of a pixel; they sum to 1
Colors = NDArray[np.float32]  # (k, 3), sRGB from 0 to 255

# The forms that a figure is saved in, and their media types.
FIGURE_TYPES = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


def _make_array(colors: Sequence[str]) -> Colors:
    return np.array([palette.read_color(color) for color in colors], np.float32)


COLORS = _make_array([color.light for color in palette.SOURCES])
_DEEP, _PALE = _make_array([palette.DEEP, palette.PALE])
FOLDED = _make_array([palette.FOLDED])[0]
CIVIDIS = _make_array(palette.CIVIDIS)


def make_tints(k: int) -> Colors:
    """Shades for the k views of one photo, (k, 3), by turns deep and pale."""
    ramp = np.linspace(0, 1, k, dtype=np.float32)[:, None] if k > 1 else np.full((1, 1), 0.5)
    shades = _DEEP + (_PALE - _DEEP) * ramp
    half = (k + 1) // 2
    order = [i // 2 if i % 2 == 0 else half + i // 2 for i in range(k)]
    return shades[order].astype(np.float32)


def css_color(color: Colors) -> str:
    """One colour (3,) as CSS writes it."""
    return "#" + "".join(f"{round(float(v)):02X}" for v in color)


def mask_picture(masks: Masks, colors: Colors) -> Image:
    """The shares of each pixel in their owners' colours, the edges between owners as lines."""
    picture = _tint(masks, colors)
    draw_line(picture, masks)
    return picture.round().astype(np.uint8)


def origin_picture(mixed: Image, masks: Masks, colors: Colors) -> Image:
    """Which pixel comes from whom: the mixed picture in grey, tinted by its owner."""
    gray = mixed.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    shade = 0.3 + 0.7 * gray[..., None] / 255
    picture = _tint(masks, colors) * shade + 38 * shade
    picture[draw_contour(masks)] = 255
    return picture.clip(0, 255).round().astype(np.uint8)


def measure_difference(mixed: Image, a: Image) -> NDArray[np.float32]:
    """How far each colour moved from A, (h, w): Euclidean distance in CIE Lab (delta E 1976)."""
    return np.linalg.norm(_lab(mixed) - _lab(a), axis=-1).astype(np.float32)


def draw_heat(values: NDArray[np.floating], top: float | None = None) -> Image:
    """values (h, w) >= 0 in cividis, dark at 0 and light at `top`, or at their own maximum."""
    top = top or float(values.max()) or 1.0
    place = (values / top).clip(0, 1) * (len(CIVIDIS) - 1)
    low = np.minimum(place.astype(np.intp), len(CIVIDIS) - 2)
    share = (place - low)[..., None]
    return (CIVIDIS[low] * (1 - share) + CIVIDIS[low + 1] * share).round().astype(np.uint8)


def draw_overlay(image: Image | None, density: NDArray[np.floating]) -> Image:
    """A photo in dim gray under a map (h, w) in cividis, from its least value to its largest.

    The more there is, the less of the photo shines through; without a photo, the map alone. Maps
    have few high places and much that is low, so colours go by the square root: half of the scale
    is a quarter of the way, as `scale_ends` says. An even map is one colour throughout.
    """
    low, _, high = scale_ends(density)
    flat = high - low <= 1e-3 * high
    place = np.full(density.shape, 0.5) if flat else np.sqrt((density - low) / (high - low))
    color = draw_heat(place, 1.0)
    if image is None:
        return color
    gray = image.astype(np.float32) @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    cover = (0.3 + 0.6 * place)[..., None]
    dim = 0.65 * gray[..., None]
    return (dim * (1 - cover) + color * cover).round().astype(np.uint8)


def scale_ends(density: NDArray[np.floating]) -> tuple[float, float, float]:
    """What the left end, the middle and the right end of a map's scale stand for."""
    low, high = float(density.min()), float(density.max())
    return low, low + (high - low) / 4, high


def draw_line(picture: NDArray[Any], masks: Masks) -> None:
    """Draw the line between the owners into a picture: dark between two white ones."""
    edge = draw_contour(masks)
    picture[_grown(edge)] = 255
    picture[edge] = (0x1B, 0x1F, 0x27)


def draw_folds(jacobian: NDArray[np.floating]) -> tuple[Image, float]:
    """Where a picture is bent: how many times its own side of the photo each pixel takes.

    jacobian (h, w): the same for areas, <= 0 where the picture is folded over, drawn red. The rest
    is in cividis from 0 to the largest side, which is returned too.
    """
    side = np.sqrt(jacobian.clip(0))
    picture = draw_heat(side)
    picture[jacobian <= 0] = FOLDED
    return picture, float(side.max())


def draw_contour(masks: Masks) -> NDArray[np.bool_]:
    """Where the owner of the larger share changes, (h, w), one pixel wide.

    The line runs on the side of the source that comes first.
    """
    owner = masks.argmax(0)
    edge = np.zeros(owner.shape, bool)
    edge[:-1] |= owner[:-1] < owner[1:]
    edge[1:] |= owner[1:] < owner[:-1]
    edge[:, :-1] |= owner[:, :-1] < owner[:, 1:]
    edge[:, 1:] |= owner[:, 1:] < owner[:, :-1]
    return edge


def _tint(masks: Masks, colors: Colors) -> NDArray[np.float32]:
    return np.tensordot(masks.astype(np.float32), colors, (0, 0))


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
