"""The types that a value of JSON must have, written as such a value is.

`{"n": int, "ends": (float, float), "counts": [int], "name?": str, "why": str | None}` wants an
object with at least the first three and the last entry, a list of two numbers, one of any number of
whole ones, and perhaps a text.
"""

from __future__ import annotations

from types import UnionType
from typing import Any, get_args

WORDS = {
    int: "a whole number", float: "a number", str: "a text", bool: "true or false",
    list: "a list", dict: "an object", type(None): "null",
}  # fmt: skip


def find_problem(value: Any, wanted: Any, name: str = "it") -> str | None:
    """Where the value is not what is wanted, as the end of a sentence; None where it is."""
    if isinstance(wanted, dict):
        return _find_in_object(value, wanted, name)
    if isinstance(wanted, list | tuple):
        return _find_in_list(value, wanted, name)
    kinds = get_args(wanted) if isinstance(wanted, UnionType) else (wanted,)
    if any(_is(value, kind) for kind in kinds):
        return None
    return f"{name} is no {' or '.join(WORDS[kind].removeprefix('a ') for kind in kinds)}"


def _is(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, int | float if kind is float else kind)


def _find_in_object(value: Any, wanted: dict[str, Any], name: str) -> str | None:
    if not isinstance(value, dict):
        return f"{name} is no object"
    for entry, kind in wanted.items():
        key = entry.removesuffix("?")
        if key not in value:
            if key == entry:
                return f"{name} has no {key}"
            continue
        if problem := find_problem(value[key], kind, f"its {key}" if name == "it" else key):
            return problem
    return None


def _find_in_list(value: Any, wanted: list[Any] | tuple[Any, ...], name: str) -> str | None:
    if not isinstance(value, list):
        return f"{name} is no list"
    if isinstance(wanted, tuple) and len(value) != len(wanted):
        return f"{name} has {len(value)} entries, not {len(wanted)}"
    kinds = wanted if isinstance(wanted, tuple) else wanted * len(value)
    for one, kind in zip(value, kinds, strict=True):
        if problem := find_problem(one, kind, f"an entry of {name}"):
            return problem
    return None
