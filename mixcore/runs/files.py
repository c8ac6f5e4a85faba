"""Files that are whole at every moment: written aside and renamed, appended line by line."""

from __future__ import annotations

import fcntl
import json
import math
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

LONGEST = 1 << 20  # bytes of a file of JSON, and of a line
MOST = 1 << 28  # bytes of a file of lines
DEPTH = 20  # lists and objects inside each other
LARGEST = 2.0**63  # of a number


def write_file(path: Path, content: bytes, *, lasting: bool = False) -> None:
    """Put content in the file at once: a reader finds the old or the new one, never a part.

    lasting waits until the disk has it, so that it also outlives a power cut.
    """
    with write_aside(path, lasting=lasting) as other:
        other.write_bytes(content)


@contextmanager
def write_aside(path: Path, *, lasting: bool = False) -> Iterator[Path]:
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
    """The same for a value as readable JSON; what is not finite becomes null."""
    write_file(path, (json.dumps(replace_nan(value), indent=1) + "\n").encode(), lasting=lasting)


def read_json(path: Path) -> dict[str, Any]:
    """The object in a file; ValueError says in a sentence what is wrong with it."""
    try:
        with open_regular(path) as file:
            content = file.read(LONGEST + 1)
        if len(content) > LONGEST:
            raise ValueError(f"it is longer than {LONGEST // 2**20} MB")
        value = parse_json(content)
    except FileNotFoundError:
        raise ValueError(f"{path.name} is missing from {path.parent.name}.") from None
    except (OSError, ValueError) as error:
        raise ValueError(
            f"{path.name} of {path.parent.name} cannot be read: {describe_error(error)}."
        ) from None
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} of {path.parent.name} holds no JSON object.")
    return value


def open_regular(path: Path) -> IO[bytes]:
    """Open a file to read; OSError for a folder, a pipe or a device, without waiting for it."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError("it is no ordinary file")
    return open(handle, "rb")


def describe_error(error: Exception) -> str:
    """What went wrong with a file, without its whole path and without an error number."""
    why = (isinstance(error, OSError) and error.strerror) or str(error)
    return " ".join(why.split()).rstrip(".")


def parse_json(content: str | bytes) -> Any:
    """A value of JSON that is safe to count with and to show; ValueError with what is wrong.

    It has no deep nesting, no number that is infinite or needs more than 64 bits, and no half of
    a surrogate pair: all of these can be read, and fail later, in whatever uses them.
    """
    try:
        value = json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except UnicodeError:
        raise ValueError("it is no text in UTF-8") from None
    except json.JSONDecodeError:
        raise
    except ValueError:  # Python's own refusal of thousands of digits
        raise ValueError("a number in it is too large") from None
    _check_json(value, DEPTH)
    return value


def _check_json(value: Any, depth: int) -> None:
    """ValueError where a value, or one inside it, is none that a page can use."""
    if isinstance(value, str):
        if not value.isascii() and any("\ud800" <= sign <= "\udfff" for sign in value):
            raise ValueError("a text in it has half of a surrogate pair")
    elif isinstance(value, int | float):
        if not abs(value) < LARGEST:
            raise ValueError("a number in it is too large, or none")
    elif value is not None and depth == 0:
        raise ValueError("it is nested too deeply")
    elif isinstance(value, dict):
        for name, one in value.items():
            _check_json(name, depth)
            _check_json(one, depth - 1)
    elif isinstance(value, list):
        for one in value:
            _check_json(one, depth - 1)


def encode_line(row: dict[str, Any]) -> bytes:
    """A row as one line of JSON; what is not finite becomes null."""
    return (json.dumps(replace_nan(row), separators=(",", ":"), allow_nan=False) + "\n").encode()


def replace_nan(value: Any) -> Any:
    """The value for JSON, which has no NaN and no infinity: null instead."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(name): replace_nan(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [replace_nan(one) for one in value]
    return value


class Tail:
    """The rows of a file of JSON lines, as they come: each read takes the new bytes only.

    A last line without its end is left for the next read, a line that is no JSON object is left
    out and counted in `bad`. A file that has become shorter was changed by hand: it is read anew,
    and `anew` says so after that read. `problem` says why there is nothing more to read, if so.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._offset = path, 0
        self.bad, self.anew, self.problem = 0, False, ""

    def read(self) -> list[dict[str, Any]]:
        """What was added since the last read; nothing while there is no file."""
        self.anew, self.problem = False, ""
        try:
            with open_regular(self._path) as file:
                size = os.fstat(file.fileno()).st_size
                if size < self._offset:
                    self._offset, self.bad, self.anew = 0, 0, True
                if size > MOST:
                    self.problem = f"only its first {MOST // 2**20} MB are read"
                file.seek(self._offset)
                return self._rows(file)
        except FileNotFoundError:
            return []
        except OSError as error:
            self.problem = describe_error(error)
            return []

    def _rows(self, file: IO[bytes]) -> list[dict[str, Any]]:
        """The rows of the lines that are whole, and of which there are not too many."""
        rows = []
        while self._offset < MOST:
            line = file.readline(LONGEST + 1)
            if not line.endswith(b"\n") and len(line) <= LONGEST:
                break
            self._offset += len(line)
            try:
                row = parse_json(line)
            except ValueError:
                row = None
            if isinstance(row, dict):
                rows.append(row)
            elif line.strip():
                self.bad += 1
        return rows


@contextmanager
def lock_file(path: Path) -> Iterator[None]:
    """Wait for the lock on a file and hold it; the system frees it when its holder dies."""
    with open(path, "a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(path: Path) -> bool:
    """Whether any process holds the lock on a file now."""
    try:
        with open_regular(path) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return True
    except OSError:  # there is none, or what has its name is no lock
        return False
    return False


def measure_folder(folder: Path) -> int:
    """Bytes of all files in a folder; what vanishes meanwhile does not count."""
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total
