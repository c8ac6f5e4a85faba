"""PAIR: who is mixed with whom. Each helper returns index (b,), the partner of each sample."""

from __future__ import annotations

import numpy as np

from mixcore.batch import Batch
from mixcore.rng import Rng, streams


def shuffle(batch: Batch, rng: Rng) -> np.ndarray:
    """A random permutation, as in most papers; a sample may meet itself."""
    if "index" in batch.given:
        return given(batch)
    return streams(rng).stage("pair").permutation(len(batch))


def roll(batch: Batch, rng: Rng) -> np.ndarray:
    """The neighbour before, as torchvision does; nobody meets itself unless alone."""
    if "index" in batch.given:
        return given(batch)
    return np.roll(np.arange(len(batch)), 1)


def flip(batch: Batch, rng: Rng) -> np.ndarray:
    """The batch in reverse, as timm and TransMix do; the middle one of an odd batch stays alone."""
    if "index" in batch.given:
        return given(batch)
    return np.arange(len(batch))[::-1].copy()


def given(batch: Batch) -> np.ndarray:
    """The partners that a person fixed."""
    index: np.ndarray = batch.given["index"]
    return index
