"""GPU priority for interactive use: Explore claims the GPU, and training on it waits.

On the CPU a worker is simply nicer than the server, and the system does the rest.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from mixcore.runs import process

HOLDS, MOST = 0.5, 2.0  # seconds that one sign holds, and that one training step waits at most


def claim_gpu(home: Path) -> None:
    """Claim the GPU for a waiting user; the claim lasts half a second."""
    home.mkdir(parents=True, exist_ok=True)
    (home / ".explore").write_text(f"{time.monotonic()} {process.identify_machine()}")


def is_claimed(home: Path) -> bool:
    """Whether a user of this machine has been waiting within the last half second."""
    with suppress(OSError, ValueError):
        beat, _, machine = (home / ".explore").read_text().partition(" ")
        return machine == process.identify_machine() and 0 <= time.monotonic() - float(beat) < HOLDS
    return False


def wait_for_people(home: Path) -> float:
    """Wait for interactive use; the seconds this took, 2 at most so that training goes on."""
    start = time.monotonic()
    while is_claimed(home) and time.monotonic() - start < MOST:
        time.sleep(0.02)
    return time.monotonic() - start


def be_nice() -> None:
    """Give way to every ordinary process of this machine."""
    with suppress(OSError):
        os.nice(5)
