"""REGION, drawn: the helpers that turn a share into a place. Boxes, cells and fields."""

from __future__ import annotations

import numpy as np

from mixcore.batch import Batch
from mixcore.fourier import Fourier, spectrum
from mixcore.region import Box, Cells, Dense
from mixcore.rng import Rng, streams

ROUNDING = {"nearest": np.rint, "up": np.ceil, "down": np.floor}


def box(batch: Batch, side: np.ndarray, rng: Rng, *, inside: bool = False) -> Box:
    """A box a sample with sides int(side * h) by int(side * w) around a uniform centre pixel.

    The frame cuts what hangs over, unless inside, which moves the box back into the frame.
    side is (b,) in [0, 1]. An odd side loses a pixel to the halving, as in the original code.
    """
    if "box" in batch.given:
        return Box(batch.given["box"], batch.size)
    place = streams(rng).stage("place").random((len(batch), 2))
    low_high = []
    for axis, length in enumerate(batch.size):
        half = (length * side).astype(np.int64) // 2
        centre = (place[:, axis] * length).astype(np.int64)
        if inside:
            centre = np.clip(centre, half, length - half)
        low_high += [np.clip(centre - half, 0, length), np.clip(centre + half, 0, length)]
    return Box(np.stack(low_high, 1), batch.size)


def cells(
    batch: Batch, lam: np.ndarray, per_side: int, rng: Rng, *, rounding: str = "nearest"
) -> Cells | Dense:
    """Whole cells of a grid, per_side by per_side; A keeps lam of them, at random places.

    The share is rounded to whole cells: nearest, up or down. A frame smaller than the grid gets
    a cell a pixel.
    """
    if "mask" in batch.given:
        return Dense(batch.given["mask"])
    shape = tuple(-(-side // -(-side // per_side)) for side in batch.size)
    n = shape[0] * shape[1]
    kept = ROUNDING[rounding](np.round(lam * n, 9)).astype(np.int64)
    rank = streams(rng).stage("place").random((len(batch), n)).argsort(1).argsort(1)
    return Cells((rank < kept[:, None]).reshape(len(batch), *shape), batch.size)


def fourier(
    batch: Batch, lam: np.ndarray, decay: float, rng: Rng, *, soft: float = 0.0
) -> Fourier | Dense:
    """The pixels where a random smooth field is highest; more decay, smoother field."""
    if "mask" in batch.given:
        return Dense(batch.given["mask"])
    random = streams(rng)
    n = len(spectrum(*batch.size, decay)[0])
    noise = random.stage("place").standard_normal((n, len(batch), 2))
    up = random.stage("round").random(len(batch)) < 0.5
    return Fourier(noise, lam, up, batch.size, decay, soft)
