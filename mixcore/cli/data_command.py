"""python -m mixcore data: bring data sets to where training finds them."""

from __future__ import annotations

import argparse
from pathlib import Path

from mixcore.cli.output import add_json, print_result


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes: one verb."""
    verbs = parser.add_subparsers(required=True, metavar="VERB", parser_class=type(parser))
    one = verbs.add_parser("unpack", help="decode packed data sets into MIXSCOPE_DATA")
    one.add_argument("source", help="folder that holds the packed sets, a folder each")
    one.add_argument("names", nargs="*", help="which of them (default: all)")
    add_json(one)
    one.set_defaults(run=unpack_sets, parser=one)


def unpack_sets(options: argparse.Namespace) -> None:
    """Unpack the sets; ValueError for a name that is not there."""
    from mixcore.data import unpack
    from mixcore.runs import home

    found = {path.name: path for path in unpack.list_sets(Path(options.source))}
    for name in options.names:
        if name not in found:
            raise ValueError(f"There is no packed set {name!r}; there are: {', '.join(found)}.")
    lines: list[str] = []
    for name in options.names or found:
        unpack.unpack_set(
            found[name], home.get_data_home(), lines.append if options.json else print
        )
    result = {
        "data": str(home.get_data_home()),
        "sets": options.names or list(found),
        "lines": lines,
    }
    print_result(options, result, "")
