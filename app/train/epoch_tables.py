"""One epoch of a run as tables to draw: its calibration, its labels, its errors. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from app.train import bin_charts
from mixcore.train.metric_rows import Row

DIGITS = tuple("0123456789")


def list_reliability(seen: Row) -> pd.DataFrame:
    """Of "calibration" or "scaled": low, high, range, confidence, accuracy, count, gap of bins."""
    bins = seen["bins"]
    table = _binned(bins["count"])
    for name in ("confidence", "accuracy"):
        table[name] = np.array(bins[name], np.float64)
    table["gap"] = table["confidence"] - table["accuracy"]
    return table


def list_confidences(seen: Row) -> pd.DataFrame:
    """How many are right and wrong by confidence, stacked: low, high, range, outcome, from, to."""
    bins = seen["bins"]
    count = np.array(bins["count"], np.float64)
    right = (count * np.nan_to_num(np.array(bins["accuracy"], np.float64))).round()
    whole = _binned(bins["count"])
    below = whole.assign(outcome="right", **{"from": 0.0, "to": right}, count=right)
    above = whole.assign(outcome="wrong", **{"from": right, "to": count}, count=count - right)
    return pd.concat([below, above], ignore_index=True)


def list_weights(epoch: Row) -> pd.DataFrame | None:
    """Shares of the mixes by A's label and by A's area; None where nothing was mixed."""
    parts = []
    for name, kind in (("label_weights", "label"), ("areas", "area")):
        counts = np.array(epoch.get(name) or [0], np.float64)
        if counts.sum() == 0:
            return None
        parts.append(_binned(counts).assign(share=counts / counts.sum(), kind=kind))
    return pd.concat(parts, ignore_index=True)


def list_confusions(epoch: Row, names: Sequence[str]) -> list[tuple[str, str, int]]:
    """The commonest errors: true class, what it was taken for, how often."""
    return [(_name(y, names), _name(g, names), n) for y, g, n in epoch.get("errors", [])]


def list_classes(rows: Sequence[Row], config: Mapping[str, Any]) -> Sequence[str]:
    """The names of the classes as the run noted them; digits have theirs anyway."""
    if rows:
        return rows[0]["classes"]
    return DIGITS if config.get("data") == "digits" else ()


def _name(i: int, names: Sequence[str]) -> str:
    return names[i] if 0 <= i < len(names) else f"class {i}"


def _binned(counts: Sequence[float] | NDArray[np.float64]) -> pd.DataFrame:
    table = pd.DataFrame(bin_charts.list_bins(counts), columns=["low", "high", "range"])
    table["count"] = counts
    return table
