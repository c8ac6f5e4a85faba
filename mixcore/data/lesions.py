"""Drawn slices of a head with a lesion of one of four kinds, and the lesion's exact mask.

They stand in for scans, which may not be passed on, and look like them only as far as an experiment
on mixing needs: what tells the classes apart is small, and it is known where it is. Everything is
drawn from the seed; picture i is the same however many are asked for. No torch.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mixcore.rng import Streams

CLASSES = ("smooth", "rim", "base", "none")
TITLES = {
    "smooth": "round and smooth, at the edge",
    "rim": "irregular, with a bright rim",
    "base": "small, at the base",
    "none": "no lesion",
}
EVEN = (1.0, 1.0, 1.0, 1.0)
UNEVEN = (2.0, 2.0, 2.0, 1.0)  # as in a set of scans of three tumors and none
SIDE = 64
NOISE = 0.05
SPOTS = 3  # vessels and the like, in every class

Floats = NDArray[np.float64]


class Lesions(NamedTuple):
    """Pictures uint8 (n, h, w), masks bool (n, h, w) of their lesions, labels int64 (n,)."""

    images: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    labels: NDArray[np.int64]


def make_lesions(
    n: int, seed: int = 0, *, side: int = SIDE, shares: tuple[float, ...] = EVEN
) -> Lesions:
    """Slices with their masks; labels count CLASSES, drawn by shares.

    Args:
        n: how many.
        seed: of all draws.
        side: pixels a side, 16 at least.
        shares: how frequent each class is, a number above 0 for each; UNEVEN has half as many
            without a lesion.

    Returns:
        Pictures, masks and labels.

    Raises:
        ValueError: for fewer than 16 pixels, and for shares that do not fit the classes.

    Example:
        >>> from mixcore.data.lesions import make_lesions
        >>> found = make_lesions(8, seed=1)
        >>> found.images.shape, bool(found.masks[found.labels == 3].any())
        ((8, 64, 64), False)
    """
    if side < 16:
        raise ValueError(f"Slices have 16 pixels a side at least, got {side}.")
    if len(shares) != len(CLASSES) or min(shares) <= 0:
        raise ValueError(f"shares must be {len(CLASSES)} numbers above 0, got {shares!r}.")
    ends = np.cumsum(shares) / sum(shares)
    images = np.empty((n, side, side), np.uint8)
    masks = np.empty((n, side, side), bool)
    labels = np.empty(n, np.int64)
    for i in range(n):
        random = Streams(seed, i).stage("slice")
        labels[i] = min(int(np.searchsorted(ends, random.random(), side="right")), len(ends) - 1)
        images[i], masks[i] = draw_slice(CLASSES[labels[i]], random, side)
    return Lesions(images, masks, labels)


def draw_slice(
    kind: str, random: np.random.Generator, side: int = SIDE
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """One slice uint8 (side, side) of a kind of CLASSES, and its lesion's mask of that shape."""
    ticks = (np.arange(side) + 0.5) / side * 2 - 1
    y, x = np.meshgrid(ticks, ticks, indexing="ij")
    y, x = y - random.normal(0, 0.03), x - random.normal(0, 0.03)
    high, wide = random.uniform(0.82, 0.92), random.uniform(0.66, 0.78)
    depth = np.hypot(y / high, x / wide)  # 1 at the skin
    brain = depth < 0.86
    image = np.where(brain, 0.42 + _texture(y, x, random), 0.0)
    image[(depth >= 0.86) & (depth < 0.92)] = 0.12
    image[(depth >= 0.92) & (depth < 1)] = random.uniform(0.6, 0.8)
    for sign in (-1, 1):  # ventricles
        horn = np.hypot((y + 0.08) / 0.24, (x - sign * (0.12 + 0.18 * (y + 0.1) ** 2)) / 0.055)
        image -= 0.22 * _soft(1 - horn, 0.25) * brain
    for _ in range(SPOTS):
        far, turn = 0.75 * random.random() ** 0.5, random.uniform(0, 2 * np.pi)
        spot = np.hypot(y - far * high * np.sin(turn), x - far * wide * np.cos(turn))
        image += (
            random.uniform(-0.2, 0.25) * _soft(1 - spot / random.uniform(0.04, 0.09), 0.4) * brain
        )
    mask = np.zeros_like(brain)
    if kind != "none":
        added, mask = _draw_lesion(kind, y, x, high, wide, random)
        mask &= brain
        image += added * brain
    image = image + NOISE * random.standard_normal(image.shape)
    return np.rint(255 * image.clip(0, 1)).astype(np.uint8), mask


def _draw_lesion(
    kind: str, y: Floats, x: Floats, high: float, wide: float, random: np.random.Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """What a lesion adds to the light, (h, w), and where it is."""
    strength = random.uniform(0.2, 0.45)
    if kind == "base":
        v = np.hypot(
            (y - random.uniform(0.42, 0.54) * high) / random.uniform(0.09, 0.15),
            (x - random.normal(0, 0.03)) / random.uniform(0.12, 0.2),
        )
        return strength * _soft(1 - v, 0.3), v < 1
    far = random.uniform(0.58, 0.7) if kind == "smooth" else random.uniform(0.2, 0.55)
    turn = random.uniform(np.pi * 0.95, np.pi * 2.05)  # in the upper half
    dy, dx = y - far * high * np.sin(turn), x - far * wide * np.cos(turn)
    size = random.uniform(0.15, 0.25)
    if kind == "smooth":
        v = np.hypot(dy, dx) / size
        return strength * _soft(1 - v, 0.3), v < 1
    angle = np.arctan2(dy, dx)
    waves = sum(
        random.uniform(0.06, 0.16) * np.cos(k * angle + random.uniform(0, 2 * np.pi))
        for k in (2, 3, 5)
    )
    v = np.hypot(dy, dx) / (1.25 * size * (1 + waves))
    rim = np.exp(-0.5 * ((v - 0.82) / 0.16) ** 2)
    return strength * (1.1 * rim - 0.9 * _soft(0.75 - v, 0.25)), v < 1


def _soft(depth: Floats, width: float) -> Floats:
    """1 inside, 0 outside, and a line between over `width`."""
    rise: Floats = (depth / width).clip(0, 1)
    return rise


def _texture(y: Floats, x: Floats, random: np.random.Generator) -> Floats:
    """Waves of a few lengths and directions."""
    found = np.zeros_like(y)
    for _ in range(8):
        long, turn, start = random.uniform(2, 11), *random.uniform(0, 2 * np.pi, 2)
        found += 0.025 * np.cos(long * (y * np.sin(turn) + x * np.cos(turn)) + start)
    return found
