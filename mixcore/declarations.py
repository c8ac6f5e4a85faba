"""Declarations by a decorator, found in files without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def find_declarations(path: Path, decorator: str) -> Iterator[tuple[str, ast.Call]]:
    """The name of each class of a file under `@decorator(...)`, and that call."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for cls in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        for call in cls.decorator_list:
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == decorator:
                yield cls.name, call
