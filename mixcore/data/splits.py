"""From the names of files to training and test pictures by class. Pure: names in, names out.

Read are CLASS/FILE, train/CLASS/FILE beside test/CLASS/FILE under all their usual names, and both
inside further folders. A folder is a part of the set, and no class, where it is called like one
and holds folders itself; a class called `train` holds pictures.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mixcore.data import limits
from mixcore.data.dataset import Dataset, NamedPictures, clean_name, format_count, list_some

IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif")
FILMS = (".mp4", ".mov", ".avi", ".mkv", ".webm", ".m4v", ".mpg", ".mpeg")
JUNK = ("__MACOSX", "@eaDir")  # folders of copies and thumbnails that systems leave behind
TRAIN = ("train", "training")
TEST = ("test", "testing", "val", "valid", "validation")  # the first that is there
_PART = re.compile(rf"({'|'.join(TRAIN + TEST)})[ _-]?(?:set|data|images)?", re.IGNORECASE)


@dataclass(frozen=True)
class Listing:
    """Files by name, with forward slashes, and what was met besides them.

    folders  those that are there, empty ones too
    hidden   files and folders that begin with a dot, and those of JUNK
    links    those that were not followed
    closed   folders that could not be opened
    """

    files: dict[str, Any] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    hidden: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)


class Split(NamedTuple):
    """Pictures under a root, which all their names begin with, and the class of each (n,)."""

    root: str
    names: list[str]
    labels: NDArray[np.int64]


class SortedFiles(NamedTuple):
    """The files of a set by split and class; notes are sentences on what was left out."""

    classes: tuple[str, ...]
    train: Split
    test: Split | None
    notes: list[str]


class _Roots(NamedTuple):
    train: str
    test: str | None


def is_hidden(name: str) -> bool:
    """Whether a file or folder of this name is none of the set's own."""
    return name.startswith(".") or name in JUNK


def sort_files(listing: Listing, shown: str) -> SortedFiles:
    """Files by part and class, in the order of their names; ValueError where there are none."""
    images, films, others = _kinds(listing.files)
    roots = _find_roots(images, shown)
    under = [name.removeprefix(roots.train) for name in images if name.startswith(roots.train)]
    inside = [name for name in under if "/" in name]
    if not inside:
        raise ValueError(_describe_nothing(shown, films, images))
    tops = sorted({_top(name) for name in inside})
    if len(tops) > limits.CLASSES:
        raise ValueError(
            f"{shown} has {len(tops):,} class folders, over the limit of {limits.CLASSES:,}."
        )
    numbers = {top: k for k, top in enumerate(tops)}
    train = Split(roots.train, inside, _labels(inside, numbers))
    test, strange = _test(images, roots, numbers)
    used = {roots.train + name for name in inside}
    if test:
        used |= {test.root + name for name in test.names}
    outside = [name for name in images if name not in used and name not in strange]
    notes = [
        *_note(outside, "picture", "outside of any class folder"),
        *_note(strange, "test picture", "of classes that no training picture has"),
        *_note(_empty(listing.folders, roots.train, tops), "folder", "without pictures"),
        *_note(films, "film"),
        *_note_others(others),
        *_note(listing.hidden, "hidden name"),
        *_note(listing.links, "link", why=", broken, leading out of the folder or in a circle"),
        *_note(listing.closed, "folder", why=", as it cannot be opened"),
    ]
    return SortedFiles(tuple(map(clean_name, tops)), train, test, notes)


def make_dataset(found: SortedFiles, read: Callable[[str], NDArray[np.uint8]]) -> Dataset:
    """The data set of these files; read gives the picture of a whole name, or PictureError."""
    train, test = found.train, found.test
    return Dataset(
        found.classes,
        NamedPictures(train.root, train.names, train.labels, read),
        test and NamedPictures(test.root, test.names, test.labels, read, part=True),
        found.notes,
    )


def _kinds(names: Iterable[str]) -> tuple[list[str], list[str], Counter[str]]:
    """Pictures, films, and how many others of each ending; the ending says which to look at."""
    images, films, others = [], [], Counter[str]()
    for name in sorted(names):
        kind = PurePosixPath(name).suffix.lower()
        if kind in IMAGES:
            images.append(name)
        elif kind in FILMS:
            films.append(name)
        else:
            others[clean_name(kind) if kind else "no ending"] += 1
    return images, films, others


def _find_roots(images: Sequence[str], shown: str) -> _Roots:
    """What the names of training and of test pictures begin with."""
    base = ""
    while True:
        inside = _by_top(images, base)
        deep = [top for top, names in inside.items() if _is_deep(names)]
        trains = [top for top in inside if _part(top) in TRAIN]
        tests = sorted(
            (top for top in inside if _part(top) in TEST), key=lambda top: TEST.index(_part(top))
        )
        chosen = next((top for top in trains if top in deep), None)
        if chosen and (tests or _is_alone(chosen, inside, deep)):
            test = f"{base}{tests[0]}/" if tests else None
            return _Roots(_unwrap(images, f"{base}{chosen}/"), test and _unwrap(images, test))
        if trains and tests and len(trains) + len(tests) == len(inside):
            raise ValueError(
                f"{shown} has {trains[0]} and {tests[0]}, but no class folders inside of "
                f"{trains[0]}: put the pictures of each class into a folder of its own there."
            )
        if len(tests) > 1 and len(tests) == len(inside) and set(tests) <= set(deep):
            raise ValueError(
                f"{shown} has {' and '.join(tests[:2])} but nothing to train on: name one of them."
            )
        if len(inside) != 1 or not deep:
            return _Roots(base, None)
        base += f"{deep[0]}/"


def _unwrap(images: Sequence[str], root: str) -> str:
    """The root below folders that hold nothing but one folder."""
    while len(inside := _by_top(images, root)) == 1:
        ((top, names),) = inside.items()
        if not _is_deep(names):
            break
        root += f"{top}/"
    return root


def _by_top(images: Sequence[str], base: str) -> dict[str, list[str]]:
    """Folder directly under the base -> the names of pictures from there on, sorted."""
    found: dict[str, list[str]] = {}
    for name in images:
        if name.startswith(base):
            top, slash, rest = name[len(base) :].partition("/")
            if slash:
                found.setdefault(top, []).append(rest)
    return dict(sorted(found.items()))


def _is_deep(names: Sequence[str]) -> bool:
    """Whether these pictures lie in folders of their own, but for a few."""
    nested = [name for name in names if "/" in name]
    return 2 * len(nested) > len(names) or len({_top(name) for name in nested}) > 1


def _is_alone(chosen: str, inside: dict[str, list[str]], deep: Sequence[str]) -> bool:
    """Whether no other folder seems to be a class as well: one with classes of the same names."""
    own = {_top(name) for name in inside[chosen]}
    return all(
        top == chosen or own & {_top(name) for name in inside[top] if "/" in name} for top in deep
    )


def _part(top: str) -> str:
    """Which part of a set a folder's name says it is: one of TRAIN and TEST, or ""."""
    match = _PART.fullmatch(top)
    return match[1].lower() if match else ""


def _test(
    images: Sequence[str], roots: _Roots, numbers: dict[str, int]
) -> tuple[Split | None, list[str]]:
    """Test pictures of the known classes, and those of others."""
    if roots.test is None:
        return None, []
    under = [name.removeprefix(roots.test) for name in images if name.startswith(roots.test)]
    known = [name for name in under if "/" in name and _top(name) in numbers]
    strange = [roots.test + name for name in under if "/" in name and _top(name) not in numbers]
    return (Split(roots.test, known, _labels(known, numbers)) if known else None), strange


def _labels(names: Sequence[str], numbers: dict[str, int]) -> NDArray[np.int64]:
    return np.array([numbers[_top(name)] for name in names], np.int64)


def _top(name: str) -> str:
    return name.partition("/")[0]


def _empty(folders: Iterable[str], root: str, tops: Sequence[str]) -> list[str]:
    """Folders beside the class folders in which there is no picture."""
    names = {name.removeprefix(root) for name in folders if name.startswith(root)}
    return sorted(name for name in names if name and "/" not in name and name not in tops)


def _note(names: Sequence[str], noun: str, which: str = "", why: str = "") -> list[str]:
    """What was left out as a sentence, or nothing."""
    if not names:
        return []
    counted = " ".join(filter(None, (format_count(len(names), noun), which)))
    return [f"{counted} left out{why}: {list_some(sorted(names))}."]


def _note_others(others: Counter[str]) -> list[str]:
    if not others:
        return []
    kinds = list_some([f"{n} of {kind}" for kind, n in others.most_common()])
    return [f"{format_count(others.total(), 'file')} of other kinds left out: {kinds}."]


def _describe_nothing(shown: str, films: Sequence[str], images: Sequence[str]) -> str:
    if images:
        return (
            f"{shown} has {format_count(len(images), 'picture')} but no class folders, so nobody "
            "knows their labels: put those of each class into a folder of its own."
        )
    if films:
        return (
            f"{shown} holds no pictures in class folders but {format_count(len(films), 'film')}: "
            "save frames of them as pictures, a folder a class."
        )
    return f"{shown} holds no pictures: put those of each class into a folder of its own."
