"""Pictures in an .npz: plain arrays, or JPEG, PNG and WebP files end to end.

The keys are those in use: images and labels, train_images and test_images as MedMNIST has them,
x_train, y_train, x_test and y_test as Keras has them. Pictures are (n, h, w), (n, h, w, c) or
(n, c, h, w) of 1 or 3 channels: uint8, whole numbers to 255, floats in [0, 1] or in [0, 255].
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixcore import pictures
from mixcore.data import limits
from mixcore.data.dataset import Dataset, format_count
from mixcore.data.labels import match_labels, read_labels, read_names
from mixcore.data.npz import Member, Npz

PARTS = ("{}_images", "{}_labels"), ("x_{}", "y_{}")
TRAIN = (
    *((x.format("train"), y.format("train")) for x, y in PARTS),
    ("images", "labels"), ("x", "y"), ("data", "labels"),
)  # fmt: skip
TEST = tuple(
    (x.format(part), y.format(part))
    for part in ("test", "val", "valid", "validation")
    for x, y in PARTS
)


class ArrayPictures:
    """Pictures (n, h, w), (n, h, w, c) or (n, c, h, w) in an array, as uint8.

    shape  (h, w, c) of each
    """

    def __init__(self, images: Member, shown: str) -> None:
        images.check_rows()
        self._images, sides = images, images.shape[1:]
        last = len(sides) == 2 or (len(sides) == 3 and sides[2] in (1, 3))
        self._first = len(sides) == 3 and not last and sides[0] in (1, 3)
        if not last and not self._first:
            raise ValueError(
                f"{shown}: images must be (n, h, w), (n, h, w, c) or (n, c, h, w) with c of 1 or "
                f"3, got {images.shape}."
            )
        if not len(images):
            raise ValueError(f"{shown} holds no pictures.")
        h, w, c = (*sides[1:], sides[0]) if self._first else (*sides, 1)[:3]
        self.shape = (h, w, c)
        if not h * w or h * w > pictures.MAX_PIXELS:
            raise ValueError(
                f"{shown}: {images.name} are of {w:,} x {h:,} pixels, which is none or over the "
                f"limit of {pictures.MAX_PIXELS // 10**6} megapixels."
            )
        self.top = _largest(images, shown)
        self._scale = 255.0 if self.top <= 1 and images.dtype.kind == "f" else 1.0
        self.labels: NDArray[np.int64] = np.zeros(len(images), np.int64)

    def __len__(self) -> int:
        return len(self._images)

    def name(self, i: int) -> str:
        """Its place in the file."""
        return f"picture {i}"

    def read(self, i: int) -> NDArray[np.uint8]:
        """Picture i, uint8 (h, w, 3); PictureError where its file has changed."""
        try:
            (image,) = self._levels(self._images.rows(i, i + 1))
        except ValueError as error:
            raise pictures.PictureError(str(error)) from None
        return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))

    def pieces(self) -> Iterator[NDArray[np.uint8]]:
        """All pictures in order, uint8 (some, h, w, c)."""
        return map(self._levels, self._images.pieces())

    def scale_as(self, other: ArrayPictures, shown: str) -> None:
        """Scale these pictures as the others are; ValueError where that cannot be."""
        if other._scale == 255.0 and self.top > 1 and self._images.dtype.kind == "f":
            raise ValueError(
                f"{shown}: the training pictures go up to {other.top:g} and {self._images.name} "
                f"to {self.top:g}: bring both to [0, 1] or to [0, 255]."
            )
        if self._images.dtype.kind == other._images.dtype.kind:
            self._scale = other._scale

    def _levels(self, rows: NDArray) -> NDArray[np.uint8]:
        if rows.dtype != np.uint8:
            rows = np.rint(rows * self._scale).astype(np.uint8)
        if rows.ndim == 3:
            return rows[..., None]
        return np.moveaxis(rows, 1, 3) if self._first else rows


class PackedPictures:
    """Files of pictures end to end in `data`, cut at `offsets` (n + 1,).

    Where files share their first bytes these are in `header`, or in `headers`, cut at
    `header_offsets`, of which picture i has number `header_ids[i]`.
    """

    def __init__(self, file: Npz) -> None:
        if "data" not in file:
            raise ValueError(f"{file.shown} holds no data, the files of its pictures end to end.")
        self._data, ends = file["data"], _ends(file, "offsets")
        n = len(ends) - 1
        if n < 1 or ends[-1] > len(self._data):
            raise ValueError(f"{file.shown}: offsets do not fit its data.")
        if self._data.dtype != np.uint8 or len(self._data.shape) != 1:
            raise ValueError(f"{file.shown}: data must be bytes, uint8 (m,).")
        self._places, self._starts, self._stops = np.arange(n), ends[:-1], ends[1:]
        self._headers, self._ids = [b""], np.zeros(n, np.int64)
        if "header" in file:
            self._headers = [file["header"].load(limits.NAME_BYTES).tobytes()]
        elif "header_ids" in file:
            self._headers, self._ids = _headers(file, n)
        self.labels: NDArray[np.int64] = np.zeros(n, np.int64)

    def __len__(self) -> int:
        return len(self._places)

    def name(self, i: int) -> str:
        """Its place in the file."""
        return f"picture {self._places[i]}"

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Only these pictures from now on."""
        for name in ("_places", "_starts", "_stops", "_ids", "labels"):
            setattr(self, name, getattr(self, name)[rows])

    def load_file(self, i: int) -> bytes:
        """The whole file of picture i, or as much as it takes to be refused as too large."""
        start = int(self._starts[i])
        stop = min(int(self._stops[i]), start + pictures.MAX_BYTES + 1)
        try:
            return self._headers[self._ids[i]] + self._data.rows(start, stop).tobytes()
        except ValueError as error:
            raise pictures.PictureError(str(error)) from None

    def read(self, i: int) -> NDArray[np.uint8]:
        """Picture i, decoded."""
        return pictures.read(self.load_file(i), self.name(i))


def open_arrays(path: Path, test: Path | None = None) -> Dataset:
    """The data set in an .npz, with test pictures of the same file or of another one.

    ValueError says in one sentence what is wrong with it.
    """
    file = Npz(path)
    images, labels = _pair(file, TRAIN)
    if images is None or labels is None:
        raise ValueError(
            f"{path.name} must hold the arrays images and labels, it holds: "
            f"{', '.join(file.arrays) or 'nothing'}."
        )
    names = read_names(file["class_names"], path.name) if "class_names" in file else None
    train = _pictures(file, images)
    found = read_labels(labels, len(train), path.name, names)
    train.labels = found.numbers
    other = Npz(test) if test else file
    held = _pair(other, TRAIN if test else TEST)
    tests = None
    if held[0] is not None and held[1] is not None:
        tests = _pictures(other, held[0])
        if isinstance(tests, ArrayPictures) and isinstance(train, ArrayPictures):
            tests.scale_as(train, other.shown)
        tests.labels = match_labels(
            held[1], len(tests), other.shown, found.classes, names is not None
        )
    notes = [found.note] if found.note else []
    if isinstance(tests, PackedPictures) and "in_train" in other:
        notes += _without_copies(tests, other)
    return Dataset(found.classes, train, tests if tests and len(tests) else None, notes)


def _without_copies(tests: PackedPictures, file: Npz) -> list[str]:
    """Leave out test pictures that the file says are trained on, too: they test nothing."""
    copies = file["in_train"].load(limits.LABEL_BYTES)
    if copies.shape != (len(tests),) or copies.dtype != bool:
        raise ValueError(f"{file.shown}: in_train must be True or False for each picture.")
    tests.keep(~copies)
    n = int(copies.sum())
    return (
        [f"{format_count(n, 'test picture')} left out, as they are trained on, too."] if n else []
    )


def _pictures(file: Npz, images: Member) -> ArrayPictures | PackedPictures:
    if images.name.lower() == "data" and len(images.shape) < 3:
        if "offsets" not in file:
            raise ValueError(
                f"{file.shown}: data needs offsets, which say where each picture's file begins; "
                f"it holds: {', '.join(file.arrays)}."
            )
        return PackedPictures(file)
    return ArrayPictures(images, file.shown)


def _pair(file: Npz, keys: tuple[tuple[str, str], ...]) -> tuple[Member | None, Member | None]:
    """The first pictures that are there with labels, whatever the case of their names."""
    low = {name.lower(): member for name, member in file.arrays.items()}
    return next(((low[x], low[y]) for x, y in keys if x in low and y in low), (None, None))


def _largest(images: Member, shown: str) -> float:
    """The largest value; ValueError for values that are no levels of brightness."""
    kind = images.dtype.kind
    if images.dtype == np.uint8:
        return 255.0
    if kind not in "iuf":
        raise ValueError(
            f"{shown}: {images.name} must be uint8, or floats in [0, 1] or [0, 255], got "
            f"{images.dtype}."
        )
    low, high, bad = np.inf, -np.inf, 0
    for rows in images.pieces():
        fine = np.isfinite(rows) if kind == "f" else None
        if fine is not None and not fine.all():
            bad += int((~fine).reshape(len(rows), -1).any(1).sum())
            continue
        low, high = min(low, float(rows.min())), max(high, float(rows.max()))
    if bad:
        raise ValueError(
            f"{shown}: {bad} of {len(images)} pictures hold pixels that are no numbers (NaN or "
            "infinite): leave these out."
        )
    if low < 0 or high > 255:
        raise ValueError(
            f"{shown}: pixels must be in [0, 255], or as floats in [0, 1], got {low:g} to {high:g}."
        )
    return high


def _ends(file: Npz, name: str) -> NDArray[np.int64]:
    """Places at which bytes are cut, never falling; ValueError where they are not."""
    if name not in file:
        raise ValueError(f"{file.shown}: it has no {name}, which say where each part begins.")
    ends = file[name].load(limits.LABEL_BYTES)
    if ends.dtype.kind not in "iu" or ends.ndim != 1:
        raise ValueError(f"{file.shown}: {name} must be whole numbers (n + 1,), got {ends.shape}.")
    ends = ends.astype(np.int64)
    if (np.diff(ends) < 0).any() or (len(ends) and ends[0] < 0):
        raise ValueError(f"{file.shown}: {name} do not fit: they must start at 0 and never fall.")
    return ends


def _headers(file: Npz, n: int) -> tuple[list[bytes], NDArray[np.int64]]:
    """First bytes that files share, and which of them each file has."""
    ends = _ends(file, "header_offsets")
    if "headers" not in file:
        raise ValueError(f"{file.shown}: it has header_ids, but no headers.")
    every = file["headers"].load(limits.NAME_BYTES).tobytes()
    ids = file["header_ids"].load(limits.LABEL_BYTES)
    if ids.shape != (n,) or ids.dtype.kind not in "iu" or len(ends) < 2 or ends[-1] > len(every):
        raise ValueError(
            f"{file.shown}: header_ids and header_offsets do not fit its {n} pictures."
        )
    if n and (int(ids.min()) < 0 or int(ids.max()) >= len(ends) - 1):
        raise ValueError(f"{file.shown}: header_ids must be below {len(ends) - 1}.")
    return [every[a:b] for a, b in pairwise(ends.tolist())], ids.astype(np.int64)
