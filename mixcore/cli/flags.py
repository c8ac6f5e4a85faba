"""Command-line flags, read off declared parameters."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from mixcore.params import Param

TYPES = {"real": float, "integer": int}


def add_flags(parser: argparse.ArgumentParser, params: Iterable[Param]) -> None:
    """One flag a parameter: `--name value`, or `--name` and `--no-name`."""
    for param in params:
        parser.add_argument(f"--{param.name.replace('_', '-')}", **flag_of(param))
        if param.formerly:
            facts = flag_of(param) | {"help": argparse.SUPPRESS}
            parser.add_argument(f"--{param.formerly.replace('_', '-')}", **facts)


def read_values(options: argparse.Namespace) -> dict[str, Any]:
    """What the flags were set to, name -> value; those that were left out are not in it."""
    found = vars(options).items()
    return {name.partition(".")[2]: value for name, value in found if name.startswith("param.")}


def read_literal(text: str) -> Any:
    """A value as typed behind `--set NAME=`: JSON, .1 and the like, True, False, or else a word."""
    with suppress(ValueError):
        return json.loads(text)
    if re.fullmatch(r"[+-]?(\d+\.?|\d*\.\d+)", text):  # which JSON refuses
        return float(text)
    return {"True": True, "False": False}.get(text, text)


def flag_of(param: Param) -> dict[str, Any]:
    """argparse's words for one declared parameter."""
    facts: dict[str, Any] = {
        "dest": f"param.{param.name}",
        "default": argparse.SUPPRESS,
        "help": f"{param.help} (default: {param.default})".replace("%", "%%"),
    }
    if param.kind == "flag":
        return facts | {"action": argparse.BooleanOptionalAction}
    if param.kind == "choice":
        return facts | {"choices": param.options, "type": lambda word: _spell(word, param.options)}
    if param.kind == "text":
        proposals = f": {', '.join(param.options)}, ..." if param.options else ""
        facts["help"] = f"{param.help}{proposals} (default: {param.default})"
        return facts | {"metavar": "NAME"}
    return facts | {"type": TYPES[param.kind], "metavar": f"{param.low:g}..{param.high:g}"}


def _spell(word: str, options: tuple[str, ...]) -> str:
    """A choice as it is declared: neural-collapse is as good as neural_collapse."""
    plain = word.replace("-", "_")
    return plain if plain in options else word
