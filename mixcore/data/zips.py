"""A zip in the form of such a folder, read in place: nothing is unpacked.

Refused whole, with one sentence: names that lead out of the folder, links, encrypted entries, more
than limits.ENTRIES of them, and bombs, by their growth or by their total size.
"""

from __future__ import annotations

import stat
import struct
import threading
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixcore import pictures
from mixcore.data import limits
from mixcore.data.dataset import Dataset, describe_cause, format_bytes
from mixcore.data.splits import Listing, is_hidden, make_dataset, sort_files


def open_zip(path: Path) -> Dataset:
    """The data set in a zip; ValueError says in a sentence what is wrong with it."""
    archive = _Archive(path)
    found = sort_files(archive.listing, path.name)
    return make_dataset(found, archive.read)


class _Archive:
    """An open zip: its files by name, and their pictures."""

    def __init__(self, path: Path) -> None:
        shown = path.name
        if (count := _count(path)) > limits.ENTRIES:
            raise ValueError(_describe_excess(shown, count))
        try:
            self._zip = zipfile.ZipFile(path)
        except UnicodeDecodeError:
            raise ValueError(
                f"{shown} says that its names are UTF-8, which they are not: pack it anew, or "
                "unpack it and name the folder."
            ) from None
        except Exception as error:  # zipfile meets hostile bytes: its list is open-ended
            raise ValueError(
                f"{shown} is no zip that can be read: {describe_cause(error)}."
            ) from None
        infos = {_spell(info.filename): info for info in self._zip.infolist()}
        _check(self._zip.infolist(), shown)
        self.listing = _listing(infos)
        self._reading = threading.Lock()

    def read(self, name: str) -> NDArray[np.uint8]:
        """The picture of that name as it is; PictureError where the entry is damaged."""
        try:
            with self._reading, self._zip.open(self.listing.files[name]) as file:
                content = file.read(pictures.MAX_BYTES + 1)  # no more, whatever it says it holds
        except Exception as error:  # decompressors have errors of their own
            raise pictures.PictureError(
                f"{name} cannot be unpacked ({describe_cause(error)})."
            ) from None
        return pictures.read(content, name)


def _listing(infos: dict[str, zipfile.ZipInfo]) -> Listing:
    """Files, folders and hidden ones; a hidden folder counts once, whatever it holds."""
    found, hidden = Listing(), set[str]()
    for name, info in infos.items():
        parts = name.rstrip("/").split("/")
        first = next((k for k, part in enumerate(parts) if is_hidden(part)), None)
        if first is not None:
            hidden.add("/".join(parts[: first + 1]))
            continue
        folders = len(parts) + 1 if name.endswith("/") else len(parts)
        found.folders.update("/".join(parts[:k]) for k in range(1, folders))
        if not name:
            hidden.add("an entry without a name")
        elif not name.endswith("/"):
            found.files[name] = info
    found.hidden.extend(hidden)
    return found


def _spell(name: str) -> str:
    """A name as it should have been packed: forward slashes, no empty parts; "" for "." alone."""
    plain = name.replace("\\", "/")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    return "/".join(parts) + ("/" if parts and plain.endswith("/") else "")


def _check(infos: list[zipfile.ZipInfo], shown: str) -> None:
    if len(infos) > limits.ENTRIES:
        raise ValueError(_describe_excess(shown, len(infos)))
    total = 0
    twice = Counter(_spell(info.filename) for info in infos if not _is_folder(info))
    for info in infos:
        name, spelled = info.filename, _spell(info.filename)
        parts = name.replace("\\", "/").split("/")
        if (len(parts) > 1 and not parts[0]) or ".." in parts or ":" in parts[0]:
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
        if spelled and twice[spelled] > 1:
            raise ValueError(f"{shown} is refused: it holds {name[:80]!r} {twice[spelled]} times.")
        large, packed = info.file_size, max(1, info.compress_size)
        if large > limits.SMALL_BYTES and large > limits.GROWTH * packed:
            raise ValueError(
                f"{shown} is refused: {name[:80]!r} would grow {info.compress_size:,} bytes into "
                f"{large:,}, over {limits.GROWTH} times, as no picture does."
            )
        total += large
    if total > limits.ZIP_BYTES:
        raise ValueError(
            f"{shown} is refused: it would unpack to {format_bytes(total)}, over the limit of "
            f"{format_bytes(limits.ZIP_BYTES)}; unpack it yourself and name the folder."
        )


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.filename.endswith(("/", "\\"))


def _describe_excess(shown: str, n: int) -> str:
    return (
        f"{shown} is refused: it has {n:,} entries, over the limit of {limits.ENTRIES:,}; unpack "
        "it yourself and name the folder."
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
