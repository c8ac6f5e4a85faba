"""Cutout: an exactly known object, cut from its image, scaled and carried to another place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur

from mixcore.batch import Batch
from mixcore.rng import Rng, make_streams
from mixcore.warps.geometry import Move


def move_cutout(
    batch: Batch, scale: np.ndarray, rng: Rng, *, move: bool = True, feather: float = 0.0
) -> tuple[Tensor, Move]:
    """The object's share of every pixel in its new place, (b, 1, h, w) float32, and its Move.

    scale    (b,) of the object
    move     put it uniformly where its box stays inside the frame (the middle, if it is too
             large to stay inside), or leave its centre where it is
    feather  softness of its edge, a standard deviation as a share of the frame's shorter side

    Needs batch.evidence["object"]. An image without an object is kept whole.
    """
    alpha = _alpha(batch)
    start, size = _boxes(alpha)
    end = start
    if move:
        half = np.minimum(size * scale[:, None] / 2, 0.5)
        place = make_streams(rng).stage("place").random((len(batch), 2))
        end = half + place * (1 - 2 * half)
    lacking = size.min(1) == 0
    scale = np.where(lacking, 1.0, scale)
    end = np.where(lacking[:, None], start, end)
    warp = Move(scale, start, end)
    frame = (0, batch.size[0], 0, batch.size[1])
    mask = torch.stack([warp.piece(alpha[i], i, frame) for i in range(len(batch))])
    sigma = feather * min(batch.size)
    if sigma >= 0.2:
        seen = [warp.piece(torch.ones_like(alpha[i]), i, frame) for i in range(len(batch))]
        reach = min(2 * round(3 * sigma) + 1, 2 * (min(batch.size) - 1) + 1)
        mask = gaussian_blur(mask, [reach, reach], [sigma, sigma]) * torch.stack(seen)
    mask[torch.from_numpy(lacking)] = 1
    # The mask says where the object ends: at the frame its colours must not fade to black, too.
    return mask.clamp_(0, 1), replace(warp, solid=True)


def _alpha(batch: Batch) -> Tensor:
    alpha = batch.evidence["object"].float().clamp(max=1)
    if alpha.shape[-2:] == batch.size:
        return alpha
    return F.interpolate(alpha, batch.size, mode="bilinear", align_corners=False, antialias=True)


def _boxes(alpha: Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Centre and size (b, 2) of each object's box, y before x, as shares of the frame."""
    seen = (alpha[:, 0] >= 0.5).cpu()
    center, size = np.full((len(seen), 2), 0.5), np.zeros((len(seen), 2))
    for axis in (0, 1):
        line = seen.any(2 - axis).numpy()
        first, end = line.argmax(1), line.shape[1] - line[:, ::-1].argmax(1)
        found = line.max(1)
        center[found, axis] = ((first + end) / 2 / line.shape[1])[found]
        size[found, axis] = ((end - first) / line.shape[1])[found]
    return center, size
