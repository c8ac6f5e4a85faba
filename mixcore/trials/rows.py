"""Rows of an experiment as its run's file holds them. No torch."""

from __future__ import annotations

from mixcore.findings.claims import Row
from mixcore.runs.metrics import Metrics

ROWS = "rows"


def list_finished(metrics: Metrics) -> list[str]:
    """The parts whose rows are there."""
    metrics.update()
    return [row["part"] for row in metrics.of(ROWS)]


def read_rows(metrics: Metrics) -> list[Row]:
    """Every row of the parts that are finished."""
    metrics.update()
    found = [row for some in metrics.of(ROWS) for row in some["rows"]]
    return [Row(row["arm"], row["seed"], row["values"]) for row in found]
