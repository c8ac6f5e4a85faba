"""The report to hand in: summary.json, and report.html, one file that needs nothing else."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from mixcore import palette
from mixcore.audit import conclusion, summary, svg
from mixcore.audit.summary import is_third
from mixcore.data.dataset import list_some
from mixcore.methods import get_title
from mixcore.runs import files
from mixcore.statistics import Interval

SUMMARY, PAGE = "summary.json", "report.html"
WORST, THUMB = 24, 144
Remake = Callable[[Mapping[str, Any]], NDArray[np.uint8]]

PAGES = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,  # class names and paths are other people's words
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def write_report(folder: Path, remake: Remake | None = None) -> dict[str, Any]:
    """Write both files beside the table of a folder; the summary.

    remake  makes the picture of a row again, uint8 (h, w, 3), or raises ValueError; without it
            the worst mixes are only listed
    """
    found = summary.summarize_audit(folder)
    found["conclusion"] = conclusion.write_conclusion(found)
    files.write_json(folder / SUMMARY, found)
    page = make_html(found, summary.list_worst(folder, WORST), remake)
    files.write_file(folder / PAGE, page.encode())
    return found


def make_html(
    found: dict[str, Any], worst: Sequence[dict[str, Any]], remake: Remake | None = None
) -> str:
    """The page of a summary and its worst rows."""
    facts = found["facts"]
    return PAGES.get_template("report.html.j2").render(
        palette=palette,
        data=Path(str(facts.get("request", {}).get("data", "a training"))).name,
        terms=describe_terms(found),
        conclusion=found["conclusion"],
        much=f"{summary.MUCH:g}",
        hidden=f"{summary.HIDDEN:.0%}",
        **_charts(found),
        matrices=_matrices(found),
        worst=[_describe_mix(row, facts.get("classes", []), remake) for row in worst],
        facts=_list_facts(facts),
        notes=_list_notes(facts),
    )


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


def _charts(found: dict[str, Any]) -> dict[str, Any]:
    """The charts of all methods, as SVG."""
    means = [(get_title(key), _of(one["mismatch"])) for key, one in found["methods"].items()]
    means += [(f"control: {name}", _of(one["mismatch"])) for name, one in found["controls"].items()]
    hidden = [(get_title(key), _of(one["hidden"])) for key, one in found["methods"].items()]
    third = [
        (get_title(key), _of(one["third"]))
        for key, one in found["methods"].items() if "third" in one
    ]  # fmt: skip
    histograms = []
    for key, one in found["methods"].items():
        median = one["quantiles"].get("0.5")
        caption = f"{get_title(key)}, n = {one['n']:,}"
        caption += "" if median is None else f", median {median:.3f}"
        chart = svg.draw_bars(one["histogram"], f"Histogram of the mismatch: {caption}")
        histograms.append((Markup(chart), caption))
    return {
        "means": Markup(svg.draw_dots(means, "Mean mismatch by method with 95 % intervals")),
        "hidden_shares": Markup(
            svg.draw_dots(hidden, "Share of such mixes by method with 95 % intervals", percent=True)
        ),
        "third_shares": Markup(
            svg.draw_dots(third, "Share of such mixes by method with 95 % intervals", percent=True)
        )
        if third
        else "",
        "histograms": histograms,
    }


def _matrices(found: dict[str, Any]) -> list[tuple[str, Markup]]:
    """Title and chart of each method with pairs of classes."""
    classes = found["facts"].get("classes", [])
    return [
        (
            get_title(key),
            Markup(svg.draw_matrix(one["mean"], classes, f"{get_title(key)} by pair of classes")),
        )
        for key, one in found["pairs"].items()
        if one
    ]


def _describe_mix(
    row: dict[str, Any], classes: Sequence[str], remake: Remake | None
) -> dict[str, Any]:
    """One of the worst mixes, as the page shows it."""

    def named(k: int | None) -> str:
        return classes[k] if k is not None and k < len(classes) else f"class {k}"

    image = why_not = ""
    if remake is not None:
        try:
            image = _uri(remake(row))
        except ValueError as error:
            why_not = str(error)
    return row | {
        "title": get_title(row["method"]), "image": image, "why_not": why_not,
        "a": named(row["class_a"]), "b": named(row["class_b"]),
        "third": named(row["class_like"]) if is_third(row) else "",
        "left_a": _left(row["s_a"]), "left_b": _left(row["s_b"]),
    }  # fmt: skip


def _list_notes(facts: dict[str, Any]) -> list[str]:
    """What must be known of the pictures."""
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
    return notes


def _list_facts(facts: dict[str, Any]) -> dict[str, str]:
    """What was asked for and by what it was made; what is not known is left out."""
    request = facts.get("request", {})
    rows = {
        "methods": ", ".join(request.get("methods", [])), "parameters": request.get("parameters"),
        "evidence": ", ".join(facts.get("evidence", [])), "judge": facts.get("judge"),
        "digest of the judge": facts.get("digests", {}).get(facts.get("judge")),
        "mixes a method": request.get("n"), "pictures": facts.get("pictures"),
        "seed": request.get("seed"), "mixcore": facts.get("mixcore"), "torch": facts.get("torch"),
    }  # fmt: skip
    return {name: str(value) for name, value in rows.items() if value not in (None, "", {})}


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
