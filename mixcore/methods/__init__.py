"""One published method a file. `mixcore.methods()` lists their keys, by listing this folder.

The package itself is callable because `mixcore.methods` is both this folder and the public
function that names what is in it; without that, importing one method would hide the function.
"""

import ast
import pkgutil
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from mixcore.declarations import find_declarations


def methods(labels: str | None = None) -> tuple[str, ...]:
    """The keys of all methods, sorted; no method (and no torch) is imported for it.

    Args:
        labels: "classes" or "real", for the methods alone that can mix labels of that kind.

    Returns:
        The keys, which mixcore.method takes.

    Raises:
        ValueError: for another kind of labels.

    Example:
        >>> import mixcore
        >>> "cutmix" in mixcore.methods()
        True
    """
    if labels not in (None, "classes", "real"):
        raise ValueError(f"labels must be 'classes' or 'real', got {labels!r}.")
    keys = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name[0] != "_")
    kinds = ("any", labels)
    return tuple(
        key for key in keys
        if labels is None or read_declaration(key).get("labels", "any") in kinds
    )  # fmt: skip


@cache
def read_declaration(key: str) -> dict[str, Any]:
    """What @method says in that method's file: its title, and the facts that are plain literals.

    The file is read, not imported, so that pages can name methods without torch.
    """
    _, call = next(find_declarations(Path(__path__[0], f"{key}.py"), "method"))
    facts = {"title": ast.literal_eval(call.args[0])}
    for keyword in call.keywords:
        with suppress(ValueError):
            facts[str(keyword.arg)] = ast.literal_eval(keyword.value)
    return facts


def get_title(key: str) -> str:
    """What a method is called; the key itself of one that is not known here."""
    return str(read_declaration(key)["title"]) if key in methods() else key


class _Methods(ModuleType):
    def __call__(self, labels: str | None = None) -> tuple[str, ...]:
        return methods(labels)


sys.modules[__name__].__class__ = _Methods
