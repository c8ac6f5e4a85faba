"""Labels from files as class numbers: (n,), (n, 1), one-hot, whole floats, text."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mixcore.data import limits
from mixcore.data.dataset import clean_name, format_count
from mixcore.data.npz import Member


class Labels(NamedTuple):
    """Class numbers (n,), the classes that they count, and a sentence where that needs one."""

    numbers: NDArray[np.int64]
    classes: tuple[str, ...]
    note: str = ""


def read_names(names: Member, shown: str) -> tuple[str, ...]:
    """The names of classes, one each; ValueError where they are no such list."""
    if len(names.shape) != 1:
        raise ValueError(
            f"{shown}: class_names must be a list of names, one a class, got the shape "
            f"{names.shape}."
        )
    if len(names) > limits.CLASSES:
        raise ValueError(
            f"{shown}: class_names has {len(names):,} names, over the limit of "
            f"{limits.CLASSES:,} classes."
        )
    return tuple(map(_plain, names.load(limits.NAME_BYTES).tolist()))


def read_labels(labels: Member, n: int, shown: str, names: tuple[str, ...] | None = None) -> Labels:
    """The labels of n training pictures, counted where no names say how many classes there are.

    With names, labels are places in that list, or names in it. ValueError says what is wrong.
    """
    found = _flat(labels, n, shown)
    if names is not None:
        return Labels(_numbers(found, names, shown, labels.name), names)
    if found.dtype.kind in "iu" and found.size and int(found.min()) < 0:
        raise ValueError(
            f"{shown}: labels must count the classes from 0, got {found.min()} to {found.max()}."
        )
    different, numbers = np.unique(found, return_inverse=True)
    if len(different) > limits.CLASSES:
        raise ValueError(
            f"{shown}: {labels.name} hold {len(different):,} different values, over the limit of "
            f"{limits.CLASSES:,} classes; labels name classes, they do not measure."
        )
    note = ""
    if different.dtype.kind in "iu" and int(different[-1]) >= len(different):
        note = (
            f"Its labels go from {different[0]:,} to {different[-1]:,}; the "
            f"{format_count(len(different), 'class')} among them are counted."
        )
    classes = tuple(map(_plain, different.tolist()))
    return Labels(numbers.reshape(-1).astype(np.int64), classes, note)


def match_labels(
    labels: Member, n: int, shown: str, known: tuple[str, ...], named: bool
) -> NDArray[np.int64]:
    """The labels of n test pictures as numbers of the known classes, which are those trained on.

    named  whether the file names its classes, so that numbers are places in that list
    """
    found = _flat(labels, n, shown)
    if named:
        return _numbers(found, known, shown, labels.name)
    places = {name: k for k, name in enumerate(known)}
    different, back = np.unique(found, return_inverse=True)
    for value in map(_plain, different.tolist()):
        if value not in places:
            raise ValueError(
                f"{shown}: {labels.name} hold {value!r}, which no training picture has as its "
                "label: add pictures of that class to train on, or leave these out."
            )
    numbers = np.array([places[_plain(value)] for value in different.tolist()], np.int64)
    return numbers[back.reshape(-1)]


def _flat(labels: Member, n: int, shown: str) -> NDArray:
    """Labels (n,) of whole numbers or text; ValueError for any others."""
    shape = labels.shape
    if shape not in ((n,), (n, 1)) and not (len(shape) == 2 and shape[0] == n and shape[1]):
        raise ValueError(
            f"{shown}: {labels.name} must be ({n},), one a picture, ({n}, 1), or one-hot with a "
            f"column a class, got {shape}."
        )
    found = labels.load(limits.LABEL_BYTES)
    if len(shape) == 2:
        found = found[:, 0] if shape[1] == 1 else _from_one_hot(found, shown, labels.name)
    if found.dtype.kind == "b":
        return found.astype(np.int64)
    if found.dtype.kind == "f":
        bad = found[~(np.isfinite(found) & (np.rint(found) == found) & (abs(found) < 2**53))]
        if len(bad):
            raise ValueError(
                f"{shown}: labels must be whole numbers, got {found.dtype} such as {bad[0]:g}."
            )
        return found.astype(np.int64)
    return found


def _from_one_hot(rows: NDArray, shown: str, name: str) -> NDArray:
    if rows.dtype.kind not in "biuf" or rows.shape[1] > limits.CLASSES:
        raise ValueError(f"{shown}: {name} have {rows.shape[1]:,} columns: save class numbers.")
    if not ((rows == 0) | (rows == 1)).all() or (np.count_nonzero(rows, axis=1) != 1).any():
        raise ValueError(
            f"{shown}: {name} with {rows.shape[1]} columns must be one-hot, a single 1 in each "
            "row; save the number of each picture's class instead."
        )
    return rows.argmax(1)


def _numbers(found: NDArray, names: tuple[str, ...], shown: str, name: str) -> NDArray[np.int64]:
    """Places in the list of names."""
    if found.dtype.kind in "US":
        places = {one: k for k, one in enumerate(names)}
        different, back = np.unique(found, return_inverse=True)
        plain = [_plain(value) for value in different.tolist()]
        unknown = next((value for value in plain if value not in places), None)
        if unknown is not None:
            raise ValueError(f"{shown}: {name} hold {unknown!r}, which class_names does not.")
        return np.array([places[value] for value in plain], np.int64)[back.reshape(-1)]
    if found.size and (int(found.min()) < 0 or int(found.max()) >= len(names)):
        raise ValueError(
            f"{shown}: {name} must count the classes from 0 to {len(names) - 1}, got "
            f"{found.min()} to {found.max()}."
        )
    return found.astype(np.int64)


def _plain(name: object) -> str:
    return clean_name(name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name))
