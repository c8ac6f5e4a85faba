"""Sources of an audit's pictures: one picture at a time, so that memory is flat in n.

`opened` finds a data set by name. What is wrong with a whole data set is said when it is opened,
in one sentence; a single picture that cannot be read raises PictureError when it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mixcore import pictures
from mixcore.data import scenes
from mixcore.data.dataset import Dataset, PictureSet, format_count, list_some
from mixcore.data.sources import find_path, open_path
from mixcore.runs import home

SIDE = 448  # pixels a side of every mix: as Explore makes it, so that it can show the very same
MODEL_SIDE = 224  # pixels a side that the models see
APART = 1_000_003  # scenes between those of two neighbouring seeds


@dataclass(frozen=True, eq=False)
class AuditPhoto:
    """One picture cut to its central square, uint8 (SIDE, SIDE, 3), and what is known of it.

    object  its object's share of every pixel, uint8 (SIDE, SIDE), 255 = all; scenes only
    ground  the same picture without its object; scenes only
    size    (height, width) of the picture as it was
    """

    image: NDArray[np.uint8]
    label: int
    size: tuple[int, int]
    object: NDArray[np.uint8] | None = None
    ground: NDArray[np.uint8] | None = None

    @cached_property
    def small(self) -> NDArray[np.uint8]:
        """The picture as the models see it, uint8 (MODEL_SIDE, MODEL_SIDE, 3)."""
        return pictures.square(self.image, MODEL_SIDE)


class Source(Protocol):
    """A data set: n labelled pictures. `notes` says in sentences what the user should know."""

    classes: tuple[str, ...]
    notes: list[str]
    exact: bool

    def __len__(self) -> int: ...

    def name(self, i: int) -> str:
        """What picture i is called."""
        ...

    def shot(self, i: int) -> AuditPhoto:
        """Picture i; pictures.PictureError where it cannot be read."""
        ...


class Listed:
    """Pictures that are read one by one out of a folder, a zip or an .npz."""

    exact = False

    def __init__(self, found: Dataset) -> None:
        self._pictures, self.classes = found.train, found.classes
        self.notes = [
            *found.notes,
            *_note_tests(found.test),
            *_notes(found.train.labels, found.classes),
        ]

    def __len__(self) -> int:
        return len(self._pictures)

    def name(self, i: int) -> str:
        return self._pictures.name(i)

    def shot(self, i: int) -> AuditPhoto:
        image = self._pictures.read(i)
        label = int(self._pictures.labels[i])
        return AuditPhoto(pictures.square(image, SIDE), label, image.shape[:2])


class SceneSet:
    """Generated scenes, each the scene of a seed of its own; audits of two seeds share few."""

    exact = True
    notes: list[str]

    def __init__(self, n: int, seed: int) -> None:
        self._n, self._seed = n, seed * APART % 2**30
        self.classes, self.notes = scenes.class_names(), []

    def __len__(self) -> int:
        return self._n

    def name(self, i: int) -> str:
        return f"scene:{self._seed + i}"

    def shot(self, i: int) -> AuditPhoto:
        made = scenes.make(self._seed + i, SIDE)
        alpha = np.rint(made.alpha * 255).astype(np.uint8)
        return AuditPhoto(made.image, made.label, (SIDE, SIDE), alpha, made.empty)


def open_source(name: str, n: int = 0, seed: int = 0) -> Source:
    """The data set of that name or at that path; n and seed are for scenes.

    ValueError says in one sentence what is wrong with it.
    """
    if name == "scenes":
        return SceneSet(max(n, 2), seed)
    path = find_path(name, bare=True)
    if path is None:
        raise ValueError(
            f"There is no data set {name!r}: name scenes, a folder of {home.get_data_home()}, or "
            "the path of a folder, a zip or an .npz."
        )
    return Listed(open_path(path))


def _note_tests(found: PictureSet | None) -> list[str]:
    if found is None:
        return []
    return [
        f"{format_count(len(found), 'test picture')} left aside: those to train on are audited."
    ]


def _notes(labels: NDArray[np.int64], classes: tuple[str, ...]) -> list[str]:
    """Sentences about the classes; ValueError for a set with one class only."""
    counts = np.bincount(labels, minlength=len(classes))
    present = np.flatnonzero(counts)
    if len(present) < 2:
        raise ValueError(
            f"All {len(labels)} pictures are of one class ({classes[int(present[0])]}): no label "
            "of theirs can be wrong. Put pictures of another class beside them."
        )
    single = [classes[int(k)] for k in present if counts[k] == 1]
    if not single:
        return []
    return [f"{format_count(len(single), 'class')} with one picture only: {list_some(single)}."]
