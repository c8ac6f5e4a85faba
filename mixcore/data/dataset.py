"""Dataset: labelled pictures as every reader gives them, and what readers share. No torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixcore.data import limits
from mixcore.runs import files

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


class NamedPictures:
    """Pictures that a folder or a zip has under names.

    root   what all names begin with; pictures are called by the rest
    names  (n,) that rest
    read   picture of a whole name, or PictureError
    part   whether they are called by their last folder's name, too: that of the test pictures
    """

    def __init__(
        self,
        root: str,
        names: Sequence[str],
        labels: NDArray[np.int64],
        read: Callable[[str], NDArray[np.uint8]],
        part: bool = False,
    ) -> None:
        self._root, self._names, self.labels, self._read = root, names, labels, read
        self._called = f"{root.rstrip('/').rpartition('/')[2]}/" if part else ""

    def __len__(self) -> int:
        return len(self._names)

    def name(self, i: int) -> str:
        """Its path inside the set."""
        return self._called + self._names[i]

    def read(self, i: int) -> NDArray[np.uint8]:
        """Picture i, uint8 (h, w, 3)."""
        return self._read(self._root + self._names[i])


@dataclass(frozen=True, eq=False)
class Dataset:
    """Training pictures and, where the set has some, test pictures, under the same classes.

    notes  sentences on what was left out, or read in an unusual way
    """

    classes: tuple[str, ...]
    train: PictureSet
    test: PictureSet | None = None
    notes: list[str] = field(default_factory=list)


def describe_skipped(skipped: Mapping[str, str]) -> str:
    """How many pictures could not be read, by name -> why, in a sentence; "" for none."""
    if not skipped:
        return ""
    n, (name, why) = len(skipped), next(iter(skipped.items()))
    folder, slash, _ = name.rpartition("/")  # what reads a file knows the end of its name only
    first = why if why.startswith(name) else f"{folder}{slash}{why}"
    were = "pictures could not be read and were" if n > 1 else "picture could not be read and was"
    return f"{n:,} {were} skipped: {first}"


def describe_cause(error: Exception) -> str:
    """Why a library could not read something, as the end of a sentence."""
    return clean_name(files.describe_error(error) or type(error).__name__)


def clean_name(name: str) -> str:
    """A name that can be written down: no half characters or line breaks, and not endless."""
    text = name.encode("utf-8", "replace").decode("utf-8")
    plain = "".join(c if c.isprintable() else " " for c in text).strip()
    return plain[: limits.NAME_LENGTH] or "no name"


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
