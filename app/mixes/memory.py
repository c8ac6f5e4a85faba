"""A cache of results that all sessions share, by the arguments that they were made from.

`st.cache_data` hands out copies, made by pickling megabytes, and both of Streamlit's caches walk
every argument anew to name it: on Explore that cost more than the mix. Here a key is hashed by
Python, and all sessions share the value itself, so it must not be changed: arrays in it stay as
they are, and dataclasses are frozen.
"""

from __future__ import annotations

import inspect
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import update_wrapper
from typing import Any, Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class Named(Generic[T]):
    """A value that stands in a key by its name, such as the bytes of a file by their digest."""

    value: T
    cache_key: Hashable


def find_key(argument: Any) -> Hashable:
    """What an argument stands by in a key: its `cache_key` where it has one, or else itself.

    A photo or an array stands there by its digest, so that a key holds no picture.
    """
    if isinstance(argument, list | tuple):
        return tuple(map(find_key, argument))
    return getattr(argument, "cache_key", argument)


class Remembered(Generic[P, R]):
    """A function with its last `most` results; see `remember`."""

    def __init__(self, make: Callable[P, R], most: int) -> None:
        self._make, self._most = make, most
        if hidden := [n for n in inspect.signature(make).parameters if n.startswith("_")]:
            raise TypeError(f"{make.__name__}: {hidden[0]} would hide from the key; see find_key.")
        self._kept: OrderedDict[Any, R] = OrderedDict()
        self._lock = threading.Lock()
        self._turns: dict[Any, threading.Lock] = {}

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """What the function returns: made now, or kept. What it raises is raised each time."""
        named = ((name, find_key(value)) for name, value in kwargs.items())
        key = (find_key(args), tuple(sorted(named)))
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

    The key is every argument, each as `find_key` has it.
    """

    def decorate(make: Callable[P, R]) -> Remembered[P, R]:
        remembered = Remembered(make, most)
        update_wrapper(remembered, make)
        return remembered

    return decorate
