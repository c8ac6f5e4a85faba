"""Crop and light: the two things that happen to a picture before it enters a scene."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageColor

ZOOM = 1.35  # the tightest crop of a ground, against the largest that fits the frame


@dataclass(frozen=True)
class Light:
    """Gains of red, green and blue; 1 leaves a channel as it is."""

    red: float
    green: float
    blue: float

    @classmethod
    def of_object(cls, rng: np.random.Generator) -> Light:
        """Dimmer or brighter, warmer or cooler, by as much as the weather does."""
        level, warmth = rng.uniform(0.82, 1.12), rng.uniform(-0.06, 0.06)
        return cls(level * (1 + warmth), level, level * (1 - warmth))

    @classmethod
    def of_ground(cls, rng: np.random.Generator, tints: tuple[str, ...]) -> Light:
        """Dimmer or brighter, in one of the tints; a tinted texture is lifted, as tints darken."""
        level, pick = rng.uniform(0.88, 1.08), rng.random()
        if not tints:
            return cls(level, level, level)
        tint = ImageColor.getrgb(tints[int(pick * len(tints))])
        return cls(*(level * 1.15 * channel / 255 for channel in tint[:3]))


def light_image(picture: Image.Image, light: Light) -> Image.Image:
    """The picture (RGB or RGBA) under a light; alpha stays. Over-bright values end at white."""
    levels = np.arange(256)
    gains = np.array([light.red, light.green, light.blue] + [1] * (picture.mode == "RGBA"))
    table = np.rint(levels * gains[:, None]).clip(max=255).astype(np.uint8)
    return picture.point(table.ravel().tolist())


def cut_image(
    picture: Image.Image, frame: tuple[int, int], x: float, y: float, zoom: float, side: float
) -> Image.Image:
    """A crop of the frame's shape, resampled to (h, w) = `frame`; draws in [0, 1) steer it.

    `x` and `y` choose the place, `zoom` how tight, and the crop is mirrored for `side` < 0.5.
    """
    h, w = frame
    fit = min(picture.width / w, picture.height / h) / (1 + (ZOOM - 1) * zoom)
    wide, high = fit * w, fit * h
    left, top = x * (picture.width - wide), y * (picture.height - high)
    # The sums may pass the edge by one rounding error, which Pillow refuses.
    box = (left, top, min(left + wide, picture.width), min(top + high, picture.height))
    crop = picture.resize((w, h), Image.Resampling.BICUBIC, box=box)
    return crop.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if side < 0.5 else crop
