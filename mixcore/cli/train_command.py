"""python -m mixcore train: the same runs as the page's, from the shell, in the foreground."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from mixcore.cli import flags
from mixcore.cli.output import (
    ProgressBar,
    add_config,
    add_json,
    check_alone,
    print_result,
    read_request,
)
from mixcore.runs import Run, Status, Store
from mixcore.train import metric_rows
from mixcore.train.training_request import OWNED, TrainingRequest


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes, its flags read off the request's declarations."""
    parser.add_argument("--out", metavar="DIR", help="folder of the run (default: MIXSCOPE_HOME)")
    parser.add_argument("--resume", metavar="DIR", help="go on with the run in this folder")
    parser.add_argument("--smoke", action="store_true", help="try 20 steps and say what it takes")
    parser.add_argument("--tensorboard", action="store_true", help="write event files, too")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of the method itself, as `python -m mixcore methods` lists them",
    )  # fmt: skip
    for what in ("objective", "observe"):
        parser.add_argument(
            f"--set-{what}", action="append", default=[], metavar="NAME=VALUE",
            help=f"a parameter of what --{what} names",
        )  # fmt: skip
    add_config(parser, "what is asked for, such as a run's request.json")
    add_json(parser)
    flags.add_flags(parser, TrainingRequest.params())
    parser.set_defaults(run=run_training)


def run_training(options: argparse.Namespace) -> int:
    """Train in this process; 0 if it is done or was stopped, 1 if it diverged.

    ValueError says why it could not.
    """
    store = Store()
    if options.resume:
        run = Run(Path(options.resume).absolute())
        request = TrainingRequest.from_dict(run.job().config)
        check_alone(options, flags.read_values(options))
    else:
        known = read_request(options.config)
        own = {
            name: {**(known.get(name) or {}), **read_parameters(options, flag_name)}
            for name, (_, flag_name) in OWNED.items()
        }
        request = TrainingRequest.from_dict(known | flags.read_values(options) | own)
    events = _events(options)
    if options.resume:
        store.resume(run, own=True)
    else:
        place = Path(options.out) if options.out else None
        kind = "smoke" if options.smoke else "train"
        run = store.create(request.job(kind=kind), place, own=True)
    from mixcore import worker

    bar = ProgressBar(events(run) if events else None)
    end = worker.run_in_foreground(run, store, bar)
    bar.close()
    print_result(options, make_result(run, end), describe_end(run, end, request))
    if options.smoke:
        store.delete(run)
    return int(end.state == "diverged")


def read_parameters(options: argparse.Namespace, flag_name: str) -> dict[str, Any]:
    """Parameters of what is chosen, from --set name=value and its like."""
    found = {}
    for pair in getattr(options, flag_name.removeprefix("--").replace("-", "_")):
        name, equals, value = pair.partition("=")
        if not equals:
            raise ValueError(f"{flag_name} takes NAME=VALUE, got {pair!r}.")
        found[name] = flags.read_literal(value)
    return found


def describe_end(run: Run, end: Status, request: TrainingRequest) -> str:
    """How it ended, in a few lines."""
    metrics = run.metrics(metric_rows.is_whole)
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


def make_result(run: Run, end: Status) -> dict[str, Any]:
    """How it ended, as plain values."""
    metrics = run.metrics(metric_rows.is_whole)
    metrics.update()
    return {
        "run": str(run.folder), "state": end.state, "message": end.message, "step": end.step,
        "steps": end.steps, "config": run.job().config, "epochs": metrics.epochs,
    }  # fmt: skip


def _events(options: argparse.Namespace) -> Any:
    """What makes a writer of TensorBoard's event files for a run, where that was asked for."""
    if not options.tensorboard:
        return None
    from mixcore.train import events

    return events.Events
