"""The bundled photos: their pixels, subjects, authors and licenses.

`assets/photos/photos.json` is the one list; `assets/photos/CREDITS.md` says the same to readers.
"""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mixcore.data import ASSETS

FOLDER = ASSETS / "photos"
KINDS = ("photo", "texture", "science")


@dataclass(frozen=True)
class Photo:
    """One bundled picture: its words, its terms, and its use as the ground of a scene."""

    name: str
    title: str  # one or two plain words, as a label
    alt: str  # one sentence for a person who can't see the picture
    kind: str  # one of KINDS
    credit: str
    licence: str
    package: str  # where it was taken from
    source: str  # its page of origin, "" where the package names none
    class_hint: str  # what a classifier should find in it
    contains: tuple[str, ...]  # classes of scenes that are in view: no ground for these
    background: str | None  # the split of scenes it may be the ground of
    tints: tuple[str, ...]  # colours a grey texture may take, as #rrggbb

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.name}.jpg"

    @property
    def caption(self) -> str:
        """Credit and licence in one line, to be shown beside the picture."""
        return f"{self.title}: {self.credit} ({self.licence})"


@lru_cache(maxsize=1)
def photos() -> tuple[Photo, ...]:
    """Every bundled picture, everyday colour photos first."""
    rows = json.loads((FOLDER / "photos.json").read_text(encoding="utf-8"))["photos"]
    for row in rows:
        row.update(contains=tuple(row["contains"]), tints=tuple(row["tints"]))
    return tuple(Photo(**row) for row in rows)


def names(kind: str | None = None) -> tuple[str, ...]:
    """Names of all pictures, or of one kind: "photo", "texture" or "science"."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)} or None, got {kind!r}.")
    return tuple(photo.name for photo in photos() if kind in (None, photo.kind))


def info(name: str) -> Photo:
    """What is known about one picture; ValueError names close matches when there is none."""
    found = {photo.name: photo for photo in photos()}.get(name)
    if found is None:
        close = difflib.get_close_matches(str(name), names(), n=3) or names()[:3]
        raise ValueError(f"There is no picture {name!r} in the gallery; try {', '.join(close)}.")
    return found


def load(name: str) -> NDArray[np.uint8]:
    """The whole picture as uint8 (h, w, 3) in sRGB, longest side at most 800; yours to change."""
    return np.array(open_image(name))


@lru_cache(maxsize=32)
def open_image(name: str) -> Image.Image:
    """The decoded picture, shared between callers: read it, never draw on it."""
    with Image.open(info(name).path) as file:
        return file.convert("RGB")
