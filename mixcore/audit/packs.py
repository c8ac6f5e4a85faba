"""Pictures in an .npz: plain arrays, or JPEG and WebP bytes end to end, decoded when asked for."""

from __future__ import annotations

import zipfile
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mixcore import pictures

Held = dict[str, Any]


class Arrays:
    """images (n, h, w) or (n, h, w, 1 or 3), uint8 or floats in [0, 1]; labels (n,)."""

    def __init__(self, held: Held, shown: str) -> None:
        from mixcore.train.checks import checked

        images = held.get("images", held.get("train_images"))
        labels = held.get("labels", held.get("train_labels"))
        if images is None or labels is None:
            raise ValueError(
                f"{shown} must hold the arrays images and labels, it holds: "
                f"{', '.join(held) or 'nothing'}."
            )
        names = held.get("class_names")
        part = checked(shown, images, labels, None if names is None else len(names))
        self._images, self.labels = part.x.numpy(), part.y.numpy()
        self.classes = _classes(names, self.labels)
        self.notes: list[str] = []

    def name(self, i: int) -> str:
        """Its place in the file."""
        return f"picture {i}"

    def picture(self, i: int) -> NDArray[np.uint8]:
        """Picture i, uint8 (h, w, 3)."""
        image = np.moveaxis(self._images[i], 0, 2)
        return np.ascontiguousarray(np.broadcast_to(image, (*image.shape[:2], 3)))


class Packed:
    """data (bytes end to end), offsets (n + 1,), labels (n,); header or headers where shared."""

    def __init__(self, held: Held, shown: str) -> None:
        self._data, self._offsets = held["data"], held["offsets"].astype(np.int64)
        self.labels = held["labels"].astype(np.int64)
        ends = self._offsets
        if len(ends) != len(self.labels) + 1 or (np.diff(ends) < 0).any() or ends[-1] > len(
            self._data
        ):  # fmt: skip
            raise ValueError(f"{shown}: offsets do not fit its {len(self.labels)} labels and data.")
        self._headers, self._ids = [b""], np.zeros(len(self.labels), np.int64)
        if "header" in held:
            self._headers = [held["header"].tobytes()]
        elif "header_ids" in held:
            every = held["headers"].tobytes()
            self._headers = [every[a:b] for a, b in pairwise(held["header_offsets"].tolist())]
            self._ids = held["header_ids"].astype(np.int64)
        self.classes = _classes(held.get("class_names"), self.labels)
        self.notes: list[str] = []

    def name(self, i: int) -> str:
        """Its place in the file."""
        return f"picture {i}"

    def picture(self, i: int) -> NDArray[np.uint8]:
        """Picture i, decoded."""
        start, end = self._offsets[i], self._offsets[i + 1]
        return pictures.read(
            self._headers[self._ids[i]] + self._data[start:end].tobytes(), self.name(i)
        )


def opened(path: Path) -> Arrays | Packed:
    """What is in the file; ValueError where it is no .npz of either form."""
    try:
        with np.load(path, allow_pickle=False) as file:
            held: Held = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path.name} is no .npz of plain arrays: {error}") from None
    if {"data", "offsets", "labels"} <= set(held):
        return Packed(held, path.name)
    return Arrays(held, path.name)


def _classes(names: Any, labels: NDArray[np.int64]) -> tuple[str, ...]:
    k = int(labels.max()) + 1
    if names is None:
        return tuple(map(str, range(k)))
    if k > len(names) or int(labels.min()) < 0:
        raise ValueError(f"Labels must be in [0, {len(names) - 1}], got one of {k - 1}.")
    return tuple(map(str, names))
