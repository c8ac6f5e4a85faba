"""The report to hand in: summary.json, and report.html, one file that needs nothing else."""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mixcore.audit import conclusion, summary, svg
from mixcore.data.dataset import list_some
from mixcore.methods import get_title
from mixcore.runs import files
from mixcore.statistics import Interval

SUMMARY, PAGE = "summary.json", "report.html"
WORST, THUMB = 24, 144
Remake = Callable[[Mapping[str, Any]], NDArray[np.uint8]]

STYLE = """
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e8eaed); --soft: light-dark(#5b6470,
#9aa3ad); --paper: light-dark(#fff, #14171a); --line: light-dark(#e2e5e9, #2b3036);
--a: light-dark(#1f6feb, #6ea8fe); --b: light-dark(#b45309, #f0a04b) }
body { font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper);
max-width: 60rem; margin: 2.5rem auto; padding: 0 1.2rem }
h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem }
.facts, figcaption, small { color: var(--soft); font-size: .86rem }
svg { max-width: 100%; height: auto; display: block } svg text { fill: var(--ink); font: 13px
system-ui, sans-serif } .tick { text-anchor: middle }
svg text.tick { fill: var(--soft); font-size: 11px }
.name { text-anchor: end } .up { text-anchor: start } .grid { stroke: var(--line) }
.span { stroke: var(--a); stroke-width: 3 } .dot, .bar, .cell { fill: var(--a) }
.cell { stroke: var(--line) } .row { display: flex; flex-wrap: wrap; gap: 1rem }
figure { margin: 0 } table { border-collapse: collapse; font-size: .9rem }
td, th { text-align: left; padding: .25rem 1rem .25rem 0; border-bottom: 1px solid var(--line) }
.thumbs { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 1.1rem }
.thumbs img { width: 100%; border-radius: 6px } b.a { color: var(--a) } b.b { color: var(--b) }
"""


def write_report(folder: Path, remake: Remake | None = None) -> dict[str, Any]:
    """Write both files beside the table of a folder; the summary.

    remake  makes the picture of a row again, uint8 (h, w, 3), or raises ValueError; without it
            the worst mixes are only listed
    """
    found = summary.summarize_audit(folder)
    found["conclusion"] = conclusion.write_conclusion(found)
    files.write_json(folder / SUMMARY, replace_nan(found))
    page = make_html(found, summary.list_worst(folder, WORST), remake)
    files.write_file(folder / PAGE, page.encode())
    return found


def make_html(
    found: dict[str, Any], worst: Sequence[dict[str, Any]], remake: Remake | None = None
) -> str:
    """The page of a summary and its worst rows."""
    facts = found["facts"]
    request = facts.get("request", {})
    data = Path(str(request.get("data", "a training"))).name
    parts = [
        f"<h1>Do labels say what can be seen? {escape(data)}</h1>",
        f'<p class="facts">{escape(describe_terms(found))}</p>',
        *(f"<p>{escape(sentence)}</p>" for sentence in found["conclusion"]),
        *_charts(found),
        *_matrices(found),
        *_worst(worst, facts, remake),
        *_about(facts),
    ]
    head = (
        "<meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<title>Audit of {escape(data)}</title><style>{STYLE}</style>"
    )
    body = "".join(parts)
    return f"<!doctype html><html lang=en><head>{head}</head><body>{body}</body></html>\n"


def describe_terms(found: dict[str, Any]) -> str:
    """n, seed, what judged and what was resampled, in one line."""
    facts, sampled = found["facts"], found["resampled"]
    n = sum(one["n"] for one in found["methods"].values())
    alike = sum(one["one class"] for one in found["methods"].values())
    seed = facts.get("request", {}).get("seed")
    parts = [
        f"{n:,} mixes of two classes by {len(found['methods'])} methods ({alike:,} of one class "
        "are left out: their label cannot be wrong)",
        f"judged by {conclusion.describe_judge(found)}",
        f"95 % bootstrap intervals over {sampled['n']:,} {sampled['unit']}",
    ]
    return "; ".join([*parts, *([f"seed {seed}"] if seed is not None else [])]) + "."


def _charts(found: dict[str, Any]) -> list[str]:
    means = [(get_title(key), _of(one["mismatch"])) for key, one in found["methods"].items()]
    means += [(f"control: {name}", _of(one["mismatch"])) for name, one in found["controls"].items()]
    hidden = [(get_title(key), _of(one["hidden"])) for key, one in found["methods"].items()]
    parts = [
        "<h2>Mean mismatch between label and what is in sight</h2>",
        svg.draw_dots(means, "Mean mismatch by method with 95 % intervals"),
        "<small>0 is perfect, 1 the worst. Controls: CutMix labelled by area, judged by even "
        "evidence and by other pictures' evidence.</small>",
        f"<h2>Mixes where a class has {summary.MUCH:g} of the label or more and under "
        f"{summary.HIDDEN:.0%} of its object left</h2>",
        svg.draw_dots(hidden, "Share of such mixes by method with 95 % intervals", percent=True),
        '<h2>Distribution of the mismatch</h2><div class="row">',
    ]
    for key, one in found["methods"].items():
        median = one["quantiles"].get("0.5")
        said = f"{get_title(key)}, n = {one['n']:,}"
        said += "" if median is None else f", median {median:.3f}"
        chart = svg.draw_bars(one["histogram"], f"Histogram of the mismatch: {said}")
        parts.append(f"<figure>{chart}<figcaption>{escape(said)}</figcaption></figure>")
    return [*parts, "</div>"]


def _matrices(found: dict[str, Any]) -> list[str]:
    classes = found["facts"].get("classes", [])
    shown = {key: one for key, one in found["pairs"].items() if one}
    if not shown:
        return []
    parts = ["<h2>Mean mismatch by pair of classes (A down, B across)</h2>"]
    for key, one in shown.items():
        chart = svg.draw_matrix(one["mean"], classes, f"{get_title(key)} by pair of classes")
        opened = " open" if key == next(iter(shown)) else ""
        parts.append(
            f"<details{opened}><summary>{escape(get_title(key))}</summary>{chart}</details>"
        )
    return parts


def _worst(
    rows: Sequence[dict[str, Any]], facts: dict[str, Any], remake: Remake | None
) -> list[str]:
    classes = facts.get("classes", [])

    def named(k: int | None) -> str:
        return escape(classes[k] if k is not None and k < len(classes) else f"class {k}")

    parts = [f'<h2>The {len(rows)} worst mixes</h2><div class="thumbs">']
    for row in rows:
        image = ""
        if remake is not None:
            try:
                said = f"{escape(row['method'])} mix of row {row['row']}"
                image = f'<img alt="{said}" src="{_uri(remake(row))}">'
            except ValueError as error:
                image = f"<small>{escape(str(error))}</small>"
        parts.append(
            f"<figure>{image}<figcaption>{escape(get_title(row['method']))}, row {row['row']}: "
            f"mismatch {row['mismatch']:.2f}<br>label <b class=a>{row['w_a']:.2f} "
            f"{named(row['class_a'])}</b> + <b class=b>{row['w_b']:.2f} {named(row['class_b'])}</b>"
            f"<br>left <b class=a>{_left(row['s_a'])}</b> and <b class=b>{_left(row['s_b'])}</b>"
            "</figcaption></figure>"
        )
    return [*parts, "</div>"]


def _about(facts: dict[str, Any]) -> list[str]:
    notes = [str(note) for note in facts.get("notes", [])]
    skipped = facts.get("skipped", {})
    if skipped:
        notes.append(
            f"{len(skipped):,} pictures could not be read and were skipped: "
            f"{list_some(list(skipped))}."
        )
    sizes = facts.get("sizes", [])
    if sizes and sizes[0] != sizes[-1]:
        small, large = (f"{w} x {h}" for h, w in (sizes[0], sizes[-1]))
        notes.append(
            f"Pictures are of different sizes, from {small} to {large} pixels; each was cut to its "
            "central square."
        )
    request = facts.get("request", {})
    rows = {
        "methods": ", ".join(request.get("methods", [])), "parameters": request.get("parameters"),
        "evidence": ", ".join(facts.get("evidence", [])), "judge": facts.get("judge"),
        "digest of the judge": facts.get("digests", {}).get(facts.get("judge")),
        "mixes a method": request.get("n"), "pictures": facts.get("pictures"),
        "seed": request.get("seed"), "mixcore": facts.get("mixcore"), "torch": facts.get("torch"),
    }  # fmt: skip
    cells = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in rows.items()
        if value not in (None, "", {})
    )
    said = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return [f"<h2>How it was made</h2><table>{cells}</table>", f"<ul>{said}</ul>" if said else ""]


def _uri(image: NDArray[np.uint8]) -> str:
    file = io.BytesIO()
    Image.fromarray(image).resize((THUMB, THUMB), Image.Resampling.LANCZOS).save(
        file, "JPEG", quality=80
    )
    return f"data:image/jpeg;base64,{base64.b64encode(file.getvalue()).decode()}"


def _left(share: float | None) -> str:
    return "?" if share is None else f"{share:.0%}"


def _of(found: dict[str, float]) -> Interval:
    return Interval(**found)


def replace_nan(value: Any) -> Any:
    """The value for JSON, which has no NaN: null instead."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: replace_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [replace_nan(one) for one in value]
    return value
