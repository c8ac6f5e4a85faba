"""What was made once serves everybody: results kept by what they were asked from.

`st.cache_data` hands out copies, made by pickling megabytes, and both of Streamlit's caches walk
every argument anew to name it: on Explore that cost more than the mix. Here a key is hashed by
Python, and all sessions share the value itself, so nobody may change it: arrays in it stay as they
are, and dataclasses are frozen.
"""

from __future__ import annotations

import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Remembered(Generic[P, R]):
    """A function with its last `most` results; see `remember`."""

    def __init__(self, make: Callable[P, R], most: int) -> None:
        self._make, self._most = make, most
        names = list(inspect.signature(make).parameters)
        self._open = next((i for i, name in enumerate(names) if name.startswith("_")), len(names))
        self._kept: OrderedDict[Any, R] = OrderedDict()
        self._lock = threading.Lock()
        self._turns: dict[Any, threading.Lock] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns: made now, or kept. What it raises is raised each time."""
        if len(args) > self._open:
            raise TypeError(f"{self._make.__name__}: what is no part of the key is given by name.")
        named = {name: value for name, value in kwargs.items() if not name.startswith("_")}
        key = (args, tuple(sorted(named.items())))
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            turn = self._turns.setdefault(key, threading.Lock())
        with turn:  # who asks for the same at once waits for the first
            with self._lock:
                if key in self._kept:
                    return self._kept[key]
            try:
                made = self._make(*args, **kwargs)
                with self._lock:
                    self._kept[key] = made
                    while len(self._kept) > self._most:
                        self._kept.popitem(last=False)
                return made
            finally:
                with self._lock:
                    self._turns.pop(key, None)

    def clear(self) -> None:
        """Forget all."""
        with self._lock:
            self._kept.clear()


def remember(most: int) -> Callable[[Callable[P, R]], Remembered[P, R]]:
    """Keep the last `most` results of a function, for all sessions.

    The key is every argument but those given by a name that begins with _: what a key stands for,
    such as the photo of a digest, is given so.
    """

    def decorate(make: Callable[P, R]) -> Remembered[P, R]:
        return wraps(make)(Remembered(make, most))

    return decorate
