"""The bundled cut-outs: photos of single objects with an exact alpha. GPL-2.0-or-later data.

`assets/stamps-gpl2/stamps.json` is the one list. A file is either for training or held out.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from PIL import Image

from mixcore.data import ASSETS

FOLDER = ASSETS / "stamps-gpl2"
SPLITS = ("train", "held-out")


@dataclass(frozen=True)
class Stamp:
    """One cut-out object."""

    file: str
    name: str  # its class in plain words, "fire engine"
    group: str  # animal, vehicle or food
    imagenet: tuple[int, ...]  # ImageNet-1k indices that name it rightly, often none
    split: str  # one of SPLITS
    mirror: bool  # False where lettering would give a mirrored copy away
    source: str  # its path in the package

    @property
    def path(self) -> Path:
        return FOLDER / self.file


@lru_cache(maxsize=1)
def stamps() -> tuple[Stamp, ...]:
    """Every bundled cut-out."""
    rows = json.loads((FOLDER / "stamps.json").read_text(encoding="utf-8"))["stamps"]
    return tuple(Stamp(**{**row, "imagenet": tuple(row["imagenet"])}) for row in rows)


@lru_cache(maxsize=128)
def open_image(stamp: Stamp) -> Image.Image:
    """The decoded cut-out as RGBA, shared between callers: read it, never draw on it."""
    with Image.open(stamp.path) as file:
        return file.convert("RGBA")
