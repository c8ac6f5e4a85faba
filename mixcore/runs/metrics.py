"""Measurements of a run so far, read from its file as it grows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mixcore.runs.files import Tail

Row = dict[str, Any]


class Metrics:
    """The rows of metrics.jsonl by their "kind": `steps` and `epochs`, each with a "step".

    A run that was resumed has worked from its checkpoint on: what it had written past that step
    is left out, so that curves have neither gaps nor doubles. `update` reads new bytes only.

    fits  whether a row holds what its kind should; one that does not counts as a bad line
    """

    def __init__(self, folder: Path, fits: Callable[[Row], bool] = lambda row: True) -> None:
        self._tail, self._folder, self._fits = Tail(folder / "metrics.jsonl"), folder, fits
        self._rows: dict[str, list[Row]] = {}

    def update(self) -> bool:
        """Take in what is new; whether there was anything."""
        rows = self._tail.read()
        if self._tail.anew:
            self._rows = {}
        for row in rows:
            step = row.get("step")
            if not isinstance(step, int) or isinstance(step, bool) or not self._fits(row):
                self._tail.bad += 1
            elif row.get("kind") == "resume":
                self._forget(step)
            else:
                self._take(self._rows.setdefault(str(row.get("kind")), []), row)
        return bool(rows) or self._tail.anew

    def of(self, kind: str) -> list[Row]:
        """All rows of a kind, in the order of their steps."""
        return self._rows.get(kind, [])

    @property
    def steps(self) -> list[Row]:
        """One row every few training steps."""
        return self.of("step")

    @property
    def epochs(self) -> list[Row]:
        """One row an epoch, with what the held-out data say."""
        return self.of("epoch")

    @property
    def bad(self) -> int:
        """Lines that could not be read."""
        return self._tail.bad

    def describe_problem(self) -> str | None:
        """What of the file cannot be read, in a sentence; None where all is well."""
        name = f"metrics.jsonl of {self._folder.name}"
        if self._tail.problem:
            return f"{name} cannot be read: {self._tail.problem}."
        if self.bad == 1:
            return f"1 line of {name} cannot be read and is left out."
        return (
            f"{self.bad:,} lines of {name} cannot be read and are left out." if self.bad else None
        )

    def _take(self, rows: list[Row], row: Row) -> None:
        """Add a row; one of the same step, which was judged anew after a stop, takes its place."""
        if rows and rows[-1]["step"] == row["step"]:
            rows.pop()
        rows.append(row)

    def _forget(self, step: int) -> None:
        """Drop what lies past the step, newest first: there are few such rows."""
        for rows in self._rows.values():
            while rows and rows[-1]["step"] > step:
                rows.pop()
