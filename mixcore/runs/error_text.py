"""Errors in plain sentences."""

from __future__ import annotations

import errno
import os

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# what the system says of a file -> what that means, and how to mend it
WHY = {
    errno.EROFS: "cannot be written: its disk is read-only; name another place by MIXSCOPE_HOME",
    errno.EACCES: "cannot be opened: this account has no right to; change its rights or its place",
    errno.EPERM: "cannot be changed: this account has no right to; change its rights or its place",
    errno.ENOENT: "is not there; check its name and place",
    errno.ENOTDIR: "is not there: a part of its path is no folder; check its name and place",
    errno.EISDIR: "is a folder; name a file",
    errno.EEXIST: "is there already; name another place",
    errno.ENAMETOOLONG: "has a name that is too long; take a shorter one",
    errno.ELOOP: "is a link that leads to itself; name the file itself",
    errno.EIO: "cannot be read or written: its disk fails; copy what matters elsewhere",
    errno.ESTALE: "is on a network disk that has gone; connect it again",
    errno.EMFILE: "cannot be opened: too many files are open; end some programs",
    errno.ENFILE: "cannot be opened: too many files are open; end some programs",
}


def describe_error(error: BaseException) -> str:
    """An error in one plain sentence for the user; its trace belongs in the log."""
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
    if isinstance(error, OSError) and error.errno is not None:
        return _told_of_file(error)
    if isinstance(error, ValueError | OSError):
        return " ".join(str(error).split())
    words = " ".join(str(error).split()) or "no reason given"
    return f"{type(error).__name__}: {words}"


def _told_of_file(error: OSError) -> str:
    """What is wrong with which file, without the system's number for it."""
    name, why = error.filename2 or error.filename, error.strerror or "no reason given"
    if not isinstance(name, str | bytes):
        return f"The system refused ({why})."
    shown = " ".join(os.fsencode(name).decode("utf-8", "replace").split())
    return f"{shown} {WHY.get(error.errno or 0, f'cannot be used ({why}); check it')}."
