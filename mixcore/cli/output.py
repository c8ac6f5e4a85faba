"""Shared parts of commands: results as text or JSON, configuration files, a progress bar."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mixcore.runs import Status
    from mixcore.runs.work import Watch

STDOUT = "-"
MAX_CONFIG = 2**20  # bytes
QUIET = 30.0  # seconds between two lines of a log


def add_json(parser: argparse.ArgumentParser) -> None:
    """The flag --json [FILE]."""
    parser.add_argument(
        "--json", nargs="?", const=STDOUT, type=_json_path, metavar="FILE",
        help="the result as JSON: printed instead of text, or written to FILE",
    )  # fmt: skip


def _json_path(text: str) -> str:
    if text != STDOUT and not text.endswith(".json"):
        raise argparse.ArgumentTypeError(f"a FILE ends in .json, got {text!r}")
    return text


def print_result(options: argparse.Namespace, result: Any, text: str) -> None:
    """Print the text, or the result where --json was asked for; write its FILE."""
    if options.json == STDOUT:
        print(json.dumps(result, indent=1))
        return
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    if text:
        print(text)


def add_config(parser: argparse.ArgumentParser, what: str) -> None:
    """The flag --config FILE."""
    parser.add_argument("--config", metavar="FILE", help=f"{what}, as JSON or YAML; flags go first")


def read_config(path: str) -> dict[str, Any]:
    """The mapping in a JSON or YAML file; ValueError says in a sentence what is wrong with it."""
    name = Path(path).name
    with open(path, "rb") as file:
        data = file.read(MAX_CONFIG + 1)
    if len(data) > MAX_CONFIG:
        raise ValueError(f"{name} is over the limit of 1 MB for a configuration.")
    try:
        found = _parse_config(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ValueError(f"{name} holds neither JSON nor YAML that can be read.") from None
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise ValueError(f"{name} holds no names with values; save a configuration anew.")
    return found


def _parse_config(text: str) -> Any:
    if text.lstrip().startswith(("{", "[")):
        return json.loads(text)
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from None


def read_request(path: str | None) -> dict[str, Any]:
    """The values of a request in a file: its own, or those that a run's request.json holds."""
    if not path:
        return {}
    found = read_config(path)
    inner = found.get("config", found)
    if not isinstance(inner, dict):
        raise ValueError(f"{Path(path).name} holds no names with values; save it anew.")
    return inner


def check_alone(options: argparse.Namespace, given: dict[str, Any]) -> None:
    """ValueError where --resume, which goes on as it was asked for, comes with other wishes."""
    names = [f"--{name.replace('_', '-')}" for name in given]
    others = ("set", "out", "config", "smoke", "method", "join")
    names += [f"--{name}" for name in others if getattr(options, name, None)]
    if names:
        raise ValueError(
            f"--resume goes on with a run as it was asked for: leave out {', '.join(names)}, or "
            "start a new run."
        )


class ProgressBar:
    """Progress of a worker: a bar on a terminal, and a line now and then in a log."""

    unit = "step"

    def __init__(self, then: Watch | None = None) -> None:
        self._then, self._said, self._seen = then, 0.0, ""
        self._bar: Any = None
        self._live = sys.stderr.isatty()

    def __call__(self, now: Status, row: dict[str, Any] | None) -> None:
        if self._then:
            self._then(now, row)
        if row is not None:
            if row.get("kind") == "epoch":
                self._seen = f"test {row['test_accuracy']:.1%}, loss {row['test_loss']:.3f}"
            return
        if not now.steps:
            return
        if self._live:
            self._draw(now)
        elif time.monotonic() - self._said > QUIET or now.step == now.steps:
            self._said = time.monotonic()
            seen = f", {self._seen}" if self._seen else ""
            doing = f"{now.message}: " if now.message else ""
            sys.stderr.write(f"{doing}{self.unit} {now.step:,} of {now.steps:,}{seen}\n")
            sys.stderr.flush()

    def _draw(self, now: Status) -> None:
        if self._bar is None:
            from tqdm import tqdm  # a third of the time of a command that draws none

            self._bar = tqdm(
                total=now.steps, initial=now.step, unit=self.unit, file=sys.stderr,
                dynamic_ncols=True, mininterval=0.2,
            )  # fmt: skip
        self._bar.set_description_str(now.message, refresh=False)
        self._bar.set_postfix_str(self._seen, refresh=False)
        self._bar.update(now.step - self._bar.n)
        if now.step == now.steps:
            self.close()

    def close(self) -> None:
        """Leave the bar as it is and go to the next line."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
