"""python -m mixcore train: the same runs as the page's, from the shell, in the foreground."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from mixcore import flags
from mixcore.runs import Run, Status, Store
from mixcore.runs.work import Watch
from mixcore.train import rows
from mixcore.train.request import Request

BAR = 24  # characters


def add(commands: Any) -> None:
    """The command, its flags read off the request's declarations."""
    parser = commands.add_parser(
        "train", help="train a small model with a method, and measure it as it learns"
    )
    parser.add_argument("--out", metavar="DIR", help="folder of the run (default: MIXSCOPE_HOME)")
    parser.add_argument("--resume", metavar="DIR", help="go on with the run in this folder")
    parser.add_argument("--smoke", action="store_true", help="try 20 steps and say what it takes")
    parser.add_argument("--tensorboard", action="store_true", help="write event files, too")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of the method itself, as `python -m mixcore methods` lists them",
    )  # fmt: skip
    flags.add(parser, Request.params())
    parser.set_defaults(run=train)


def train(options: argparse.Namespace) -> int:
    """Train in this process; 0 if it is done or was stopped, 1 if it diverged.

    ValueError says why it could not.
    """
    store = Store()
    if options.resume:
        run = Run(Path(options.resume).absolute())
        request = Request.from_dict(run.job().config)
    else:
        request = Request(**flags.values(options), parameters=parameters(options))
    events = _events(options)
    if options.resume:
        store.resume(run, own=True)
    else:
        place = Path(options.out) if options.out else None
        kind = "smoke" if options.smoke else "train"
        run = store.create(request.job(kind=kind), place, own=True)
    from mixcore import worker

    end = worker.foreground(run, store, Bar(events(run) if events else None))
    print(said(run, end, request))
    if options.smoke:
        store.delete(run)
    return int(end.state == "diverged")


def parameters(options: argparse.Namespace) -> dict[str, Any]:
    """The method's own parameters from --set name=value."""
    found = {}
    for pair in options.set:
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"--set takes NAME=VALUE, got {pair!r}.")
        found[name] = flags.literal(value)
    return found


def said(run: Run, end: Status, request: Request) -> str:
    """How it ended, in a few lines."""
    metrics = run.metrics(rows.is_whole)
    metrics.update()
    if metrics.of("estimate"):
        return end.message
    lines = [f"{run.folder}: {end.state}. {end.message}".rstrip()]
    if metrics.epochs:
        last = metrics.epochs[-1]
        best = max(row["test_accuracy"] for row in metrics.epochs)
        lines.append(
            f"Test accuracy {last['test_accuracy']:.2%} after epoch {last['epoch']} of "
            f"{request.epochs}, best {best:.2%} (n = {last['test_n']:,}, 1 seed)."
        )
    if end.state == "stopped":
        lines.append(f"Go on: python -m mixcore train --resume {run.folder}")
    if problem := metrics.describe_problem():
        lines.append(problem)
    return "\n".join(lines)


class Bar:
    """One line on stderr that says how far it is; watches a worker."""

    def __init__(self, then: Watch | None = None) -> None:
        self._then, self._start, self._said = then, time.monotonic(), 0.0
        self._first: int | None = None
        self._seen = ""

    def __call__(self, now: Status, row: dict[str, Any] | None) -> None:
        if self._then:
            self._then(now, row)
        if row is not None:
            if row.get("kind") == "epoch":
                self._seen = f"test {row['test_accuracy']:.1%}, loss {row['test_loss']:.3f}"
            return
        if self._first is None:
            self._first, self._start = now.step, time.monotonic()
        moment = time.monotonic()
        if now.steps and (moment - self._said > 0.2 or now.step == now.steps):
            self._said = moment
            sys.stderr.write("\r" + self._line(now, moment - self._start))
            sys.stderr.write("\n" if now.step == now.steps else "")
            sys.stderr.flush()

    def _line(self, now: Status, spent: float) -> str:
        done, made = now.step / now.steps, now.step - (self._first or 0)
        full = round(done * BAR)
        left = f"{spent / made * (now.steps - now.step):.0f} s left" if made else "starting"
        bar = "█" * full + "·" * (BAR - full)
        return f"{bar} step {now.step} of {now.steps}, {left}  {self._seen}  "


def _events(options: argparse.Namespace) -> Any:
    """What makes a writer of TensorBoard's event files for a run, where that was asked for."""
    if not options.tensorboard:
        return None
    from mixcore.train import events

    return events.Events
