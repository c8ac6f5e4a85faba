"""A function's call on an untrusted file in a process of its own, which the server outlives.

python -m mixcore.data.child MODULE:FUNCTION PATH is that process.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from mixcore.data import limits
from mixcore.data.dataset import format_bytes

REFUSED = 3  # exit status of a ValueError, whose sentence is then on standard output


def call_in_child(target: str, path: Path) -> None:
    """Call "module:function" on the path, within the caps of time and memory.

    ValueError with its sentence where it raises one, or goes beyond the caps.
    """
    command = [sys.executable, "-m", "mixcore.data.child", target, str(path)]
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        end = subprocess.run(
            command, capture_output=True, env=alone, timeout=limits.LOOK_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ValueError(
            f"{path.name} is refused: looking at it takes more than {limits.LOOK_SECONDS} s."
        ) from None
    if end.returncode == REFUSED:
        raise ValueError(end.stdout.decode("utf-8", "replace").strip())
    if end.returncode:
        raise ValueError(
            f"{path.name} is refused: looking at it ended without an answer, or took more than "
            f"{format_bytes(limits.LOOK_BYTES)} of memory."
        )


def main(arguments: list[str]) -> int:
    """Do the call; REFUSED where it raises a ValueError."""
    target, path = arguments
    with suppress(ValueError, OSError):  # some systems have no such limit
        resource.setrlimit(resource.RLIMIT_AS, (limits.LOOK_BYTES, limits.LOOK_BYTES))
    module, _, name = target.partition(":")
    try:
        getattr(import_module(module), name)(path)
    except ValueError as error:
        sys.stdout.buffer.write(str(error).encode("utf-8", "replace"))
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
