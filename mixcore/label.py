"""LABEL: what A's label is worth, (b,). A Plan takes the realised area unless told otherwise."""

from __future__ import annotations

import numpy as np

from mixcore.batch import Batch


def by_lam(lam: np.ndarray) -> np.ndarray:
    """The drawn share, whatever the region made of it."""
    return lam


def hard(batch: Batch) -> np.ndarray:
    """A's label in full, whatever is seen of it."""
    return np.ones(len(batch))
