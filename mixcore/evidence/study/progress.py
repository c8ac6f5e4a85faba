"""One line on stderr that says how far a long loop is."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def show_progress(items: Iterable[T], total: int, label: str) -> Iterator[T]:
    """The same items; the line is rewritten twice a second, and stays at the end."""
    start = said = time.monotonic()
    for i, item in enumerate(items, 1):
        yield item
        now = time.monotonic()
        if now - said > 0.5 or i == total:
            said, spent = now, now - start
            left = spent / i * (total - i)
            sys.stderr.write(
                f"\r{label}: {100 * i // total:3d} %, {spent:.0f} s, {left:.0f} s left  "
            )
            sys.stderr.flush()
    sys.stderr.write("\n")
