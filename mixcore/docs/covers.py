"""Covers of labs: what each shows first, light and dark, for the cards of the gallery."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np

from mixcore.labs import find_lab, list_labs
from mixcore.sheets import paper
from mixcore.sheets.panels import Sheet, list_arrays

FOLDER = Path(__file__).parents[2] / "assets" / "labs"
DIGESTS = FOLDER / "covers.json"
THEMES = ("light", "dark")
SEED = 0


def make_sheet(key: str) -> Sheet:
    """The Sheet that a lab opens with."""
    lab = find_lab(key)()
    return lab.look(np.random.default_rng(SEED), lab.prepare({}))


def find_digest(key: str) -> str:
    """What a cover was made from, as a digest: the arrays of its hero panel to one per cent."""
    digest = hashlib.sha256()
    for name, array in list_arrays(make_sheet(key).panels[0]):
        digest.update(f"{name} {array.shape}".encode())
        digest.update(_coarsen(array).tobytes())
    return digest.hexdigest()[:16]


def _coarsen(array: np.ndarray) -> np.ndarray:
    """The same as another machine has it: pictures to sixteen tones, numbers to a hundredth."""
    if array.dtype == np.uint8:
        return array >> 4
    if array.dtype.kind != "f":
        return array
    most = np.abs(array[np.isfinite(array)]).max(initial=0) or 1
    return np.nan_to_num(np.round(array / most, 2) + 0.0, nan=9)


def write_covers() -> None:
    """Draw the covers whose lab shows something else now, and note what they were made from."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    known = json.loads(DIGESTS.read_text()) if DIGESTS.is_file() else {}
    digests = {key: find_digest(key) for key in list_labs()}
    for key, digest in digests.items():
        paths = {theme: FOLDER / f"{key}-{theme}.webp" for theme in THEMES}
        if known.get(key) == digest and all(path.is_file() for path in paths.values()):
            continue
        sheet = make_sheet(key)
        for theme, path in paths.items():
            path.write_bytes(paper.draw_cover(sheet, theme))
    DIGESTS.write_text(json.dumps(digests, indent=1) + "\n", encoding="utf-8")
