"""python -m mixcore data: bring data sets to where training finds them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mixcore.data import unpack as packed
from mixcore.runs import home


def add(commands: Any) -> None:
    """The command and its one verb."""
    parser = commands.add_parser("data", help="bring data sets to where training finds them")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    one = verbs.add_parser("unpack", help="decode packed data sets into MIXSCOPE_DATA")
    one.add_argument("source", help="folder that holds the packed sets, a folder each")
    one.add_argument("names", nargs="*", help="which of them (default: all)")
    one.set_defaults(run=unpack)


def unpack(options: argparse.Namespace) -> None:
    """Unpack the sets; ValueError for a name that is not there."""
    found = {path.name: path for path in packed.sets(Path(options.source))}
    for name in options.names:
        if name not in found:
            raise ValueError(f"There is no packed set {name!r}; there are: {', '.join(found)}.")
    for name in options.names or found:
        packed.unpack(found[name], home.data(), print)
