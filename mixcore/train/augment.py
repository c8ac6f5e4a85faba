"""Shifts and mirror images, drawn for each picture of a batch, in one gather."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from mixcore.rng import Streams


def augment_batch(x: Tensor, how: str, seed: int) -> Tensor:
    """x (b, c, h, w), each picture shifted by up to an eighth (black comes in) or mirrored.

    how is "none", "crop", "flip" or "crop and flip"; the same seed gives the same draws.
    """
    if how == "none":
        return x
    b, _, h, w = x.shape
    random = Streams(seed)
    reach = h // 8 if "crop" in how else 0
    shift = random.stage("crop").integers(-reach, reach + 1, (2, b, 1))
    mirrored = random.stage("flip").random((b, 1)) < (0.5 if "flip" in how else 0.0)
    rows, columns = np.arange(h) + shift[0], np.arange(w) + shift[1]
    columns = np.where(mirrored, columns[:, ::-1], columns)
    inside = ((rows >= 0) & (rows < h))[:, :, None] & ((columns >= 0) & (columns < w))[:, None]
    at = np.clip(rows, 0, h - 1)[:, :, None] * w + np.clip(columns, 0, w - 1)[:, None]
    index = torch.from_numpy(at.reshape(b, 1, h * w)).to(x.device)
    moved = x.flatten(2).gather(2, index.expand(-1, x.shape[1], -1)).view_as(x)
    return moved * torch.from_numpy(inside[:, None]).to(x) if reach else moved
