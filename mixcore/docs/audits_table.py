"""Table of the audits that were run, in docs/audits.md, from their summaries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mixcore.audit.summary import read_interval
from mixcore.docs.marks import replace_marked
from mixcore.methods import get_title
from mixcore.statistics import Interval

START, END = "<!-- audits: made by python -m mixcore.docs -->", "<!-- audits end -->"


def make_markdown(found: Mapping[str, dict[str, Any]]) -> str:
    """A row a method with what each audit, by its title, says of it, and each one's conclusions."""
    heads = [
        f"{name}: mean mismatch | {name}: hidden, yet 0.2 of the label or more" for name in found
    ]
    lines = [f"| label of | {' | '.join(heads)} |", f"| --- |{' --- | --- |' * len(found)}"]
    keys = dict.fromkeys(key for one in found.values() for key in one["methods"])
    for key in keys:
        cells = []
        for one in found.values():
            own = one["methods"].get(key)
            cells += ["", ""] if own is None else [
                str(read_interval(own["mismatch"])), format_share(read_interval(own["hidden"])),
            ]  # fmt: skip
        lines.append(f"| {get_title(key)} | {' | '.join(cells)} |")
    for name, one in found.items():
        lines += ["", f"**{name}** (n = {_n(one)}; {_sampled(one)}). {_said(one)}"]
    return "\n".join(lines) + "\n"


def format_share(one: Interval) -> str:
    """An interval of a share in per cent."""
    return f"{100 * one.value:.1f} % [{100 * one.low:.1f}, {100 * one.high:.1f}]"


def _said(one: dict[str, Any]) -> str:
    """Its conclusions but for the one that the table already holds."""
    said: list[str] = one["conclusion"]
    return " ".join([*said[:1], *said[2:]])


def _n(one: dict[str, Any]) -> str:
    sizes = sorted({own["n"] for own in one["methods"].values()})
    span = f"{sizes[0]:,}" if len(sizes) == 1 else f"{sizes[0]:,} to {sizes[-1]:,}"
    return f"{span} mixes of two classes a method"


def _sampled(one: dict[str, Any]) -> str:
    sampled = one["resampled"]
    seed = one["facts"]["request"]["seed"]
    return f"seed {seed}; intervals resample {sampled['n']} {sampled['unit']} of pictures"


def renew_text(text: str, found: Mapping[str, dict[str, Any]]) -> str:
    """The text with what stands between its two marks made anew; ValueError without the marks."""
    return replace_marked(text, START, END, make_markdown(found))


def read_summaries(paths: list[Path]) -> dict[str, dict[str, Any]]:
    """Summaries by the names of their files."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}
