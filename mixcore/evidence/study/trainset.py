"""Labelled pictures packed into one .npz: what the bundled models are trained and judged on.

A file holds `data` (JPEG or WebP bytes end to end), `offsets` (n + 1) and `labels` (n,); where
pictures share their headers also `headers`, `header_offsets`, `header_ids`; `wnids` where labels
count a choice of ImageNet's classes instead of all 1000; `boxes` (n, 4) as x0, y0, x1, y1.
"""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

TINY = "tiny-imagenet-100"
SAMPLES = "imagenet-samples"


class PackedSet:
    """The pictures of one file.

    labels  (n,) indices into ImageNet's 1000 classes
    chosen  the classes that occur, ascending: 100 of them in Tiny-ImageNet's part
    boxes   (n, 4) x0, y0, x1, y1 in pixels, or None; a box without an inside means no box
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise ValueError(f"There are no pictures at {path}: name the folder that holds them.")
        with np.load(path, allow_pickle=False) as file:
            held = {name: file[name] for name in file.files}
        self._data, self._offsets = held["data"].tobytes(), held["offsets"]
        self._ids = held.get("header_ids")
        self._headers: list[bytes] = []
        if self._ids is not None:
            ends, all_headers = held["header_offsets"], held["headers"].tobytes()
            self._headers = [all_headers[a:b] for a, b in pairwise(ends)]
        labels = held["labels"].astype(np.int64)
        self.labels = load_class_indices(held["wnids"])[labels] if "wnids" in held else labels
        self.chosen = np.unique(self.labels)
        self.boxes = held.get("boxes")

    def __len__(self) -> int:
        return len(self.labels)

    def picture(self, i: int) -> Image.Image:
        """Picture i, decoded to RGB at its own size."""
        head = self._headers[self._ids[i]] if self._ids is not None else b""
        body = self._data[self._offsets[i] : self._offsets[i + 1]]
        with Image.open(io.BytesIO(head + body)) as file:
            return file.convert("RGB")

    def enlarged(self, i: int, side: int) -> NDArray[np.uint8]:
        """The whole picture i as uint8 (side, side, 3)."""
        return np.array(self.picture(i).resize((side, side), Image.Resampling.BICUBIC))

    def crop(self, i: int, side: int, rng: np.random.Generator, least: float) -> NDArray[np.uint8]:
        """A random crop of picture i as uint8 (side, side, 3).

        Its area is at least `least` of the largest square, its shape at most 4 : 3 either way.
        """
        picture = self.picture(i)
        span = min(picture.size) * np.sqrt(rng.uniform(least, 1))
        shape = (4 / 3) ** rng.uniform(-0.5, 0.5)
        w, h = min(span * shape, picture.width), min(span / shape, picture.height)
        x, y = rng.uniform(0, picture.width - w), rng.uniform(0, picture.height - h)
        box = (x, y, min(x + w, picture.width), min(y + h, picture.height))
        return np.array(picture.resize((side, side), Image.Resampling.BICUBIC, box=box))


def load_class_indices(wnids: NDArray[np.str_]) -> NDArray[np.int64]:
    """The indices 0 to 999 of ImageNet's classes by their WordNet ids, n01440764 and so on."""
    from timm.data.imagenet_info import ImageNetInfo

    at = {name: i for i, name in enumerate(ImageNetInfo().label_names())}
    return np.array([at[str(wnid)] for wnid in wnids], dtype=np.int64)
