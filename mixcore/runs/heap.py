"""Memory that is kept, not handed back after every tensor: workers make the same ones again."""

from __future__ import annotations

import ctypes
from contextlib import suppress

MMAP_MAX, TRIM_THRESHOLD = -4, -1  # glibc's malloc.h
MOST = 2**31 - 1


def keep_freed_memory() -> bool:
    """Make this process keep what it frees, up to its own peak; False where that can't be.

    glibc maps every block above 32 MB anew and gives it back when it is freed, so that each page of
    each large activation is cleared once more in every pass: as much time as the arithmetic of a
    small network itself. What is computed does not change.
    """
    with suppress(AttributeError, OSError):
        malloc = ctypes.CDLL(None).mallopt
        return bool(malloc(MMAP_MAX, 0) and malloc(TRIM_THRESHOLD, MOST))
    return False
