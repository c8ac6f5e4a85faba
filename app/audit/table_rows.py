"""One audit's rows in memory: filtered, counted, ordered, by numpy over columns read once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import streamlit as st
from numpy.typing import NDArray

from app.audit.selection import is_inside
from app.link.outlines import Corners
from mixcore.audit import conclusion, summary, table_files
from mixcore.audit.intervals import Blocks
from mixcore.methods import get_title
from mixcore.statistics import Interval

Which = NDArray[np.bool_]
Order = NDArray[np.int64]
Numbers = NDArray[np.float64]
BINS = 20
DRAWN = 5000  # points of the scatter
SORTS = ("mismatch", "entropy of the evidence", "model's loss on the label")


@dataclass(frozen=True)
class Filter:
    """A choice of mixes: methods by key (all if none), classes, mismatch in [low, high].

    box is what was drawn around in the chart.
    reviewed is None for all; third asks for those alone that look like a third class.
    """

    methods: tuple[str, ...] = ()
    class_a: int | None = None
    class_b: int | None = None
    low: float = 0.0
    high: float = 1.0
    reviewed: bool | None = None
    third: bool = False
    box: Corners = ()

    @property
    def count(self) -> int:
        """How many filters are set, beside what is drawn."""
        usual = Filter()
        ends = (self.low, self.high) != (usual.low, usual.high)
        names = ("methods", "class_a", "class_b", "reviewed", "third")
        return ends + sum(getattr(self, name) != getattr(usual, name) for name in names)


@dataclass(frozen=True)
class TableLine:
    """One method among the mixes that were asked for.

    over is the share above a mismatch; third that which looks like a third class, None where the
    table does not say; agrees says why it is not ranked, or is "".
    """

    method: str
    n: int
    mismatch: Interval
    hidden: Interval
    over: Interval
    histogram: tuple[int, ...]
    third: Interval | None = None
    agrees: str = ""


class Mixes:
    """The rows of one table. `counts` are those of two classes that could be judged."""

    def __init__(self, place: Path) -> None:
        self.facts = table_files.read_facts(table_files.files_of(place)[0])
        self._rows = table_files.read_table(place)
        self.columns = summary.Columns(self._rows)
        found = self.columns
        self.method = found["method"].astype(str)
        self.counts: Which = (
            (found["control"].astype(str) == "")
            & (found["class_a"] != found["class_b"])
            & ~np.isnan(found["mismatch"])
        )
        self.keys = tuple(dict.fromkeys(self.method[self.counts].tolist()))
        self.classes: list[str] = list(self.facts.get("classes", []))
        self.seed = self.facts.get("request", {}).get("seed", 0)
        self.said = summary.summarize_columns(found, self.facts)
        self.conclusion = conclusion.write_conclusion(self.said)
        self._blocks = Blocks(found["block"], found["row"], self.seed)
        self._hidden = found.hidden().astype(np.float64)
        self._third = found.third()
        self._names = np.char.add(np.char.add(self.method, ":"), self._text("row"))

    def _text(self, name: str) -> NDArray[np.str_]:
        return self.columns[name].astype(np.int64).astype(str)

    def _real(self, name: str) -> Numbers:
        column = self._rows.column(name).cast(pa.float64())
        return column.to_numpy().astype(np.float64)

    @property
    def n(self) -> int:
        """Mixes of two classes, of all methods."""
        return int(self.counts.sum())

    @property
    def knows_third(self) -> bool:
        """Whether the table says what mixes look like; those of earlier versions do not."""
        return bool((self.counts & ~np.isnan(self._third)).any())

    def share(self, at: Order) -> tuple[Numbers, Numbers]:
        """A's share by area and by the judging evidence; NaN where nothing is in sight."""
        s_a, s_b = self.columns["s_a"][at], self.columns["s_b"][at]
        total = s_a + s_b
        return self.columns["area"][at], s_a / np.where(total > 1e-9, total, np.nan)

    def which(self, asked: Filter, reviewed: Collection[str] = ()) -> Which:
        """Which rows these are."""
        found = self.counts.copy()
        if asked.methods:
            found &= np.isin(self.method, asked.methods)
        for name in ("class_a", "class_b"):
            if (k := getattr(asked, name)) is not None:
                found &= self.columns[name] == k
        if (asked.low, asked.high) != (0.0, 1.0):
            off = self.columns["mismatch"]
            found &= (off >= asked.low) & (off <= asked.high)
        if asked.reviewed is not None:
            found &= np.isin(self._names, list(reviewed)) == asked.reviewed
        if asked.third:
            found &= self._third == 1
        if asked.box:
            found &= is_inside(*self.share(np.arange(len(found))), asked.box)
        return found

    def lines(self, which: Which, over: float) -> list[TableLine]:
        """What these rows say of each method, and how many are further off than `over`."""
        off = self.columns["mismatch"]
        above = (off > over).astype(np.float64)
        found = []
        for key in self.keys:
            own = which & (self.method == key)
            mismatch, hidden, share = (
                self._blocks.mean(values, own) for values in (off, self._hidden, above)
            )
            histogram = np.histogram(off[own], BINS, (0, 1))[0]
            why = self.said["methods"][key]["agrees"]
            bins, n = tuple(histogram.tolist()), int(own.sum())
            known = own & ~np.isnan(self._third)
            third = self._blocks.mean(self._third, known) if self.knows_third else None
            found.append(TableLine(key, n, mismatch, hidden, share, bins, third, why))
        return found

    def pairs(self, which: Which, method: str) -> tuple[Numbers, Order]:
        """Mean mismatch (k, k), NaN where there is none, and number of mixes, A down, B across.

        For few classes only: the matrix grows with their square.
        """
        k = len(self.classes)
        at, n, mean = self._by_pair(which, method, k)
        means, counts = np.full(k * k, np.nan), np.zeros(k * k, np.int64)
        means[at], counts[at] = mean, n
        return means.reshape(k, k), counts.reshape(k, k)

    def worst_pairs(
        self, which: Which, method: str, most: int = 20
    ) -> tuple[list[tuple[str, str, float, int]], int]:
        """The pairs (A, B) of the largest mean mismatch with their mixes; how many there are."""
        k = int(max(self.columns[f"class_{side}"].max() for side in "ab")) + 1
        at, n, mean = self._by_pair(which, method, k)
        order = np.argsort(-mean, kind="stable")[:most]
        a, b = np.divmod(at[order], k)
        found = zip(a.tolist(), b.tolist(), mean[order].tolist(), n[order].tolist(), strict=True)
        return [(self.named(i), self.named(j), m, count) for i, j, m, count in found], len(at)

    def _by_pair(self, which: Which, method: str, k: int) -> tuple[Order, Order, Numbers]:
        """The pairs A * k + B of classes under k that occur, their mixes and mean mismatch."""
        a, b = (self.columns[f"class_{side}"] for side in "ab")
        own = which & (self.method == method) & (a < k) & (b < k)
        codes = a[own].astype(np.int64) * k + b[own].astype(np.int64)
        at, inverse, n = np.unique(codes, return_inverse=True, return_counts=True)
        return at, n, np.bincount(inverse, self.columns["mismatch"][own], minlength=len(at)) / n

    def sample(self, which: Which, n: int = DRAWN) -> Order:
        """At most n of these rows, by chance, the same ones each time."""
        at = np.flatnonzero(which)
        if len(at) <= n:
            return at
        return np.sort(np.random.default_rng(self.seed).choice(at, n, replace=False))

    def order(self, which: Which, sort: str) -> Order:
        """These rows, the largest of what they are sorted by first; unknown values last."""
        at = np.flatnonzero(which)
        values = {
            SORTS[0]: lambda: self.columns["mismatch"][at],
            SORTS[1]: lambda: self._real("entropy")[at],
            SORTS[2]: lambda: self._loss()[at],
        }[sort]()
        return at[np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")]

    def _loss(self) -> Numbers:
        """Cross entropy of the model's answer and the label, over its two classes."""
        parts = []
        for side in ("a", "b"):
            w, p = self.columns[f"w_{side}"], self._real(f"p_{side}")
            parts.append(-w * np.log(np.maximum(p, 1e-12)))
        return parts[0] + parts[1]

    def rows(self, at: Order | Sequence[int]) -> list[dict[str, Any]]:
        """Whole rows, each with its `id`, by which reviews know it."""
        at = np.asarray(at, np.int64)
        found = self._rows.take(at).to_pylist()
        return [row | {"id": str(self._names[i])} for row, i in zip(found, at, strict=True)]

    def entropy(self, at: Order) -> Numbers:
        """Entropy of the evidence of these rows."""
        return self._real("entropy")[at]

    def named(self, k: int | None) -> str:
        """What a class is called."""
        return self.classes[k] if k is not None and k < len(self.classes) else f"class {k}"


def load_rows(place: Path) -> Mixes:
    """The rows of a folder or file as they are now, read once for all sessions."""
    return _of(str(place), read_stamp(place))


@st.cache_resource(show_spinner=False, max_entries=3)
def _of(place: str, stamp: tuple[Any, ...]) -> Mixes:
    return Mixes(Path(place))


def read_stamp(place: Path) -> tuple[Any, ...]:
    """Changes whenever a table does."""
    return tuple((path.name, path.stat().st_mtime_ns) for path in table_files.files_of(place))


def list_titles(keys: Sequence[str]) -> dict[str, str]:
    """Title -> key."""
    return {get_title(key): key for key in keys}
