"""Contact sheets: a row of a grid as one picture. Pure numpy, and a lossless file."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Files

Image = NDArray[np.uint8]

CELL = 224  # pixels a side of a cell
THUMB = CELL // 2


def draw_sheet(
    photos: Sequence[Image], cells: Sequence[Image | None], shares: Sequence[Image | None]
) -> Image:
    """One row as a picture (2 CELL, (n + 1/2) CELL, 3).

    Cells stand above, A's share of their pixels below in gray, and at the right end both photos
    (THUMB, THUMB, 3), one above the other. None stays black.
    """
    n = len(cells)
    whole = np.zeros((2 * CELL, n * CELL + THUMB, 3), np.uint8)
    for i, (cell, share) in enumerate(zip(cells, shares, strict=True)):
        across = slice(i * CELL, (i + 1) * CELL)
        if cell is not None:
            whole[:CELL, across] = cell
        if share is not None:
            whole[CELL:, across] = share[..., None]
    for i, photo in enumerate(photos):
        whole[i * THUMB : (i + 1) * THUMB, n * CELL :] = photo
    return whole


def encode_webp(image: Image) -> bytes:
    """The very pixels as a WebP file, made in a hurry: a fifth larger than need be."""
    out = io.BytesIO()
    Files.fromarray(image).save(out, "WEBP", lossless=True, quality=0, method=0)
    return out.getvalue()


def name_file(data: bytes) -> str:
    """What a file is called by its bytes, 32 characters."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
