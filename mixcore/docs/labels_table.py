"""Table of label weights in docs/evidence.md, from the report that ships with the models.

Each row is named after what was run, and each figure is the report's.
"""

from __future__ import annotations

import json
from typing import Any

from mixcore.docs.marks import replace_marked
from mixcore.evidence.models.bundled import FOLDER
from mixcore.evidence.study.evaluate_maps import SNAPMIX, TRANSMIX
from mixcore.statistics import Interval

START = "<!-- evidence: made by python -m mixcore.docs -->"
END = "<!-- evidence end -->"
REPORT = FOLDER / "report.json"

# Rows of the report by what was run.
TITLES = {
    "area": "area",
    TRANSMIX: "TransMix as released: half attention of the mix, half area",
    "attention of the mix, late": "TransMix's formula: attention of the mix alone",
    SNAPMIX: "SnapMix's CAM of the true class, less its least value; weights made to sum to 1",
    "CAM, true class": "CAM of the true class, cut off at zero",
    "clean late attention, minus mean": "VisibleMix: attention of the clean photos, minus mean",
    "clean late x CAM, predicted class": "the same times CAM of the predicted class",
}


def make_markdown(report: dict[str, Any]) -> str:
    """What area gets wrong, the table, and what must be known to read it."""
    pairs, real = report["composites"]["weights"], report["real"]["weights"]
    wrong = f"{pairs['errors of area']} ({100 * pairs['errors of area'] / pairs['n']:.0f} %)"
    lines = [
        f"Of {pairs['n']:,} pairs of composites with exact masks, area gave an object of which "
        f"under 5 % was left 0.2 or more of the label in {wrong}.",
        "",
        "| label of A by | r | mean error [95 %], composites | repeats area's "
        f"{pairs['errors of area']} errors | "
        f"mean error, real photos with boxes (n = {real['n']}) |",
        "| --- | --- | --- | --- | --- |",
    ]
    for key, title in TITLES.items():
        own, there = pairs["labels"][key], real["labels"][key]
        repeats = f"{100 * own['of the errors of area']:.0f} %"
        cells = [title, f"{own['r']['value']:.3f}", _error(own), repeats, _error(there)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _caveat(report)]) + "\n"


def renew_text(text: str, report: dict[str, Any]) -> str:
    """The text with its table made anew; ValueError without the marks."""
    return replace_marked(text, START, END, make_markdown(report))


def load_report() -> dict[str, Any]:
    """The report that is shipped beside the models."""
    found: dict[str, Any] = json.loads(REPORT.read_text(encoding="utf-8"))
    return found


def _error(row: dict[str, Any]) -> str:
    return str(Interval(**row["mae"]))


def _caveat(report: dict[str, Any]) -> str:
    pairs, sources = report["composites"]["weights"], report["composites"]["sources"]
    hidden = f"{100 * pairs['hidden'] / pairs['n']:.0f} %"
    return (
        f"One seed a model, and {sources} held-out cut-outs behind the composites. Their boxes lie "
        f"wholly inside the frame, their area uniform, so that one object is hardly visible in "
        f"{hidden} of the pairs: area errs more here than with CutMix's own boxes, which the frame "
        "cuts. On cluttered real photos attention tracks the truth less well."
    )
