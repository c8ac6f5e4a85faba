"""Tables of all methods, from the registry: docs/methods.md, and one for the command line."""

from __future__ import annotations

import json
from typing import NamedTuple

from mixcore.docs.marks import replace_marked
from mixcore.listing import TABLE, build_listing, describe_needs
from mixcore.methods import methods
from mixcore.params import Param
from mixcore.registry import FAMILIES, find_class

START = "<!-- methods: made by python -m mixcore.docs -->"
END = "<!-- methods end -->"


class MethodRow(NamedTuple):
    """One method in words, ready to be set in a table."""

    family: str
    method: str
    key: str
    paper: str
    cite: str
    parameters: str
    needs: str


def list_rows() -> list[MethodRow]:
    """Every method, family by family, oldest first."""
    classes = sorted(
        (find_class(key) for key in methods()),
        key=lambda cls: (FAMILIES.index(cls.info.family), cls.info.year),
    )
    return [
        MethodRow(
            cls.info.family,
            cls.info.title,
            cls.info.key,
            cls.info.paper,
            f"{cls.info.authors} {cls.info.year}",
            ", ".join(map(describe_parameter, cls.params())) or "none",
            describe_needs(cls.info),
        )
        for cls in classes
    ]


def describe_parameter(param: Param) -> str:
    """A parameter with its default, such as "alpha 1" or "fit squeeze"."""
    default = param.default
    if param.kind == "flag":
        default = "yes" if default else "no"
    return (
        f"{param.name.replace('_', ' ')} {default if isinstance(default, str) else f'{default:g}'}"
    )


def make_markdown() -> str:
    """The table of docs/methods.md: one row a method."""
    lines = ["| family | method | paper | needs |", "| --- | --- | --- | --- |"]
    seen: set[str] = set()
    for row in list_rows():
        family = "" if row.family in seen else row.family  # once, at its first method
        seen.add(row.family)
        paper = f"{row.cite}, *{row.paper}*"
        lines.append(f"| {family} | {row.method} (`{row.key}`) | {paper} | {row.needs} |")
    return "\n".join(lines) + "\n"


def renew_text(text: str) -> str:
    """The text with the table between its two marks made anew; ValueError if they are missing."""
    return replace_marked(text, START, END, make_markdown())


def write_listing() -> None:
    """The table that `mixcore.listing` reads, anew."""
    text = json.dumps(build_listing(), indent=1, ensure_ascii=False)
    TABLE.write_text(text + "\n", encoding="utf-8")
