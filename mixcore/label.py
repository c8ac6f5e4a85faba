"""LABEL: what A's label is worth, (b,). A Plan takes the realised area unless told otherwise."""

from __future__ import annotations

import numpy as np

from mixcore.batch import Batch
from mixcore.region import Region


def by_area(region: Region) -> np.ndarray:
    """The share of the frame that A really keeps, after rounding and clipping."""
    return region.area()


def by_lam(lam: np.ndarray) -> np.ndarray:
    """The drawn share, whatever the region made of it."""
    return lam


def hard(batch: Batch) -> np.ndarray:
    """A's label in full, whatever is seen of it."""
    return np.ones(len(batch))
