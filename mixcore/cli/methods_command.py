"""python -m mixcore methods: what there is, from a table that needs no torch."""

from __future__ import annotations

import argparse
import json

from mixcore.cli.output import add_json, print_result
from mixcore.listing import Entry, load_listing, read_params
from mixcore.params import Param


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes."""
    listing = load_listing()
    parser.add_argument("key", nargs="?", metavar="KEY", choices=listing, help="say all of one")
    add_json(parser)
    parser.set_defaults(run=list_methods, listing=listing)


def list_methods(options: argparse.Namespace) -> None:
    """One line a method and one a parameter, or all that is known of one method."""
    listing = options.listing
    if options.key:
        entry = listing[options.key]
        print_result(options, {"key": options.key, **entry}, describe_method(options.key, entry))
        return
    lines = []
    for key, entry in listing.items():
        cite = f"{entry['authors']} {entry['year']}"
        lines.append(f"{key:12s} {entry['title']} ({cite}). {entry['summary']}")
        lines += [describe_param(param) for param in read_params(entry)]
    print_result(options, listing, "\n".join(lines))


def describe_method(key: str, entry: Entry) -> str:
    """Everything that is declared of a method."""
    lines = [
        f"{entry['title']} ({key})",
        f"{entry['authors']} {entry['year']}, {entry['paper']}",
        entry["summary"],
        f"Look: {entry['look']}",
        f"Needs: {entry['needs in words']}. Family: {entry['family']}.",
    ]
    params = read_params(entry)
    if params:
        lines.append("Parameters:")
    for param in params:
        more = f" [{param.source}]" if param.source else ""
        if param.when:
            more += f" Only where {param.when[0]} is {' or '.join(map(str, param.when[1]))}."
        lines.append(describe_param(param) + more)
    for name, values in entry["presets"].items():
        lines.append(f"Preset {name}: {json.dumps(values)}")
    lines += [f"Reported: {said}" for said in entry["says"]]
    return "\n".join(lines)


def describe_param(param: Param) -> str:
    """Name, default, range and meaning in a line."""
    span = " | ".join(param.options) if param.low is None else f"{param.low:g}..{param.high:g}"
    span = "yes | no" if param.kind == "flag" else span
    return f"  {param.name:14s} {param.default!s:9s} {span:22s} {param.help}"
