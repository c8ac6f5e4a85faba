"""Folders in ImageFolder form: one folder a class, pictures inside. Only names are kept."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mixcore import pictures

PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif"}
FILMS = {".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg"}
SPLITS = ("train", "training")
SHOWN = 5


class Folder:
    """Pictures under a folder; `train` inside it is taken where there is one.

    classes  names of the class folders, sorted
    labels   (n,) class of each picture
    """

    def __init__(self, path: Path) -> None:
        self._root = next((path / s for s in SPLITS if (path / s).is_dir()), path)
        names, self.labels, self.classes, self.notes = sorted_out(_walk(self._root), path.name)
        self._names = names

    def name(self, i: int) -> str:
        """Its path inside the folder."""
        return self._names[i]

    def __len__(self) -> int:
        return len(self._names)

    def read(self, i: int) -> NDArray[np.uint8]:
        """Picture i as it is, uint8 (h, w, 3)."""
        return pictures.read(self._root / self._names[i], self._names[i])


def sorted_out(
    names: Iterable[str], where: str
) -> tuple[list[str], NDArray[np.int64], tuple[str, ...], list[str]]:
    """Files by class: names, labels (n,), classes and notes; ValueError where there are none."""
    inside: list[str] = []
    films, outside, others = [], [], Counter[str]()
    for name in sorted(names):
        path = PurePosixPath(name)
        kind = path.suffix.lower()
        if kind in FILMS:
            films.append(name)
        elif kind not in PICTURES:
            others[kind or "no ending"] += 1
        elif len(path.parts) < 2:
            outside.append(name)
        else:
            inside.append(name)
    if not inside:
        raise ValueError(_nothing(where, films, outside))
    classes = tuple(sorted({PurePosixPath(name).parts[0] for name in inside}))
    at = {name: k for k, name in enumerate(classes)}
    labels = np.array([at[PurePosixPath(name).parts[0]] for name in inside], np.int64)
    notes = []
    if outside:
        notes.append(
            f"{counted(len(outside), 'picture')} outside of any class folder left out: "
            f"{some(outside)}."
        )
    if films:
        notes.append(f"{counted(len(films), 'film')} left out: {some(films)}.")
    if others:
        kinds = some([f"{n} of {kind}" for kind, n in others.most_common()])
        notes.append(f"{counted(others.total(), 'file')} of other kinds left out: {kinds}.")
    return inside, labels, classes, notes


def _nothing(where: str, films: Sequence[str], outside: Sequence[str]) -> str:
    if films:
        return (
            f"{where} holds no pictures in class folders but {counted(len(films), 'film')}: save "
            "frames of them as pictures, a folder a class."
        )
    if outside:
        return (
            f"{where} has {counted(len(outside), 'picture')} but no class folders, so nobody "
            "knows their labels: put those of each class into a folder of its own."
        )
    return f"{where} holds no pictures: put those of each class into a folder of its own."


def _walk(root: Path) -> Iterator[str]:
    """Every file under the root, as root/CLASS/... with forward slashes; hidden ones are not seen.

    Links are not followed: one could lead out of the folder, or around in a circle.
    """
    for folder, inner, names in os.walk(root):
        inner[:] = [name for name in inner if not name.startswith(".")]
        here = Path(folder).relative_to(root)
        for name in names:
            if not name.startswith(".") and not (Path(folder) / name).is_symlink():
                yield (here / name).as_posix()


def counted(n: int, noun: str) -> str:
    """1 class, 2 classes."""
    plural = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{n:,} {noun if n == 1 else plural}"


def some(names: Sequence[str]) -> str:
    """The first few, and how many more."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more:,} more" if more > 0 else "")
