"""A mask set by hand, cell by cell, as a word that fits into a link. Pure numpy.

The word is "7x7b" and the cells as bits, or "56x56r" and the lengths of their runs where that is
shorter, both in base64url without padding. A bit is 1 where the cell is A's. Runs start with A's,
seven bits a byte, the high bit where more follow, as in protocol buffers.
"""

from __future__ import annotations

import base64
import binascii
import re

import numpy as np
from numpy.typing import NDArray

Keep = NDArray[np.bool_]

MOST = 64  # cells a side
LONGEST = 700  # characters of the longest word: 64 x 64 cells as bits
RULE = f"must be a mask of at most {MOST} x {MOST} cells, such as 2x2bkA"

_WORD = re.compile(r"(\d{1,2})x(\d{1,2})([br])([A-Za-z0-9_-]*)")


def write_mask(keep: Keep) -> str:
    """The word of a mask (rows, columns), True where the cell is A's."""
    rows, columns = keep.shape
    plain, short = _text(np.packbits(keep.ravel()).tobytes()), _text(_runs(keep.ravel()))
    return f"{rows}x{columns}" + (f"r{short}" if len(short) < len(plain) else f"b{plain}")


def read_mask(word: str) -> Keep:
    """The mask (rows, columns) of a word; ValueError with the rule if it is none."""
    found = _WORD.fullmatch(word) if len(word) <= LONGEST else None
    if found is None:
        raise ValueError(RULE)
    rows, columns = int(found[1]), int(found[2])
    if not (1 <= rows <= MOST and 1 <= columns <= MOST):
        raise ValueError(RULE)
    try:
        data = base64.urlsafe_b64decode(found[4] + "=" * (-len(found[4]) % 4))
    except (ValueError, binascii.Error):
        raise ValueError(RULE) from None
    count = rows * columns
    if found[3] == "r":
        return _unrolled(data, count).reshape(rows, columns)
    if len(data) != -(-count // 8):
        raise ValueError(RULE)
    return np.unpackbits(np.frombuffer(data, np.uint8), count=count).astype(bool).reshape(
        rows, columns
    )  # fmt: skip


def enlarge_mask(keep: Keep, size: int) -> Keep:
    """The mask pixel by pixel, (size, size): cells as mixcore.regions.shapes.Cells lays them."""
    high, wide = (-(-size // cells) for cells in keep.shape)
    return keep.repeat(high, 0).repeat(wide, 1)[:size, :size]


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _runs(bits: Keep) -> bytes:
    ends = np.flatnonzero(np.diff(bits)) + 1
    lengths = np.diff(np.concatenate([[0], ends, [len(bits)]])).tolist()
    if not bits[0]:
        lengths.insert(0, 0)
    data = bytearray()
    for length in lengths:
        while length > 127:
            data.append(128 | length & 127)
            length >>= 7
        data.append(length)
    return bytes(data)


def _unrolled(data: bytes, count: int) -> Keep:
    lengths, length, shift = [], 0, 0
    for byte in data:
        length |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            lengths.append(length)
            length = shift = 0
    if shift or sum(lengths) != count:
        raise ValueError(RULE)
    values = np.arange(len(lengths)) % 2 == 0
    return values.repeat(lengths)
