"""Declarations by a decorator, one a file of a folder, found without running the file."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Callable, Collection, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

C = TypeVar("C")


def find_declarations(path: Path, decorator: str) -> Iterator[tuple[str, ast.Call]]:
    """The name of each class of a file under `@decorator(...)`, and that call."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for cls in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for call in cls.decorator_list:
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == decorator:
                yield cls.name, call


def read_facts(
    path: Path, decorator: str, read: Callable[[ast.expr], Any] = ast.literal_eval
) -> dict[str, Any]:
    """The facts of a file's first `@decorator("Title", fact=...)`, its title among them."""
    _, call = next(find_declarations(path, decorator))
    facts = {str(word.arg): read(word.value) for word in call.keywords}
    return {"title": ast.literal_eval(call.args[0]), **facts}


def load_class(module: str, base: type[C]) -> type[C]:
    """The class of that base which the module itself defines; the module is run."""
    loaded = import_module(module)
    found: type[C] = next(
        value
        for _, value in inspect.getmembers(loaded, inspect.isclass)
        if issubclass(value, base) and value.__module__ == loaded.__name__
    )
    return found


def check_key(key: str, known: Collection[str], noun: str) -> None:
    """ValueError for a key that is not known, with the nearest one that is."""
    if key not in known:
        near = difflib.get_close_matches(str(key), known, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no {noun} {key!r}.{hint} Known: {', '.join(known)}.")
