"""The report's tables as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mixcore.statistics import Interval


def make_markdown(found: dict[str, Any]) -> str:
    """Every table of `mixcore.evidence.study.evaluate_maps.make_tables`, under a heading each."""
    blocks = []
    for title, part in (
        ("Composites of held-out cut-outs, exact masks", found.get("composites")),
        ("Real pictures (Tiny-ImageNet's held-out ones, boxes)", found.get("real")),
    ):
        if part is not None:
            blocks += [f"### {title}", *_set(part)]
    return "\n\n".join(blocks)


def _set(part: dict[str, Any]) -> list[str]:
    blocks = [
        f"{part['pictures']} pictures of {part['sources']} sources, 224 px; 95 % intervals "
        "resample the sources.",
        map_table(part["localisation"]),
    ]
    if "small boxes" in part:
        blocks += ["Boxes under 35 % of the frame:", map_table(part["small boxes"])]
    return [*blocks, label_table(part["weights"])]


def map_table(found: dict[str, Any]) -> str:
    """Where the maps lie."""
    head = (f"map (n = {found['n']}, mask share {found['mask share']:.3f})", "pointing",
            "energy in mask", "pixel AUC")  # fmt: skip
    rows = [
        (name, *(_with(row[key]) for key in ("pointing", "energy", "auc")))
        for name, row in found["maps"].items()
    ]
    return make_table(head, rows)


def label_table(found: dict[str, Any]) -> str:
    """How label weights track the truth."""
    n, hidden, wrong = found["n"], found["hidden"], found["errors of area"]
    head = (
        f"label weight (n = {n} pairs)", "r", "MAE", "MAE - area's", "MAE - reference's",
        "visible pixels: r", "MAE", f"hidden objects (n = {hidden}): mean", ">= .2",
        f">= .2 on area's {wrong} errors",
    )  # fmt: skip
    rows = [
        (
            name,
            *(_with(row[key]) for key in ("r", "mae", "mae - area's", "mae - reference's")),
            f"{row['r, pixels']:.3f}",
            f"{row['mae, pixels']:.3f}",
            f"{row['hidden: mean']:.3f}",
            f"{100 * row['hidden: >= .2']:.0f} %",
            f"{100 * row['of the errors of area']:.0f} %",
        )
        for name, row in found["labels"].items()
    ]
    said = (
        f"An object of which under 5 % is visible is in {hidden} of {n} pairs; area gives it "
        f"0.2 of the label or more in {wrong}, {100 * wrong / n:.1f} % of all pairs."
    )
    return make_table(head, rows) + "\n\n" + said


def make_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """One Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _with(interval: dict[str, float]) -> str:
    return str(Interval(**interval))
