"""Uploads of the Audit page, kept under MIXSCOPE_HOME, as audits outlive pages.

Packs of pictures are looked at in a process of their own: what comes from others may be of any
size once it is unpacked. Never imports torch.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import threading
from pathlib import Path, PurePath
from typing import IO

from mixcore.audit import table_files
from mixcore.data import child
from mixcore.runs import files, home

PACKS, TABLE = (".zip", ".npz"), ".parquet"
UPLOADS = "uploads"
PIECE = 1 << 20  # bytes


def list_packs() -> dict[str, Path]:
    """Packs of pictures that were brought: the name on the page -> the file."""
    return {_called(path): path for path in _kept(PACKS)}


def list_tables() -> dict[str, Path]:
    """Tables that were brought here: the name on the page -> the file."""
    return {_called(path): path for path in _kept((TABLE,))}


def keep_upload(file: IO[bytes], name: str) -> str:
    """Keep an uploaded .zip, .npz or .parquet under MIXSCOPE_HOME; its name on the page.

    ValueError says in one sentence why it is refused; OSError where there is no room.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in (*PACKS, TABLE):
        raise ValueError(f"{name} is refused: bring a .zip or .npz of pictures, or a .parquet.")
    folder = home.get_home() / UPLOADS
    folder.mkdir(parents=True, exist_ok=True)
    coming, digest = folder / f".coming-{threading.get_ident()}", hashlib.sha256()
    try:
        with open(coming, "wb") as out:
            while piece := file.read(PIECE):
                digest.update(piece)
                out.write(piece)
        place = folder / digest.hexdigest()[:12] / _plain(name, suffix)
        place.parent.mkdir(exist_ok=True)
        coming.replace(place)
    finally:
        coming.unlink(missing_ok=True)
    try:
        _read(place)
    except ValueError:
        shutil.rmtree(place.parent)
        raise
    return _called(place)


def is_here(name: str) -> bool:
    """Whether this is the name of a file that was kept."""
    return any(_called(path) == name for path in _kept((*PACKS, TABLE)))


def delete_upload(name: str) -> int:
    """Delete what was kept under this name; the bytes that this freed."""
    freed = 0
    for path in _kept((*PACKS, TABLE)):
        if _called(path) == name:
            freed += files.measure_folder(path.parent)
            shutil.rmtree(path.parent)
    return freed


def _read(place: Path) -> None:
    """Look at a file as an audit would; ValueError for one that is of no use."""
    if place.suffix == TABLE:
        check_table(place)
        return
    child.call_in_child("mixcore.audit.audit_sources:open_source", place)


def check_table(place: Path) -> None:
    """ValueError where a file is no table of an audit."""
    table_files.read_facts(place)
    table_files.read_table(place)


def _kept(suffixes: tuple[str, ...]) -> list[Path]:
    folder = home.get_home() / UPLOADS
    found = [p for p in folder.glob("*/*") if p.suffix in suffixes and p.name[0] != "."]
    return sorted(found, key=lambda path: (path.name, path.parent.name))


def _called(path: Path) -> str:
    return f"{path.name} · {path.parent.name[:4]}"


def _plain(name: str, suffix: str) -> str:
    """The file's own name, of harmless letters."""
    stem = re.sub(r"[^\w .-]+", "_", PurePath(name).stem).strip(". ")[:60]
    return (stem or "data") + suffix
