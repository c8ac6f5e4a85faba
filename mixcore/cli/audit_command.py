"""python -m mixcore audit: the same audits as the page's, from the shell, in the foreground."""

from __future__ import annotations

import argparse
import json
from contextlib import closing
from pathlib import Path
from typing import Any

from mixcore.audit.audit_request import AuditRequest
from mixcore.cli import flags
from mixcore.cli.output import (
    ProgressBar,
    add_config,
    add_json,
    check_alone,
    print_result,
    read_request,
)
from mixcore.methods import methods
from mixcore.runs import Run, Status, Store, executors


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes, its flags read off the request's declarations."""
    parser.add_argument(
        "--method", nargs="+", metavar="METHOD", choices=methods("classes"),
        help="methods to audit, on the same pictures and seeds (default: cutmix)",
    )  # fmt: skip
    parser.add_argument(
        "--set", action="append", default=[], metavar="METHOD.NAME=VALUE",
        help="a parameter of one of them, as `python -m mixcore methods` lists them",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="DIR", help="folder of table and report (default: MIXSCOPE_HOME)"
    )
    parser.add_argument("--resume", metavar="DIR", help="go on with the audit in this folder")
    parser.add_argument(
        "--join", nargs="+", metavar="DIR",
        help="make one table and report, in --out, of finished shards in these folders",
    )  # fmt: skip
    parser.add_argument(
        "--executor", default="local", choices=executors.NAMES,
        help="who runs the shards: this machine, a ray cluster (its own where none is found) or "
        "Slurm by submitit (default: local)",
    )  # fmt: skip
    add_config(parser, "what is asked for, such as a run's request.json")
    add_json(parser)
    flags.add_flags(parser, AuditRequest.params())
    parser.set_defaults(run=run_audit)


def run_audit(options: argparse.Namespace) -> int:
    """Audit, in this process or in shards over an executor's workers; 0 if it is done.

    ValueError says why it could not.
    """
    if options.join:
        folders = [Path(place).absolute() for place in options.join]
        return _joined(folders, _fresh(options.out, Store(), folders[0].name), options)
    if options.resume:
        run = Run(Path(options.resume).absolute())
        request = AuditRequest.from_dict(run.job().config)
        check_alone(options, flags.read_values(options))
    else:
        known = read_request(options.config)
        own: dict[str, Any] = {"methods": options.method} if options.method else {}
        own["parameters"] = {**(known.get("parameters") or {}), **read_parameters(options.set)}
        request = AuditRequest.from_dict(known | flags.read_values(options) | own)
    handed = (request.shards > 1 and request.shard == 0) or options.executor != "local"
    if handed and not options.resume:
        return _handed(request, options)
    store = Store()
    if options.resume:
        store.resume(run, own=True)
    else:
        run = store.create(request.job(), Path(options.out) if options.out else None, own=True)
    return _alone(run, store, options)


def read_parameters(pairs: list[str]) -> dict[str, dict[str, Any]]:
    """Parameters by method from METHOD.NAME=VALUE."""
    found: dict[str, dict[str, Any]] = {}
    for pair in pairs:
        place, equals, value = pair.partition("=")
        key, dot, name = place.partition(".")
        if not equals or not dot:
            raise ValueError(f"--set takes METHOD.NAME=VALUE, got {pair!r}.")
        found.setdefault(key, {})[name] = flags.read_literal(value)
    return found


def _alone(run: Run, store: Store, options: argparse.Namespace) -> int:
    from mixcore import worker

    bar = MixBar()
    end = worker.run_in_foreground(run, store, bar)
    bar.close()
    print_result(options, make_result(run, end), describe_end(run, end))
    return 0


def _handed(request: AuditRequest, options: argparse.Namespace) -> int:
    from mixcore.audit import shards

    store = Store()
    folder = _fresh(options.out, store, f"seed-{request.seed}")
    bar = MixBar()
    with closing(executors.find_executor(options.executor, store)) as executor:
        runs = shards.submit_shards(request, executor)
        shards.wait_for_shards(runs, executor, bar)
    bar.close()
    return _joined([run.folder for run in runs], folder, options)


def _joined(folders: list[Path], out: Path, options: argparse.Namespace) -> int:
    from mixcore.audit import shards

    shards.join_shards(folders, out)
    summary = summary_of(out) or {}
    text = "\n".join([f"{out}: done, in {len(folders)} shards.", *summary["conclusion"]])
    print_result(options, {"run": str(out), "state": "done", "summary": summary}, text)
    return 0


def _fresh(out: str | None, store: Store, name: str) -> Path:
    """Where a joined audit goes; ValueError where something else is there."""
    folder = Path(out).absolute() if out else store.root / "audits" / name
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty: name a new folder with --out.")
    return folder


def summary_of(folder: Path) -> dict[str, Any] | None:
    """What the report found, where there is one."""
    path = folder / "summary.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def make_result(run: Run, end: Status) -> dict[str, Any]:
    """How it ended, as plain values."""
    return {
        "run": str(run.folder), "state": end.state, "message": end.message,
        "config": run.job().config, "summary": summary_of(run.folder),
    }  # fmt: skip


def describe_end(run: Run, end: Status) -> str:
    """How it ended, and its conclusion."""
    lines = [f"{run.folder}: {end.state}. {end.message}".rstrip()]
    lines += (summary_of(run.folder) or {"conclusion": []})["conclusion"]
    if end.state == "stopped":
        lines.append(f"Go on: python -m mixcore audit --resume {run.folder}")
    return "\n".join(lines)


class MixBar(ProgressBar):
    """The bar of a worker that counts mixes."""

    unit = "mix"
