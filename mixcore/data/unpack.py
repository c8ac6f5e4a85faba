"""Packed data sets into folders that training reads: each picture decoded once. No torch.

A packed file is an .npz that holds `data` (JPEG or WebP bytes end to end), `offsets` (n + 1),
`labels` and `class_names`; where pictures share their first bytes also `header`, or `headers`
with `header_offsets` and `header_ids`. Pictures of one size become an .npz of `images` and `labels`
under the same name; others become files, one folder a class.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mixcore.data import limits
from mixcore.data.arrays import PackedPictures
from mixcore.data.npz import Npz

Held = dict[str, NDArray]
KEPT = ("labels", "class_names", "boxes", "wnids")
ABOUT = (*KEPT, "first_copy", "in_train")


def list_sets(source: Path) -> list[Path]:
    """The folders that hold packed files; ValueError where there is none."""
    found = sorted({path.parent for path in source.glob("*/*.npz")})
    if not found:
        raise ValueError(f"{source} holds no packed data sets: folders with .npz files in them.")
    return found


def unpack_set(folder: Path, target: Path, say: Callable[[str], None]) -> None:
    """Unpack one data set into target / its name; what is already there stays as it is.

    Pictures that a file marks as copies (`first_copy` false, or `in_train`) are left out: a test
    picture that is also trained on tests nothing.
    """
    place = target / folder.name
    place.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.glob("*.npz")):
        if (place / path.name).exists() or (place / path.stem).exists():
            say(f"{place / path.stem} is already there.")
            continue
        file = Npz(path)
        packed = PackedPictures(file)
        held = {name: file[name].load(limits.LABEL_BYTES) for name in ABOUT if name in file}
        rows = _rows(held)
        left_out = len(held["labels"]) - len(rows)
        sizes = {Image.open(io.BytesIO(packed.load_file(int(i)))).size for i in rows[:50]}
        if len(sizes) == 1:
            _stack(packed, held, rows, place / path.name)
        else:
            _files(packed, held, rows, place / path.stem)
        more = f", {left_out} copies left out" if left_out else ""
        say(f"{place / path.stem}: {len(rows):,} pictures{more}.")


def _rows(held: Held) -> NDArray[np.int64]:
    keep = np.ones(len(held["labels"]), bool)
    if "first_copy" in held:
        keep &= held["first_copy"]
    if "in_train" in held:
        keep &= ~held["in_train"]
    return np.flatnonzero(keep)


def _decoded(packed: PackedPictures, rows: NDArray[np.int64]) -> Iterator[NDArray[np.uint8]]:
    for i in rows:
        with Image.open(io.BytesIO(packed.load_file(int(i)))) as file:
            yield np.asarray(file.convert("RGB"))


def _stack(packed: PackedPictures, held: Held, rows: NDArray[np.int64], path: Path) -> None:
    images = np.stack(list(_decoded(packed, rows)))
    n = len(held["labels"])
    kept = {name: held[name] for name in KEPT if name in held}
    arrays: dict[str, Any] = {
        k: v[rows] if len(v) == n and k != "class_names" else v for k, v in kept.items()
    }
    arrays["labels"] = arrays["labels"].astype(np.int64)
    aside = path.with_name(f".{path.name}")
    with open(aside, "wb") as file:
        np.savez(file, images=images, **arrays)
    aside.rename(path)


def _files(packed: PackedPictures, held: Held, rows: NDArray[np.int64], folder: Path) -> None:
    """One folder a class, named by its WordNet id where there are some: names may repeat."""
    names = held["wnids"] if "wnids" in held else held["class_names"]
    aside = folder.with_name(f".{folder.name}")
    for i in rows:
        whole = packed.load_file(int(i))
        place = aside / str(names[int(held["labels"][i])])
        place.mkdir(parents=True, exist_ok=True)
        suffix = "webp" if whole[8:12] == b"WEBP" else "jpg"
        (place / f"{int(i):06d}.{suffix}").write_bytes(whole)
    aside.rename(folder)
