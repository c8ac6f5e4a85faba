"""What a run has measured so far, read from its file as it grows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mixcore.runs.files import Tail

Row = dict[str, Any]


class Metrics:
    """The rows of metrics.jsonl by their "kind": `steps` and `epochs`, each with a "step".

    A run that was resumed has worked from its checkpoint on: what it had written past that step
    is left out, so that curves have neither gaps nor doubles. `update` reads new bytes only.
    """

    def __init__(self, folder: Path) -> None:
        self._tail = Tail(folder / "metrics.jsonl")
        self._rows: dict[str, list[Row]] = {}

    def update(self) -> bool:
        """Take in what is new; whether there was anything."""
        rows = self._tail.read()
        if self._tail.anew:
            self._rows = {}
        for row in rows:
            step = row.get("step")
            if not isinstance(step, int) or isinstance(step, bool):
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
