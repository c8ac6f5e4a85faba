"""Draws of regions: the helpers that turn a share into a place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.batch import Batch
from mixcore.moved import find_renamed
from mixcore.regions.fourier import Fourier, make_spectrum
from mixcore.regions.separable import Bump, Holes
from mixcore.regions.shapes import Box, Cells, Dense, Whole
from mixcore.regions.shapes import Region as Region  # its old path, for one more release
from mixcore.regions.soft_field import SoftField
from mixcore.rng import Rng, Streams, make_streams

if TYPE_CHECKING:
    from mixcore.mixers.mix_block import MixBlock

__getattr__ = find_renamed(__name__)

ROUNDING = {"nearest": np.rint, "up": np.ceil, "down": np.floor}


def draw_box(
    batch: Batch,
    side: np.ndarray,
    rng: Rng,
    *,
    inside: bool = False,
    around: np.ndarray | None = None,
) -> Box:
    """A box a sample with sides int(side * h) by int(side * w) around a uniform centre pixel.

    The frame cuts what hangs over, unless inside, which moves the box back into the frame.
    side is (b,) in [0, 1]. An odd side loses a pixel to the halving, as in the original code.
    around, (b, 2) shares of the frame in [0, 1), y before x, replaces the drawn centres.
    """
    if "box" in batch.given:
        return Box(batch.given["box"], batch.size)
    place = make_streams(rng).stage("place").random((len(batch), 2)) if around is None else around
    low_high = []
    for axis, length in enumerate(batch.size):
        half = (length * side).astype(np.int64) // 2
        center = (place[:, axis] * length).astype(np.int64)
        if inside:
            center = np.clip(center, half, length - half)
        low_high += [np.clip(center - half, 0, length), np.clip(center + half, 0, length)]
    return Box(np.stack(low_high, 1), batch.size)


def find_peak(evidence: Tensor) -> np.ndarray:
    """The highest cell of each map (b, 1, h, w): its middle, (b, 2) shares of the frame.

    The first such cell, row by row, where there are several.
    """
    h, w = evidence.shape[-2:]
    at = evidence.flatten(1).argmax(1).cpu().numpy()
    return np.stack([(at // w + 0.5) / h, (at % w + 0.5) / w], 1)


def draw_cells(
    batch: Batch,
    lam: np.ndarray,
    per_side: int,
    rng: Rng,
    *,
    rounding: str = "nearest",
    wanted: Tensor | None = None,
) -> Cells | Dense:
    """Whole cells of a grid, per_side by per_side; A keeps lam of them, at random places.

    The share is rounded to whole cells: nearest, up or down. A frame smaller than the grid gets
    a cell a pixel. B takes the cells where a map `wanted` (b, 1, h, w) is highest, if one is given.
    """
    if "mask" in batch.given:
        return Dense(batch.given["mask"])
    shape = split_frame(batch, per_side)
    n = shape[0] * shape[1]
    kept = ROUNDING[rounding](np.round(lam * n, 9)).astype(np.int64)
    if wanted is None:
        order = make_streams(rng).stage("place").random((len(batch), n))
    else:  # on the CPU, where all devices agree on ties
        order = F.interpolate(wanted.detach().cpu().double(), shape, mode="area").flatten(1).numpy()
    rank = order.argsort(1, kind="stable").argsort(1)
    return Cells((rank < kept[:, None]).reshape(len(batch), *shape), batch.size)


def split_frame(batch: Batch, per_side: int) -> tuple[int, int]:
    """Rows and columns of a grid of per_side by per_side cells on this frame."""
    h, w = (-(-side // -(-side // per_side)) for side in batch.size)
    return h, w


def spread_shares(shares: np.ndarray, size: tuple[int, int]) -> Tensor:
    """Masks (b, n, h, w) that are everywhere what each source's share is, (b, n)."""
    return torch.from_numpy(shares.astype(np.float32))[..., None, None].expand(-1, -1, *size)


def draw_learned(
    block: MixBlock, features: Tensor, index: np.ndarray, shares: np.ndarray, batch: Batch,
    upsample: str,
) -> Tensor:  # fmt: skip
    """Masks (b, n, h, w) that a mix block draws for the sources index (b, n), on the CPU.

    features (b, c, h', w') are those of the clean pictures, shares (b, n) their lam. On the CPU,
    so that all devices draw the same masks.
    """
    chosen = torch.from_numpy(index)
    lam = torch.from_numpy(shares.astype(np.float32))
    with torch.no_grad():
        found: Tensor = block(features.detach().cpu()[chosen], lam, batch.size, upsample)
    return found


def draw_fourier(
    batch: Batch, lam: np.ndarray, decay: float, rng: Rng, *, soft: float = 0.0
) -> Fourier | Dense:
    """The pixels where a random smooth field is highest; more decay, smoother field."""
    if "mask" in batch.given:
        return Dense(batch.given["mask"])
    random = make_streams(rng)
    noise = _noise(batch, decay, random)
    up = random.stage("round").random(len(batch)) < 0.5
    return Fourier(noise, lam, up, batch.size, decay, soft)


def draw_soft_field(
    batch: Batch, lam: np.ndarray, decay: float, sharpness: float, rng: Rng
) -> SoftField | Whole | Dense:
    """FMix's field as a soft mask with mean lam; with sharpness 0 it is lam everywhere."""
    if "mask" in batch.given:
        return Dense(batch.given["mask"])
    if not sharpness:
        return Whole(lam, batch.size)
    return SoftField(_noise(batch, decay, make_streams(rng)), lam, batch.size, decay, sharpness)


def draw_bump(
    batch: Batch, rng: Rng, *, sigma: np.ndarray | None = None, lam: np.ndarray | None = None
) -> Bump | Dense:
    """A Gaussian bump of B around a uniform centre.

    It is sigma, (b,), of each side wide, or, where lam is handed over, as wide as that asks.
    """
    if "mask" in batch.given:
        return Dense(batch.given["mask"])
    center = make_streams(rng).stage("place").random((len(batch), 2))
    if lam is not None:
        return Bump.leaving(lam, center, batch.size)
    if sigma is None:
        raise TypeError("place.bump needs sigma or lam, got neither.")
    return Bump(center, sigma, batch.size)


def draw_holes(
    batch: Batch,
    side: np.ndarray,
    rng: Rng,
    *,
    cut: tuple[float, float],
    aspect: float,
    across: tuple[int, int],
) -> Holes | Dense:
    """Holes of B in the square patches of a grid that covers a cut of the frame.

    side    (b,) side of a hole as a share of its patch's
    cut     range of the cut's share of the frame; its place is uniform where it fits
    aspect  its height over its width, as shares of the frame's, is uniform in
            [1 / aspect, aspect], or as close to that as its share fits into the frame
    across  range of the number of patches along its width
    """
    if "mask" in batch.given:
        return Dense(batch.given["mask"])
    share, tall, y, x, n = make_streams(rng).stage("place").random((len(batch), 5)).T
    share = cut[0] + share * (cut[1] - cut[0])
    tall = np.clip(1 / aspect + tall * (aspect - 1 / aspect), share, 1 / share)
    high, wide = np.sqrt(share * tall), np.sqrt(share / tall)
    y, x = y * (1 - high), x * (1 - wide)
    patch = wide / (across[0] + np.floor(n * (across[1] - across[0] + 1)))
    h, w = batch.size
    return Holes(
        np.stack([y, y + high, x, x + wide], 1), np.stack([patch * w / h, patch], 1), side, (h, w)
    )


def _noise(batch: Batch, decay: float, random: Streams) -> np.ndarray:
    n = len(make_spectrum(*batch.size, decay)[0])
    return random.stage("place").standard_normal((n, len(batch), 2))
