"""What runs have measured, as tables to draw. Reads new bytes only; never imports torch."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from app.curves import Numbers
from app.service.runs import Card
from mixcore.runs import Metrics, Run
from mixcore.train.request import Request

KEPT = 64  # readers kept open, each with its run's rows in memory
TAIL = 1 << 16  # bytes from the end of a file in which its last epoch is looked for
Row = Mapping[str, Any]


@dataclass
class Track:
    """One run's rows as columns, grown as the file grows."""

    metrics: Metrics
    _columns: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def epochs(self) -> Sequence[Row]:
        """One row an epoch, oldest first; rows that were changed by hand are left out."""
        return [row for row in self.metrics.epochs if _whole(row)]

    @property
    def last(self) -> Row | None:
        """The newest epoch, or None before the first has ended."""
        return next((row for row in reversed(self.metrics.epochs) if _whole(row)), None)

    def best(self) -> Row | None:
        """The epoch of highest test accuracy, the first of equal ones."""
        return max(self.epochs, key=lambda row: row["test_accuracy"], default=None)

    def column(self, kind: str, name: str) -> Numbers:
        """A value of all rows of a kind, NaN where a row has none; "a.b" and "a.0" look into a."""
        rows = self.metrics.of(kind)
        kept = self._columns.setdefault(kind, {})
        if kept.get("last") is not None and not _still(rows, kept["n"], kept["last"]):
            kept.clear()  # the run went back to a checkpoint
        done = kept.get(name, np.empty(0))
        if len(done) < len(rows):
            done = kept[name] = np.concatenate([done, _numbers(rows[len(done) :], name)])
        kept["n"], kept["last"] = len(rows), rows[-1] if rows else None
        return done


NEEDED = {
    "": ("epoch", "test_accuracy", "seconds"),
    "calibration": ("n", "ece", "ece_interval", "bins", "chance"),
    "scaled": ("n", "ece", "ece_interval", "bins"),
    "temperature": ("value", "why", "n", "before", "after"),
}


def _whole(row: Row) -> bool:
    """Whether a row of an epoch holds what a worker writes."""
    if not all(isinstance(row.get(name), int | float) for name in NEEDED[""]):
        return False
    parts = {name: row.get(name) for name in NEEDED if name}
    return all(
        isinstance(part, Mapping) and all(key in part for key in NEEDED[name])
        for name, part in parts.items()
    )


def _still(rows: Sequence[Row], n: int, last: Row) -> bool:
    return len(rows) >= n and rows[n - 1] is last


def _numbers(rows: Sequence[Row], name: str) -> Numbers:
    if "." not in name:
        with suppress(TypeError, ValueError):  # a row that was changed by hand
            return np.array([row.get(name) for row in rows], np.float64)
    return np.array([_number(row, name) for row in rows], np.float64)


def _number(row: Row, name: str) -> float:
    found: Any = row
    for part in name.split("."):
        if isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            found = found.get(part) if isinstance(found, Mapping) else None
    return float(found) if isinstance(found, int | float) else np.nan


class Shelf:
    """The readers of many runs, the least recently used ones dropped."""

    def __init__(self) -> None:
        self._open: OrderedDict[Run, Track] = OrderedDict()
        self._lock = threading.Lock()

    def track(self, card: Card) -> Track:
        """The run's columns, up to date."""
        with self._lock:
            track = self._open.pop(card.run, None) or Track(card.run.metrics())
            self._open[card.run] = track
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            track.metrics.update()
            return track


@st.cache_resource(show_spinner=False, max_entries=1)
def shelf() -> Shelf:
    """The readers, shared by all sessions."""
    return Shelf()


def last_epoch(card: Card) -> Row | None:
    """The newest epoch of a run, found from the end of its file alone."""
    with suppress(OSError):
        with open(Path(card.run.folder) / "metrics.jsonl", "rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - TAIL))
            lines = file.read().splitlines()
        for piece in reversed(lines):
            if piece.startswith(b'{"kind":"epoch"'):
                with suppress(ValueError):
                    row = json.loads(piece)
                    if _whole(row):
                        return row
    return None


# What changes how long a run takes, beside its epochs.
COSTLY = (
    "data", "model", "method", "other", "batch", "augment", "size", "images", "held_out", "ema",
    "precision", "device", "threads",
)  # fmt: skip


def estimate(request: Request, known: Iterable[Card]) -> tuple[float, str] | None:
    """Seconds that a run would take, going by a done one alike, and that run's name."""
    for card in known:
        if card.status.state != "done" or not card.config:
            continue
        if all(card.config[name] == getattr(request, name) for name in COSTLY):
            row = last_epoch(card)
            if row is not None:
                return row["seconds"] * request.epochs / row["epoch"], card.name
    return None
