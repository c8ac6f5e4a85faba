"""The rows that a training writes, checked where they are read back. No torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mixcore.runs.types import find_problem

Row = Mapping[str, Any]

BINS = {"count": [int], "confidence": [float | None], "accuracy": [float | None]}
MEASURED = {
    "n": int, "ece": float, "adaptive_ece": float, "classwise_ece": float, "mce": float,
    "brier": float, "nll": float, "ece_interval": (float, float), "bins": BINS,
}  # fmt: skip
EPOCH = {
    "step": int, "epoch": int, "seconds": float, "test_accuracy": float, "test_n": int,
    "calibration": MEASURED | {"chance": (float, float, float)},
    "scaled": MEASURED,
    "temperature": {"value": float, "why": str, "n": int, "before": float, "after": float},
    "label_weights?": [int], "areas?": [int], "errors?": [(int, int, int)]
}  # fmt: skip
POINT: dict[str, Any] = {
    f"{name}?": float | None for name in ("epoch", "loss", "accuracy", "rate", "seconds")
} | {"losses?": {}, "readings?": {}}  # name -> number
KINDS = {"epoch": EPOCH, "step": POINT, "data": {"classes": [str]},
         "observation": {"epoch": int, "seconds": float, "readings": {}}}  # fmt: skip


def is_whole(row: Row) -> bool:
    """Whether a row holds all that a worker writes in one of its kind, each of its type."""
    kind = row.get("kind")
    if not isinstance(kind, str) or find_problem(row, KINDS.get(kind, {})):
        return False
    parts = [row[group] for group in ("losses", "readings") if group in row]
    if any(not isinstance(value, int | float | None) for part in parts for value in part.values()):
        return False
    if kind != "epoch":
        return True
    if row["epoch"] < 1 or row["seconds"] < 0:
        return False
    bins = [row[part]["bins"] for part in ("calibration", "scaled")]
    return all(len({len(one[name]) for name in BINS}) == 1 for one in bins)
