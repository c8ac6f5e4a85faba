"""Dataset: labelled pictures as every reader gives them, and the words readers share. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

SHOWN = 5


class PictureSet(Protocol):
    """Labelled pictures that are read one by one.

    labels  (n,) the class of each, an index into Dataset.classes
    """

    labels: NDArray[np.int64]

    def __len__(self) -> int: ...

    def name(self, i: int) -> str:
        """What picture i is called: its path inside the set, or its place in a file."""
        ...

    def read(self, i: int) -> NDArray[np.uint8]:
        """Picture i as it is, uint8 (h, w, 3); pictures.PictureError where it cannot be read."""
        ...


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training pictures and, where the set has some, test pictures, under the same classes.

    notes  sentences on what was left out, or read in an unusual way
    """

    classes: tuple[str, ...]
    train: PictureSet
    test: PictureSet | None = None
    notes: list[str] = field(default_factory=list)


def format_count(n: int, noun: str) -> str:
    """1 class, 2 classes, 1,000 pictures."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{n:,} {noun if n == 1 else plural}"


def list_some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")


def format_bytes(n: int) -> str:
    """250 MB, 2.7 GB: in powers of 1024, as limits are."""
    if n < 2**20:
        return f"{n:,} bytes"
    return f"{n / 2**20:,.0f} MB" if n < 2**30 else f"{n / 2**30:,.1f} GB"
