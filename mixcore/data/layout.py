"""Layout of a scene: turn, size and place of its object in the frame."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mixcore.data.paint import Light, light_image
from mixcore.data.stamps import Stamp, open_image
from mixcore.rng import Streams

SHARE = (0.15, 0.60)  # of the frame's area, taken by the box around the object
ROOM = 0.96  # of the frame's sides, the most the object may span: it is never cut off
SHARP = 2.2  # the most a cut-out is enlarged in a frame of REFERENCE squared, to stay crisp
REFERENCE = 448
TURN = {"animal": 12.0, "vehicle": 6.0, "food": 35.0}  # degrees either way that still look right


def place_stamp(
    streams: Streams, stamp: Stamp, frame: tuple[int, int]
) -> tuple[Image.Image, tuple[int, int]]:
    """The turned, scaled and lit cut-out, and the (x, y) of its upper left corner."""
    turned = _turned(stamp, streams.stage("turn"))
    left, top, right, bottom = _solid(turned)
    wide, high = right - left, bottom - top
    scale = _scale(streams.stage("scale").random(), (wide, high), frame)
    tile = turned.resize(
        (max(1, round(turned.width * scale)), max(1, round(turned.height * scale))),
        Image.Resampling.BICUBIC,
    )
    across, down = streams.stage("place").random(2)
    h, w = frame
    x = (w - w * ROOM) / 2 + across * (w * ROOM - wide * scale) - left * scale
    y = (h - h * ROOM) / 2 + down * (h * ROOM - high * scale) - top * scale
    light = Light.of_object(streams.stage("object light"))
    return light_image(tile, light), (round(x), round(y))


def _turned(stamp: Stamp, rng: np.random.Generator) -> Image.Image:
    picture = open_image(stamp)
    angle, side = rng.uniform(-1, 1) * TURN[stamp.group], rng.random()
    if stamp.mirror and side < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    # Two decimals: a last-digit difference between two maths libraries can't reach a pixel.
    return picture.rotate(round(angle, 2), Image.Resampling.BICUBIC, expand=True)


def _scale(draw: float, extent: tuple[int, int], frame: tuple[int, int]) -> float:
    """Pixels of the frame for each pixel of a cut-out whose solid part is (wide, high)."""
    (wide, high), (h, w) = extent, frame
    room = ROOM * min(w / wide, h / high)
    fits = room**2 * wide * high / (w * h)
    crisp = SHARP**2 * wide * high / REFERENCE**2
    low = min(SHARE[0], fits)
    top = max(low, min(SHARE[1], fits, crisp))
    share = low * (top / low) ** draw
    return math.sqrt(share * w * h / (wide * high))


def _solid(picture: Image.Image) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what the mask will cover."""
    y0, y1, x0, x1 = find_box(np.asarray(picture.getchannel("A")) >= 128)
    return x0, y0, x1, y1


def find_box(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """y0, y1, x0, x1 of the True part, half-open."""
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(rows[-1]) + 1, int(cols[0]), int(cols[-1]) + 1
