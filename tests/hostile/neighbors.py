"""Neighbors of what is valid: files and documents changed a little, in each of the usual ways.

Everything is drawn from a seed, so a neighbor that breaks something is found again by its name.
"""

import copy
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

Random = np.random.Generator

# What a number in a link, a form or a file may be instead of one.
ODD_NUMBERS = (
    "", " ", "inf", "-inf", "nan", "1e400", "-1e400", "9" * 400, "-1", "-0", "0x10", "1_0", "1,5",
    "٣", "1e-400", str(2**31), str(2**63), str(2**64), "true", "None", "[]", "1;2", "\ud800", "\0",
)  # fmt: skip

# What a file, a class or an entry may be called.
ODD_NAMES = (
    "", " ", ".", "..", "../up", "/root", "a/../../b", "C:\\x", "back\\slash", "~nouser", "a\0b",
    "a\nb", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "<b>bold</b>",
    "\u202egpj.exe", "\ud800", "x" * 300, "CON", "%2e%2e%2f", "label.jpg.exe", "é", "e\u0301",
)  # fmt: skip

# What a value of a JSON document may be instead of the one that belongs there.
ODD_VALUES: tuple[Any, ...] = (
    None, True, -1, 0, 2**31 - 1, 2**63, 10**400, 0.5, float("nan"), float("inf"), "", "x",
    "\ud800", "\0", "9" * 400, [], [[]], [None], {}, {"": None}, {"a": {"a": {}}},
)  # fmt: skip

# Whole texts that a reader of JSON may meet in place of a document.
ODD_TEXTS: tuple[bytes, ...] = (
    b"", b" ", b"\0", b"null", b"true", b"7", b'"x"', b"[]", b"{}", b"[" * 100_000,
    b'{"a":' * 100_000, b"[" * 500 + b"]" * 500, b"{", b'{"a": 1', b"{'a': 1}", b"NaN", b"1e400",
    b"9" * 10_000, b'"\\ud800"', b"\xff\xfe\x00", b"\xef\xbb\xbf{}", b'{"a": 1}{"a": 2}',
    b"<!doctype html><title>404</title>",
)  # fmt: skip


def neighbors(data: bytes, n: int, seed: int = 0) -> Iterator[tuple[str, bytes]]:
    """n changed copies of a valid file, each with a name that says how it was changed."""
    random = np.random.default_rng(seed)
    for i in range(n):
        change = CHANGES[i % len(CHANGES)]
        yield f"{change.__name__} {i} of seed {seed}", change(data, random)


def truncate(data: bytes, random: Random) -> bytes:
    """Only the beginning."""
    return data[: random.integers(0, len(data))]


def flip_bits(data: bytes, random: Random) -> bytes:
    """A few bits the other way round."""
    changed = bytearray(data)
    for at in random.integers(0, len(data), random.integers(1, 9)):
        changed[at] ^= 1 << random.integers(8)
    return bytes(changed)


def claim(data: bytes, random: Random) -> bytes:
    """A number near the beginning or the end, where headers and indexes are, out of all bounds."""
    width = int(random.choice([2, 4, 8]))
    reach = int(random.integers(min(512, len(data))))
    at = reach if random.random() < 0.7 else len(data) - 1 - reach
    top = 2 ** (8 * width)
    number = [0, 1, top // 256, top // 2 - 1, top // 2, top - 1][random.integers(6)]
    order = "little" if random.random() < 0.5 else "big"
    return data[:at] + number.to_bytes(width, order) + data[at + width :]


def drop_slice(data: bytes, random: Random) -> bytes:
    """A slice is missing."""
    start, end = np.sort(random.integers(0, len(data), 2))
    return data[:start] + data[end:]


def repeat_slice(data: bytes, random: Random) -> bytes:
    """A slice comes twice."""
    start, end = np.sort(random.integers(0, len(data), 2))
    return data[:end] + data[start:]


def blank_slice(data: bytes, random: Random) -> bytes:
    """A slice of zeros or of noise."""
    start, end = np.sort(random.integers(0, len(data), 2))
    size = int(end - start)
    return (
        data[:start] + (bytes(size) if random.random() < 0.5 else random.bytes(size)) + data[end:]
    )


def append(data: bytes, random: Random) -> bytes:
    """Something behind the end."""
    return data + random.bytes(int(random.integers(1, 2000)))


CHANGES = (truncate, flip_bits, claim, drop_slice, repeat_slice, blank_slice, append)


def document_neighbors(document: Any) -> Iterator[tuple[str, Any]]:
    """Copies of a JSON document with one value wrong or missing, for each value and kind of wrong.

    They come as Python values; `write_json` makes a text of one, whatever is in it.
    """
    for path in _paths(document):
        for i, value in enumerate(ODD_VALUES):
            yield f"{list(path)} is odd value {i}", _replace(document, path, value)
        if path:
            yield f"{list(path)} is missing", _remove(document, path)


def write_json(value: Any) -> bytes:
    """The document as a file may hold it: NaN and lone surrogates as they are written by others."""
    return json.dumps(value).encode()


def nest(depth: int, opened: str = "[") -> bytes:
    """Brackets in brackets, never closed."""
    return (opened * depth).encode()


def zip_bytes(entries: dict[str, bytes], **options: Any) -> bytes:
    """A zip with these entries; options are those of zipfile.ZipFile."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for name, data in entries.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def assert_sentence(error: BaseException | str) -> str:
    """Its text, which must be one plain sentence for a person; AssertionError where it is not."""
    text = str(error)
    assert text, "an error without a word"
    assert text.endswith((".", "?", "!")), text
    for machine in ("\n", "Traceback", "[Errno", "Error:", "Exception", "<class", "object at 0x"):
        assert machine not in text, text
    assert len(text) < 1000, text[:1000]
    return text


def run_child(code: str, *arguments: str, seconds: float = 300) -> str:
    """What a process of its own prints that runs `code`; it must end by itself with 0.

    For readers in C that may end the process, and for what is measured of a whole process.
    """
    paths = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, sys.path)])
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=seconds,
    )
    assert run.returncode == 0, run.stdout[-300:] + run.stderr[-3000:]
    return run.stdout


def measure_child(code: str, *arguments: str) -> int:
    """MiB that a process of its own grew by at most while it ran `code`.

    What `code` does before it calls `begin()` is not counted.
    """
    said = run_child(PEAK + code + "\nprint('grew', peak() - _start[0])", *arguments)
    return int(said.rpartition("grew ")[2]) // 1024


# VmHWM and not ru_maxrss, which a child takes over from the process that started it.
PEAK = """
import resource, sys
def peak():
    try:
        with open("/proc/self/status") as file:
            return int(next(line for line in file if line.startswith("VmHWM")).split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # bytes on macOS
_start = [peak()]
def begin():
    _start[0] = peak()
"""


def _paths(document: Any, path: tuple = ()) -> Iterator[tuple]:
    yield path
    inside = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in inside:
        yield from _paths(value, (*path, key))


def _replace(document: Any, path: tuple, value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(document)
    _at(changed, path[:-1])[path[-1]] = value
    return changed


def _remove(document: Any, path: tuple) -> Any:
    changed = copy.deepcopy(document)
    del _at(changed, path[:-1])[path[-1]]
    return changed


def _at(document: Any, path: tuple) -> Any:
    for key in path:
        document = document[key]
    return document
