"""python -m mixcore evidence: what evidence there is, and how far it can be believed."""

from __future__ import annotations

import argparse

from mixcore.cli import output
from mixcore.evidence.kinds import list_kinds


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="every kind, and what it needs")
    what.add_argument("--report", action="store_true", help="measure it against exact masks")
    parser.add_argument("--data", help="folder with tiny-imagenet-100, for real photos too")
    parser.add_argument("--device", default="auto", help="cpu, cuda, mps or auto (default)")
    output.add_json(parser)
    parser.set_defaults(run=show_evidence)


def show_evidence(options: argparse.Namespace) -> None:
    """List the kinds of evidence, or measure them and print the tables as Markdown."""
    if options.report:
        measure_evidence(options)
        return
    kinds = {
        name: {"title": kind.title, "needs": kind.needs, "cost": kind.cost}
        for name, kind in list_kinds().items()
    }
    lines = [
        f"{name:21s} {kind['title']}. Needs {kind['needs']}; costs {kind['cost']}."
        for name, kind in kinds.items()
    ]
    output.print_result(options, kinds, "\n".join(lines))


def measure_evidence(options: argparse.Namespace) -> None:
    """The tables of every kind against exact masks."""
    from pathlib import Path

    from mixcore import hardware
    from mixcore.evidence.study.evaluate_maps import make_tables
    from mixcore.evidence.study.markdown import make_markdown

    data = Path(options.data) if options.data else None
    found = make_tables(data, hardware.device(options.device))
    output.print_result(options, found, make_markdown(found))
