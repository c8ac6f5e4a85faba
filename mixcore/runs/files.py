"""Files that are whole at every moment: written aside and renamed, appended line by line."""

from __future__ import annotations

import fcntl
import json
import math
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any


def write(path: Path, content: bytes, *, lasting: bool = False) -> None:
    """Put content in the file at once: a reader finds the old or the new one, never a part.

    lasting waits until the disk has it, so that it also outlives a power cut.
    """
    with aside(path, lasting=lasting) as other:
        other.write_bytes(content)


@contextmanager
def aside(path: Path, *, lasting: bool = False) -> Iterator[Path]:
    """A path beside the file to write to, which takes its place when the block ends well."""
    name = path.with_name(f".{path.name}-{os.getpid()}-{threading.get_ident()}")
    try:
        yield name
        if lasting:
            with open(name, "rb") as file:
                os.fsync(file.fileno())
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
    if lasting:
        with folder_handle(path.parent) as folder:
            os.fsync(folder)


@contextmanager
def folder_handle(folder: Path) -> Iterator[int]:
    """An open descriptor of a folder."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


def write_json(path: Path, value: Any, *, lasting: bool = False) -> None:
    """The same for a value as JSON that a person can read."""
    write(path, (json.dumps(value, indent=1) + "\n").encode(), lasting=lasting)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; ValueError says in a sentence what is wrong with it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"{path.name} is missing from {path.parent.name}.") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{path.name} of {path.parent.name} cannot be read: {error}.") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} of {path.parent.name} holds no JSON object.")
    return found


def line(row: dict[str, Any]) -> bytes:
    """A row as one line of JSON; numbers that are not finite, which JSON lacks, become null."""
    return (json.dumps(_plain(row), separators=(",", ":"), allow_nan=False) + "\n").encode()


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value


class Tail:
    """The rows of a file of JSON lines, as they come: each read takes the new bytes only.

    A last line without its end is left for the next read, a line that is no JSON object is left
    out and counted in `bad`. A file that has become shorter was changed by hand: it is read anew,
    and `anew` says so after that read.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0
        self.bad, self.anew = 0, False

    def read(self) -> list[dict[str, Any]]:
        """What was added since the last read; nothing while there is no file."""
        self.anew = False
        try:
            with open(self._path, "rb") as file:
                if os.fstat(file.fileno()).st_size < self._offset:
                    self._offset, self.bad, self.anew = 0, 0, True
                file.seek(self._offset)
                content = file.read()
        except FileNotFoundError:
            return []
        end = content.rfind(b"\n") + 1
        self._offset += end
        rows = []
        for piece in content[:end].splitlines():
            try:
                row = json.loads(piece)
            except ValueError:
                row = None
            if isinstance(row, dict):
                rows.append(row)
            elif piece.strip():
                self.bad += 1
        return rows


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for the lock on a file and hold it; the system frees it when its holder dies."""
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def held(path: Path) -> bool:
    """Whether somebody holds the lock on a file now."""
    try:
        with open(path) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def size(folder: Path) -> int:
    """Bytes of all files in a folder; what vanishes meanwhile does not count."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total
