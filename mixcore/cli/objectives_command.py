"""python -m mixcore objectives: what a training may ask of a model."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import Any

from mixcore.cli.methods_command import describe_param
from mixcore.cli.output import add_json, print_result
from mixcore.objectives import find_objective, list_objectives, read_objective
from mixcore.params import Declared
from mixcore.train.observe import find_observer, list_observers, read_observer


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes."""
    keys = (*list_objectives(), *list_observers())
    parser.add_argument("key", nargs="?", metavar="KEY", choices=keys, help="say all of one")
    add_json(parser)
    parser.set_defaults(run=show_objectives)


def show_objectives(options: argparse.Namespace) -> None:
    """One line an objective and an observer, or all that is declared of one."""
    if options.key:
        print_result(options, *_describe(options.key))
        return
    lines: list[str] = []
    facts: dict[str, Any] = {}
    for card in map(read_objective, list_objectives()):
        cite = f" ({card.authors} {card.year})" if card.paper else ""
        lines.append(f"{card.key:16s} {card.title}{cite}. {card.summary}")
        facts[card.key] = dataclasses.asdict(card)
    for one in map(read_observer, list_observers()):
        lines.append(f"{one.key:16s} {one.title}, to watch. {one.summary}")
        facts[one.key] = dataclasses.asdict(one)
    print_result(options, facts, "\n".join(lines))


def _describe(key: str) -> tuple[dict[str, Any], str]:
    """All of one, with its parameters; this needs torch."""
    card: Any
    cls: type[Declared]
    if key in list_objectives():
        card, cls = read_objective(key), find_objective(key)
    else:
        card, cls = read_observer(key), find_observer(key)
    lines = [f"{card.title} ({key})"]
    if getattr(card, "paper", ""):
        lines.append(f"{card.authors} {card.year}, {card.paper}")
    lines += [card.summary, f"Cost: {card.cost}"]
    if cls.params():
        lines += ["Parameters:", *map(describe_param, cls.params())]
    for group in ("losses", "readings"):
        for name, title in getattr(card, group, {}).items():
            lines.append(f"Curve {name}: {title}")
    for name, values in getattr(card, "presets", {}).items():
        lines.append(f"Settings {name}: {json.dumps(values)}")
    lines += [f"Reported: {said}" for said in getattr(card, "says", ())]
    return dataclasses.asdict(card), "\n".join(lines)
