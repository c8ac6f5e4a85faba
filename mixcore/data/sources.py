"""Data sets by name or place: the one reader that training and audits go through. No torch."""

from __future__ import annotations

from pathlib import Path

from mixcore.data import PLACES
from mixcore.data.arrays import open_arrays
from mixcore.data.dataset import Dataset
from mixcore.data.folders import open_folder
from mixcore.data.splits import TEST
from mixcore.data.zips import open_zip
from mixcore.runs import home

PACKS = {".zip": open_zip, ".npz": open_arrays}


def find_path(name: str, *, bare: bool = False) -> Path | None:
    """The path of the data set that folder:PATH, zip:FILE, npz:FILE or MIXSCOPE_DATA name.

    bare  whether a path without such a word is a name, too
    None where there is nothing of that name; ValueError for a place that nothing can be at.
    """
    kind, _, rest = name.partition(":")
    placed = kind in PLACES and bool(rest)
    try:
        path = Path(rest if placed else name).expanduser()
        if placed:
            if not path.exists():
                noun = "folder" if kind == "folder" else "file"
                raise ValueError(f"There is no {noun} {path}: check its name and place.")
            return path
        if bare and path.exists():
            return path
        own = home.get_data_home() / name
        return own if name != ".." and own.parent == home.get_data_home() and own.exists() else None
    except RuntimeError:  # ~NAME of a user who is not known here
        raise ValueError(
            f"{rest if placed else name} begins with a user who is not known here: write the path "
            "in full."
        ) from None
    except OSError as error:
        raise ValueError(
            f"{name} cannot be looked at ({error.strerror or 'no reason given'}): check its name "
            "and rights."
        ) from None


def open_path(path: Path) -> Dataset:
    """The data set at a path; ValueError says in one sentence what is wrong with it.

    A folder holds a folder a class, or train.npz and perhaps test.npz.
    """
    try:
        if path.is_dir():
            pack = path / "train.npz"
            return open_arrays(pack, _find_test(path)) if pack.is_file() else open_folder(path)
        if path.is_file() and path.suffix.lower() in PACKS:
            return PACKS[path.suffix.lower()](path)
    except OSError as error:
        why = error.strerror or "no reason given"
        raise ValueError(f"{path.name} cannot be read ({why}): check its rights.") from None
    raise ValueError(f"{path.name} is neither a folder nor a .zip or .npz file.")


def _find_test(folder: Path) -> Path | None:
    places = (folder / f"{name}.npz" for name in TEST)
    return next((place for place in places if place.is_file()), None)
