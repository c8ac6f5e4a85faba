"""A zip in ImageFolder form, read in place: nothing is unpacked, so nothing can land elsewhere.

Refused whole, with one sentence: names that lead out of the folder, links, encrypted entries, more
than ENTRIES of them, and bombs, by their ratio or by their total size.
"""

from __future__ import annotations

import stat
import struct
import threading
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from mixcore import pictures
from mixcore.audit.folders import SPLITS, sorted_out

ENTRIES = 100_000
TOTAL = 64 * 2**30  # bytes unpacked
RATIO, SMALL = 200, 2**20  # an entry that unpacks to more than SMALL may grow by RATIO at most


class Zip:
    """Pictures of a zip; see mixcore.audit.folders.Folder for the fields."""

    def __init__(self, path: Path) -> None:
        shown = path.name
        if _count(path) > ENTRIES:
            raise ValueError(_too_many(shown, _count(path)))
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise ValueError(f"{shown} is no zip that can be read: {error}.") from None
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        _check(infos, shown)
        named = {info.filename: info for info in infos if not _hidden(info.filename)}
        root = _root(list(named))
        self._infos = {name.removeprefix(root): info for name, info in named.items()}
        inside = [name for name in self._infos if name]
        self._names, self.labels, self.classes, self.notes = sorted_out(inside, shown)
        self._reading = threading.Lock()

    def name(self, i: int) -> str:
        """Its path inside the zip."""
        return self._names[i]

    def __len__(self) -> int:
        return len(self._names)

    def read(self, i: int) -> NDArray[np.uint8]:
        """Picture i as it is; PictureError where the entry is damaged."""
        name = self._names[i]
        try:
            with self._reading, self._zip.open(self._infos[name]) as file:
                content = file.read(pictures.MAX_BYTES + 1)  # no more, whatever it says it holds
        except (zipfile.BadZipFile, OSError, EOFError, ValueError, NotImplementedError) as error:
            raise pictures.PictureError(f"{name} cannot be unpacked ({error}).") from None
        except Exception as error:  # decompressors have errors of their own
            raise pictures.PictureError(f"{name} cannot be unpacked ({error}).") from None
        return pictures.read(content, name)


def _check(infos: list[zipfile.ZipInfo], shown: str) -> None:
    if len(infos) > ENTRIES:
        raise ValueError(_too_many(shown, len(infos)))
    total = 0
    twice = Counter(info.filename for info in infos)
    for info in infos:
        name = info.filename
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise ValueError(
                f"{shown} is refused: its entry {name[:80]!r} leads out of the folder; pack the "
                "class folders anew."
            )
        if stat.S_ISLNK(info.external_attr >> 16):
            raise ValueError(
                f"{shown} is refused: its entry {name[:80]!r} is a link; pack the files themselves."
            )
        if info.flag_bits & 1:
            raise ValueError(f"{shown} is encrypted; pack it without a password.")
        if twice[name] > 1:
            raise ValueError(f"{shown} is refused: it holds {name[:80]!r} {twice[name]} times.")
        if info.file_size > SMALL and info.file_size > RATIO * max(1, info.compress_size):
            raise ValueError(
                f"{shown} is refused: {name[:80]!r} would grow {info.compress_size:,} bytes into "
                f"{info.file_size:,}, over {RATIO} times, as no picture does."
            )
        total += info.file_size
    if total > TOTAL:
        raise ValueError(
            f"{shown} is refused: it would unpack to {total / 2**30:,.0f} GB, over the limit of "
            f"{TOTAL // 2**30} GB; unpack it yourself and name the folder."
        )


def _root(names: list[str]) -> str:
    """What all names start with and no class folder is: PACK/train/ of PACK/train/CLASS/FILE."""
    root = ""
    while True:
        rest = [name.removeprefix(root) for name in names if name.startswith(root)]
        tops = {PurePosixPath(name).parts[0] for name in rest if "/" in name}
        wanted = next((top for top in SPLITS if top in tops), None)
        deep = all(len(PurePosixPath(name).parts) > 2 for name in rest)
        if wanted is None and len(tops) == 1 and deep:
            wanted = tops.pop()
        if wanted is None:
            return root
        root += f"{wanted}/"


def _hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in PurePosixPath(name).parts)


def _too_many(shown: str, n: int) -> str:
    return (
        f"{shown} is refused: it has {n:,} entries, over the limit of {ENTRIES:,}; unpack it "
        "yourself and name the folder."
    )


def _count(path: Path) -> int:
    """How many entries a zip says it has, read off its end before anything is made of it."""
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - 65_557))
            tail = file.read()
            at = tail.rfind(b"PK\5\6")
            if at < 0 or len(tail) < at + 22:
                return 0
            (count,) = struct.unpack_from("<H", tail, at + 10)
            if count < 0xFFFF or at < 20 or tail[at - 20 : at - 16] != b"PK\6\7":
                return int(count)
            (place,) = struct.unpack_from("<Q", tail, at - 12)
            file.seek(place)
            return int(struct.unpack_from("<Q", file.read(56), 32)[0])
    except (OSError, struct.error, ValueError):
        return 0
