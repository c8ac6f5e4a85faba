"""python -m mixcore: the same declarations from the shell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from mixcore import __version__
from mixcore.methods import methods
from mixcore.params import Param

KINDS = {"real": float, "integer": int}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it worked, 2 with one sentence on stderr if it could not."""
    parser = argparse.ArgumentParser(prog="python -m mixcore", description=__doc__)
    parser.add_argument("--version", action="version", version=f"mixcore {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("methods", help="list the methods and their parameters")
    listing.set_defaults(run=list_methods)
    mixing = commands.add_parser("mix", help="mix two photos into a PNG")
    kinds = mixing.add_subparsers(required=True, metavar="METHOD")
    for key in methods():
        add_method(kinds, key)
    options = parser.parse_args(arguments)
    try:
        options.run(options)
    except (ValueError, TypeError, OSError) as error:
        print(f"mixcore: {error}", file=sys.stderr)
        return 2
    return 0


def add_method(commands: Any, key: str) -> None:
    """One sub-command, its flags read off the method's declarations."""
    from mixcore.registry import get

    cls = get(key)
    parser = commands.add_parser(key, help=cls.info.summary)
    parser.add_argument("a", help="photo A, a file")
    parser.add_argument("b", help="photo B, a file")
    parser.add_argument(
        "--out", default="mixed.png", help="the PNG to write (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of all draws (default: 0)")
    parser.add_argument("--size", type=int, default=448, help="side in pixels (default: 448)")
    parser.add_argument("--lam", type=float, help="A's share, instead of drawing it")
    for param in cls.params():
        parser.add_argument(f"--{param.name.replace('_', '-')}", **flag_of(param))
    parser.set_defaults(run=mix, cls=cls)


def flag_of(param: Param) -> dict[str, Any]:
    """argparse's words for one declared parameter."""
    facts: dict[str, Any] = {
        "dest": f"param.{param.name}",
        "default": param.default,
        "help": f"{param.help} (default: {param.default})",
    }
    if param.kind == "flag":
        return facts | {"action": argparse.BooleanOptionalAction}
    if param.kind == "choice":
        return facts | {"choices": param.options}
    return facts | {"type": KINDS[param.kind], "metavar": f"{param.low:g}..{param.high:g}"}


def mix(options: argparse.Namespace) -> None:
    """Mix two files and say what the label is worth."""
    from mixcore import pictures
    from mixcore.batch import Batch

    values = {k.partition(".")[2]: v for k, v in vars(options).items() if k.startswith("param.")}
    method = options.cls(**values)
    photos = [pictures.square(pictures.read(p), options.size) for p in (options.a, options.b)]
    given: dict[str, Any] = {"index": [1, 0]}
    if options.lam is not None:
        given["lam"] = options.lam
    x = pictures.to_tensor(*photos)
    plan = method.plan(Batch(x, given=given), rng=options.seed)
    pictures.save(plan.apply(x)[0], options.out)
    print(f"{options.out}: label {plan.w_a[0]:.4f} A + {plan.w_b[0]:.4f} B")


def list_methods(options: argparse.Namespace) -> None:
    """One line a method, and one a parameter."""
    from mixcore.registry import get

    for key in methods():
        cls = get(key)
        print(
            f"{key:12s} {cls.info.title} ({cls.info.authors} {cls.info.year}). {cls.info.summary}"
        )
        for param in cls.params():
            span = (
                " | ".join(param.options) if param.low is None else f"{param.low:g}..{param.high:g}"
            )
            span = "yes | no" if param.kind == "flag" else span
            print(f"  {param.name:14s} {param.default!s:9s} {span:22s} {param.help}")
