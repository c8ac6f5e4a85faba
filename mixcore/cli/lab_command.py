"""python -m mixcore lab: the experiment of a lab, run, kept or checked against its finding."""

from __future__ import annotations

import argparse
import functools
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from mixcore import labs
from mixcore.cli import flags, output
from mixcore.experiments.trial_progress import Progress
from mixcore.findings import records
from mixcore.findings.claims import FEWEST, Claim, Row, Verdict, judge_claim, list_values
from mixcore.findings.records import Finding
from mixcore.labs import LabCard
from mixcore.trials.lab_request import LabRequest


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes."""
    parser.add_argument("key", nargs="?", metavar="NAME", choices=labs.list_labs(), help="a lab")
    parser.add_argument("--seeds", type=int, metavar="N", help="seeds of each arm")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="the first seed")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of the lab, as its list without --seeds says",
    )  # fmt: skip
    parser.add_argument("--out", metavar="DIR", help="write rows.csv and finding.json there")
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check", action="store_true", help="run the finding that ships again, and compare"
    )
    what.add_argument(
        "--keep", nargs="?", const="", metavar="AS",
        help="run it, and keep it as the finding that ships; AS names other data or settings",
    )  # fmt: skip
    what.add_argument("--about", action="store_true", help="say what the lab is, and run nothing")
    output.add_json(parser)
    parser.set_defaults(run=run_lab)


def run_lab(options: argparse.Namespace) -> int:
    """List the labs, or run one; 1 where a check fails."""
    if options.key is None:
        cards = [labs.read_card(key) for key in labs.list_labs()]
        lines = [f"{card.key:18s} {card.title} ({card.cite}). {card.question}" for card in cards]
        output.print_result(options, [describe_card(card) for card in cards], "\n".join(lines))
        return 0
    card = labs.read_card(options.key)
    if options.about:
        output.print_result(options, describe_card(card), describe_lab(card))
        return 0
    if options.check:
        return check_finding(options, card)
    given = dict(_split(pair) for pair in options.set)
    request = _make_request(card, options.seeds or card.seeds, options.first, given)
    _check_keep(options, card, request)
    finding = run_request(request)
    if options.keep:
        finding = replace(finding, name=f"{card.key}{records.APART}{options.keep}")
    text = [describe_finding(card, finding)]
    if options.keep is not None:
        text.append(f"Kept as {records.save_finding(finding).name}.")
    if options.out:
        text.append(write_files(finding, Path(options.out)))
    output.print_result(options, pack_finding(card, finding), "\n".join(text))
    return 0


def _check_keep(options: argparse.Namespace, card: LabCard, request: LabRequest) -> None:
    """ValueError before the experiment is run where what it gives could not be kept."""
    if options.keep is None:
        return
    least = FEWEST if options.keep else card.seeds  # what else it is run on may take hours
    if request.seeds < least or request.first:
        raise ValueError(f"--keep takes at least {least} seeds from 0: see --seeds.")
    if options.keep == "" and request.parameters:
        raise ValueError(
            "--keep takes the usual parameters: leave out --set, or name other ones by --keep AS."
        )


def run_request(request: LabRequest) -> Finding:
    """The experiment in this process, with a line on stderr for each part."""
    from mixcore.trials import lab_job

    made = labs.make_lab(request.lab, **request.parameters)
    began, parts = time.monotonic(), lab_job.list_parts(made)
    rows: list[Row] = []
    for number, part in enumerate(parts, 1):
        bar = Progress(functools.partial(_tell, number, len(parts), part))
        rows += made.run(part, request.list_seeds(), bar)
    if sys.stderr.isatty():
        print("", file=sys.stderr)
    return Finding(
        request.lab, rows, request.parameters, records.list_versions(), request.command(),
        date.today().isoformat(), time.monotonic() - began, len(os.sched_getaffinity(0)),
    )  # fmt: skip


def check_finding(options: argparse.Namespace, card: LabCard) -> int:
    """Run a finding again: the same rows by the same versions, else the same verdicts."""
    known = records.load_finding(card.key)
    if known is None:
        raise ValueError(f"{card.title} has no finding yet; make one with --keep.")
    seeds = known.seeds
    again = run_request(_make_request(card, len(seeds), seeds[0], known.parameters))
    same = again.versions == known.versions
    problem = records.compare_rows(known.rows, again.rows) if same else None
    for claim, before in known.judge(card.claims):
        after = judge_claim(claim, again.rows)
        if after.word != before.word:
            problem = f"{claim.text!r} was {before.word}, and is {after.word} now."
    how = "the same versions, rows" if same else "other versions, verdicts"
    text = problem or f"{card.title}: the finding holds ({how})."
    output.print_result(options, {"lab": card.key, "problem": problem, "same": same}, text)
    return int(problem is not None)


def describe_card(card: LabCard) -> dict[str, Any]:
    """What a lab declares, as plain values."""
    return {
        "key": card.key, "title": card.title, "group": card.group, "field": card.field,
        "paper": card.paper, "authors": card.authors, "year": card.year,
        "question": card.question, "says": list(card.says), "arms": list(card.arms),
        "claims": [claim.text for claim in card.claims],
    }  # fmt: skip


def describe_lab(card: LabCard) -> str:
    """Everything that is declared of a lab, in lines."""
    from mixcore.cli.methods_command import describe_param

    lines = [f"{card.title} ({card.key})", f"{card.cite}, {card.paper}", card.question]
    lines += [f"Reading: {card.reading}."] if card.reading else []
    lines += [f"Paper says: {said}" for said in card.says]
    lines += [f"Arms: {', '.join(card.arms)}."]
    lines += [f"Claim: {claim.text}." for claim in card.claims]
    lines += ["Parameters:", *map(describe_param, labs.find_lab(card.key).params())]
    return "\n".join(lines)


def describe_finding(card: LabCard, finding: Finding) -> str:
    """Arms with their means and intervals, and claims with their verdicts."""
    from mixcore.findings.claims import find_interval

    lines = [f"{card.title}, {len(finding.seeds)} seeds, {finding.seconds:.0f} s"]
    for metric, title in card.metrics.items():
        lines.append(f"{title}:")
        for arm in card.arms:
            values = list_values(finding.rows, arm, metric)
            if values:
                mean, low, high = find_interval(values)
                lines.append(f"  {arm:24s} {mean:8.4f} [{low:.4f}, {high:.4f}]")
    for claim, verdict in finding.judge(card.claims):
        lines.append(describe_verdict(claim, verdict))
    return "\n".join(lines)


def describe_verdict(claim: Claim, verdict: Verdict) -> str:
    """A claim, what rows make of it, and by how much."""
    span = f"{verdict.effect:.4f} [{verdict.low:.4f}, {verdict.high:.4f}], n {verdict.n}"
    return f"{verdict.word}: {claim.text} ({span})"


def pack_finding(card: LabCard, finding: Finding) -> dict[str, Any]:
    """A finding as plain values."""
    rows = [{"arm": r.arm, "seed": r.seed, **r.values} for r in finding.rows]
    verdicts = [
        {"claim": claim.text, "verdict": v.word, "effect": v.effect, "low": v.low, "high": v.high,
         "n": v.n}
        for claim, v in finding.judge(card.claims)
    ]  # fmt: skip
    return {"lab": card.key, "rows": rows, "verdicts": verdicts, "command": finding.command}


def write_files(finding: Finding, folder: Path) -> str:
    """Rows as CSV, and all of the finding as JSON."""
    from mixcore.csv_table import write_csv

    records.save_finding(finding, folder)
    table = [{"arm": row.arm, "seed": row.seed, **row.values} for row in finding.rows]
    (folder / "rows.csv").write_bytes(write_csv(table))
    return f"Rows and finding are in {folder}."


def _make_request(
    card: LabCard, seeds: int, first: int, parameters: Mapping[str, Any]
) -> LabRequest:
    settings = json.dumps(dict(parameters))
    return LabRequest.from_dict(
        {"lab": card.key, "seeds": seeds, "first": first, "settings": settings}
    )


def _split(pair: str) -> tuple[str, Any]:
    name, equals, value = pair.partition("=")
    if not equals:
        raise ValueError(f"--set takes NAME=VALUE, got {pair!r}.")
    return name, flags.read_literal(value)


def _tell(number: int, of: int, part: str, step: int, steps: int, message: str) -> None:
    if sys.stderr.isatty():
        print(f"\r{number}/{of} {part}: {step:,}/{steps:,}   ", end="", file=sys.stderr)
