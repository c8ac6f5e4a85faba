"""Garbage collection while the server is idle, so that no page waits for it.

torch and its kin leave half a million objects that never go away, and a full collection walks them
all: a quarter of a second, under the interpreter's lock. So what was imported is set aside once
(`gc.freeze`), the collection after every script is off (`runner.postScriptGC` in the settings), and
a thread collects what sessions leave behind: a hundredth of a second, while the server is idle.
"""

from __future__ import annotations

import gc
import sys
import threading
import time

LOOK = 1.0  # seconds between two looks
IDLE = 0.1  # of one processor: with less, nobody waits
REST, LONGEST = 10.0, 60.0  # seconds between two collections, while idle and at all
MANY = 50  # modules that came since, say with a first model: then these are set aside, too


def freeze_imports() -> None:
    """Collect once, and set aside all that is there now: it is never looked through again."""
    gc.collect()
    gc.freeze()


def start_collecting(stop: threading.Event) -> threading.Thread:
    """Collect in the background until `stop` is set."""
    thread = threading.Thread(target=_watch, args=(stop,), name="garbage", daemon=True)
    thread.start()
    return thread


def _watch(stop: threading.Event) -> None:
    """Collect in idle moments after some work, and on a server without any, once a minute."""
    begun, modules = time.monotonic(), len(sys.modules)
    used = spent = time.process_time()
    while not stop.wait(LOOK):
        now, before, used = time.monotonic(), used, time.process_time()
        idle = used - before < IDLE * LOOK
        worked = used - spent > IDLE * REST
        if not worked or now - begun < (REST if idle else LONGEST):
            continue
        if idle and len(sys.modules) > modules + MANY:
            modules = len(sys.modules)
            freeze_imports()
        else:
            gc.collect()
        begun, spent = now, time.process_time()
