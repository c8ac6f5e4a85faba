"""Measurements of runs as tables to draw. Reads new bytes only; never imports torch."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from app.jobs.known_runs import RunCard
from app.train.curves import Numbers
from app.train.text import Score
from mixcore.runs import Metrics, Run
from mixcore.runs.files import open_regular, parse_json
from mixcore.train.metric_rows import Row, is_whole
from mixcore.train.training_request import TrainingRequest

KEPT = 64  # readers kept open, each with its run's rows in memory
TAIL = 1 << 16  # bytes from the end of a file in which its last epoch is looked for


@dataclass
class Track:
    """One run's rows as columns, grown as the file grows."""

    metrics: Metrics
    _columns: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def epochs(self) -> Sequence[Row]:
        """One row an epoch, oldest first."""
        return self.metrics.epochs

    @property
    def last(self) -> Row | None:
        """The newest epoch, or None before the first has ended."""
        return self.epochs[-1] if self.epochs else None

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


def _still(rows: Sequence[Row], n: int, last: Row) -> bool:
    return len(rows) >= n and rows[n - 1] is last


def _numbers(rows: Sequence[Row], name: str) -> Numbers:
    if "." not in name:
        with suppress(TypeError, ValueError):  # a row of another kind of job
            found = np.array([row.get(name) for row in rows], np.float64)
            if found.ndim == 1:
                return found
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

    def track(self, card: RunCard) -> Track:
        """The run's columns, up to date."""
        with self._lock:
            track = self._open.pop(card.run, None) or Track(card.run.metrics(is_whole))
            self._open[card.run] = track
            while len(self._open) > KEPT:
                self._open.popitem(last=False)
            track.metrics.update()
            return track


@st.cache_resource(show_spinner=False, max_entries=1)
def get_readers() -> Shelf:
    """The readers, shared by all sessions."""
    return Shelf()


# What decides which pictures a run is tested on.
TESTED = ("data", "size", "images", "held_out")


def find_score(card: RunCard) -> Score | None:
    """How a run does on its test pictures; None before its first epoch has ended."""
    row = get_readers().track(card).last
    if row is None or row["test_n"] < 1:
        return None
    right, n = round(row["test_accuracy"] * row["test_n"]), row["test_n"]
    seed = card.config.get("seed") if card.config.get("data") == "scenes" else 0
    data = (*(card.config.get(name) for name in TESTED), seed, n)
    error = row["calibration"]["ece"]
    return Score(card.name, min(max(right, 0), n), n, row["epoch"], not card.active, data, error)


def last_epoch(card: RunCard) -> Row | None:
    """The newest epoch of a run, found from the end of its file alone."""
    with suppress(OSError):
        with open_regular(card.run.folder / "metrics.jsonl") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - TAIL))
            lines = file.read().splitlines()
        for piece in reversed(lines):
            if piece.startswith(b'{"kind":"epoch"'):
                with suppress(ValueError):
                    row = parse_json(piece)
                    if is_whole(row):
                        return row
    return None


# What changes how long a run takes, beside its epochs.
COSTLY = (
    "data", "model", "method", "other", "objective", "objective_parameters", "observe", "batch",
    "augment", "size", "images", "held_out", "ema", "precision", "device", "threads",
)  # fmt: skip


def estimate_seconds(
    request: TrainingRequest, known: Iterable[RunCard]
) -> tuple[float, str] | None:
    """Seconds that a run would take, going by a done one alike, and that run's name."""
    for card in known:
        if card.status.state != "done" or not card.config:
            continue
        if all(card.config[name] == getattr(request, name) for name in COSTLY):
            row = last_epoch(card)
            if row is not None:
                return row["seconds"] * request.epochs / row["epoch"], card.name
    return None
