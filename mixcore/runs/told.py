"""Errors in plain sentences."""

from __future__ import annotations

import errno

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def told(error: BaseException) -> str:
    """An error in one plain sentence for people; its trace belongs in the log."""
    full = isinstance(error, OSError) and error.errno in FULL
    if full or "No space left on device" in str(error):  # libraries have errors of their own
        return (
            "The disk is full: what was measured so far is kept; free some space, then Resume "
            "goes on from the last checkpoint."
        )
    if "out of memory" in str(error) or isinstance(error, MemoryError):
        return "It ran out of memory: take a smaller batch, a smaller model or smaller pictures."
    if isinstance(error, KeyboardInterrupt):
        return "Interrupted, without a checkpoint of its own."
    if isinstance(error, ValueError | OSError):
        return " ".join(str(error).split())
    words = " ".join(str(error).split()) or "no reason given"
    return f"{type(error).__name__}: {words}"
