"""Putting faults into mixcore on purpose, and asking a law or a parity test to find them.

A fault patches one place; beside it stand the calls that must find it. Each of those passes on
healthy code first, so that it fails for the fault alone.
"""

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from mixcore import plan
from mixcore.registry import make_method

Fault = Callable[[pytest.MonkeyPatch], None]


class Faults(list):
    """The faults of one file, as parameters (put, find) of its test."""

    def found_by(self, *finders: partial) -> Callable[[Fault], Fault]:
        """Decorator: a fault with the laws that must find it."""

        def register(put: Fault) -> Fault:
            for i, find in enumerate(finders):
                name = f"{put.__name__}-{find.func.__name__}-{i}"
                self.append(pytest.param(put, find, id=name))
            return put

        return register


def law(test: Callable, **arguments: Any) -> partial:
    """A call of that test with these arguments; a method may be named by its key."""
    return partial(test, **arguments)


def large(test: Callable, **arguments: Any) -> partial:
    """The same on the path of large images, one by one."""
    return partial(test, **arguments, large=True)


def check(put: Fault, find: partial) -> None:
    """AssertionError unless find passes before the fault is put in and fails after."""
    call(find)
    with pytest.MonkeyPatch.context() as patch:
        put(patch)
        with pytest.raises((AssertionError, ExceptionGroup)) as failure:
            call(find)
    if isinstance(failure.value, ExceptionGroup):  # hypothesis found several failures of a law
        assert failure.value.split(AssertionError)[1] is None


def call(find: partial) -> None:
    """Run it as pytest would, a monkeypatch included."""
    arguments = dict(find.keywords)
    if isinstance(arguments.get("method"), str):
        arguments["method"] = make_method(arguments["method"])
    with pytest.MonkeyPatch.context() as patch:
        if arguments.pop("large", False):
            patch.setattr(plan, "SMALL", 0)
        if "monkeypatch" in inspect.signature(find.func).parameters:
            arguments["monkeypatch"] = patch
        find.func(**arguments)
