"""Reference of the public names, docs/api.md, from their docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any

import mixcore

INTRO = """# Reference

Every name of `mixcore.__all__`, from its docstring; `python -m mixcore.docs` makes this page, and a
test runs the examples. A, B, lam, area and the other words are those of the glossary in
[contributing.md](contributing.md); the parameters of each method are in [methods.md](methods.md).
"""
# How parameters that take several arguments are written.
STARS: dict[Any, str] = {
    inspect.Parameter.VAR_POSITIONAL: "*",
    inspect.Parameter.VAR_KEYWORD: "**",
}
SECTIONS = ("Args:", "Returns:", "Raises:", "Example:")


def find_documented(name: str) -> Any:
    """The public object of this name; of `loss` and `methods` the function that it stands for."""
    found = getattr(mixcore, name)
    if name == "loss":
        return found.jensen_shannon
    return found.methods if name == "methods" else found


def describe_name(name: str) -> str:
    """One name as a section: what it is, how it is called, and the parts of its docstring."""
    value = find_documented(name)
    title = f"mixcore.{name}" + (".jensen_shannon" if name == "loss" else "")
    call = title + _write_signature(value)
    return f"## `{title}`\n\n```python\n{call}\n```\n\n{_render(inspect.getdoc(value) or '')}\n"


def renew_text(text: str) -> str:
    """The whole page; nothing of what it was is kept."""
    return "\n".join([INTRO, *map(describe_name, sorted(mixcore.__all__, key=str.lower))])


def _write_signature(value: Any) -> str:
    if isinstance(value, type) and issubclass(value, mixcore.Method):
        return ""
    return f"({', '.join(map(_write_parameter, inspect.signature(value).parameters.values()))})"


def _write_parameter(parameter: inspect.Parameter) -> str:
    name, default = STARS.get(parameter.kind, "") + parameter.name, parameter.default
    if default is inspect.Parameter.empty:
        return name
    plain = default is None or isinstance(default, bool | int | float | str | tuple)
    return f"{name}={default!r}" if plain else f"{name}=..."


def _render(doc: str) -> str:
    """A docstring as Markdown: arguments become a list, the example becomes code."""
    parts = re.split(rf"^({'|'.join(SECTIONS)})\n", doc, flags=re.MULTILINE)
    body, rest = parts[0].replace("::\n", ":\n").strip(), parts[1:]
    rendered = [body]
    for head, block in zip(rest[::2], rest[1::2], strict=True):
        text = inspect.cleandoc("\n" + block)
        if head == "Example:":
            rendered.append(f"```pycon\n{text}\n```")
        elif head == "Returns:":
            rendered.append(f"**Returns** {' '.join(text.split())}")
        else:
            rendered.append(f"**{head[:-1]}**\n\n{_list_entries(text)}")
    return "\n\n".join(rendered)


def _list_entries(text: str) -> str:
    entries = re.split(r"\n(?=\S)", text)
    lines = (" ".join(entry.split()).partition(": ") for entry in entries)
    return "\n".join(f"- `{name}`: {about}" for name, _, about in lines)
