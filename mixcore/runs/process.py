"""The process of a job, and whether it still lives: ids are reused, start times tell.

Nothing here looks at the clock on the wall, so setting it makes no live job look dead.
"""

from __future__ import annotations

import ctypes
import functools
import os
import platform
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

PDEATHSIG = 1  # of Linux's prctl


@functools.cache
def identify_machine() -> str:
    """This machine since it was started: process ids mean something only where this is equal."""
    boot = _read("/proc/sys/kernel/random/boot_id").strip()
    try:  # containers of one host count their processes apart
        space = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        space = ""
    return "/".join(part for part in (platform.node(), boot, space) if part)


def read_start(pid: int) -> str:
    """When a process was started, in words that only compare; "" where none lives.

    A process that has ended and whose parent has not yet asked why counts as gone.
    """
    stat = _read(f"/proc/{pid}/stat")
    if stat:  # the command in brackets may hold anything, so count from its end
        fields = stat.rpartition(")")[2].split()
        return "" if fields[0] in "ZX" else fields[19]
    if Path("/proc/self/stat").exists():
        return ""
    found = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, start = found.stdout.strip().partition(" ")
    return "" if state.startswith("Z") else start.strip()


def is_alive(pid: int, start: str) -> bool:
    """Whether the process that was started then still lives."""
    return bool(start) and read_start(pid) == start


def end_with_parent() -> None:
    """Get SIGTERM when the parent of this process ends, where the system offers that."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(PDEATHSIG, signal.SIGTERM)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
