"""Summary of a table in numbers: by method, by pair of classes, and the two controls.

Pairs of one class are counted apart: whatever is visible of them, their label cannot be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mixcore.audit import table_files
from mixcore.audit.intervals import Blocks
from mixcore.statistics import Interval, Numbers

HIDDEN, MUCH = 0.05, 0.2  # so little of an object left should not hold so much of the label
# Why labels and judge agree by construction, so that their mismatch ranks nothing.
OWN_MAP = "made from the map that judges: it agrees with itself"
BLENDS = "a blend shows the same share of everything: it agrees with any map"
BINS = 20
MATRIX = 40  # classes, at most, for a whole matrix
COLUMNS = (
    "row", "block", "method", "control", "class_a", "class_b", "area", "w_a", "w_b", "s_a", "s_b",
    "object_a", "object_b", "class_like", "shuffled", "mismatch",
)  # fmt: skip


class Columns:
    """The COLUMNS of a table as arrays (rows,): numbers as float64 with NaN for null."""

    def __init__(self, found: pa.Table) -> None:
        self._found: dict[str, NDArray[Any]] = {}
        for name in COLUMNS:
            column = found.column(name)
            values = np.asarray(column.to_numpy(zero_copy_only=False))
            # A column of nothing but nulls comes as objects.
            text = name in ("method", "control")
            self._found[name] = values if text else values.astype(np.float64)
        self.n = found.num_rows

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._found[name]

    def left(self, side: str) -> Numbers:
        """What is left of the object of "a" or "b", or of its evidence where no mask is known."""
        exact = self[f"object_{side}"]
        return np.where(np.isnan(exact), self[f"s_{side}"], exact)

    def of(self, method: str) -> NDArray[np.bool_]:
        """The rows of a method, controls left out."""
        return (self["method"] == method) & (self["control"] == "")

    def hidden(self) -> NDArray[np.bool_]:
        """Where a class has MUCH of the label or more with under HIDDEN of its object left."""
        total = self["w_a"] + self["w_b"]
        found = np.zeros(self.n, bool)
        for side in ("a", "b"):
            share = self[f"w_{side}"] / np.where(total > 0, total, 1)
            found |= (share >= MUCH) & (self.left(side) < HIDDEN)
        return found

    def third(self) -> NDArray[np.float64]:
        """1 where a mix is most like a picture of a third class, 0 where not, NaN if not known."""
        like = self["class_like"]
        strange = (like != self["class_a"]) & (like != self["class_b"])
        return np.where(np.isnan(like), np.nan, strange.astype(np.float64))


def is_third(row: Mapping[str, Any]) -> bool:
    """Whether a row of plain values is of a mix that looks like a third class."""
    like = row["class_like"]
    return like is not None and like not in (row["class_a"], row["class_b"])


def summarize_audit(place: Path) -> dict[str, Any]:
    """Everything that the report and the page say of the table in a folder, as plain values."""
    facts = table_files.read_facts(table_files.files_of(place)[0])
    return summarize_columns(Columns(table_files.read_table(place, COLUMNS)), facts)


def summarize_columns(found: Columns, facts: dict[str, Any]) -> dict[str, Any]:
    """The same of columns that are read already, and of what their table says about itself."""
    keys = [str(key) for key in dict.fromkeys(found["method"][found["control"] == ""])]
    blocks = Blocks(found["block"], found["row"], facts.get("request", {}).get("seed", 0))
    counts = (found["class_a"] != found["class_b"]) & ~np.isnan(found["mismatch"])
    classes = facts.get("classes", [])
    return {
        "facts": facts,
        "resampled": {"unit": blocks.unit, "n": blocks.n},
        "limits": {"hidden": HIDDEN, "much": MUCH},
        "methods": {
            key: _method(found, key, counts, blocks) | {"agrees": _agreement(found, key, facts)}
            for key in keys
        },
        "controls": _controls(found, counts, blocks, facts.get("bound", 0.0)),
        "patches": {key: _patches(found, key, counts, blocks) for key in keys if key == "cutmix"},
        "pairs": {key: _pairs(found, key, counts, len(classes)) for key in keys},
    }


def _method(found: Columns, key: str, counts: NDArray[np.bool_], blocks: Blocks) -> dict[str, Any]:
    own = found.of(key)
    which = own & counts
    values = found["mismatch"][which]
    strange = which & ~np.isnan(found["shuffled"])
    edges = np.linspace(0, 1, BINS + 1)
    hidden = found.hidden()
    return {
        "n": int(which.sum()),
        "one class": int((own & (found["class_a"] == found["class_b"])).sum()),
        "nothing in sight": int((own & np.isnan(found["mismatch"])).sum()),
        "mismatch": asdict(blocks.mean(found["mismatch"], which)),
        "shuffled": asdict(blocks.mean(found["shuffled"], strange)),
        # Mix by mix: how much further off the label would be from other pictures' evidence.
        "farther": asdict(blocks.mean(found["shuffled"] - found["mismatch"], strange)),
        "quantiles": _quantiles(values),
        "histogram": np.histogram(values, edges)[0].tolist(),
        "hidden": asdict(blocks.mean(hidden.astype(np.float64), which)),
        "hidden n": int((hidden & which).sum()),
        **_third(found, which, blocks),
    }


def _third(found: Columns, which: NDArray[np.bool_], blocks: Blocks) -> dict[str, Any]:
    """How many mixes look like a third class; nothing of a table that does not say."""
    third = found.third()
    known = which & ~np.isnan(third)
    if not known.any():
        return {}
    return {
        "third": asdict(blocks.mean(third, known)), "third n": int(third[known].sum()),
        "third of": int(known.sum()),
    }  # fmt: skip


def _agreement(found: Columns, key: str, facts: dict[str, Any]) -> str:
    """Why a method's labels agree with their judge by construction, "" where they do not."""
    if key in facts.get("own map", []):
        return OWN_MAP
    off = found["mismatch"][found.of(key)]
    off = off[~np.isnan(off)]
    return BLENDS if len(off) and off.max() <= facts.get("bound", 0.0) else ""


def _controls(
    found: Columns, counts: NDArray[np.bool_], blocks: Blocks, bound: float
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name in ("uniform", "shuffled"):
        which = (found["control"] == name) & counts
        if not which.any():
            continue
        worst = float(found["mismatch"][which].max())
        made[name] = {
            "n": int(which.sum()), "largest": worst,
            "mismatch": asdict(blocks.mean(found["mismatch"], which)),
        }  # fmt: skip
    if "uniform" in made:
        made["uniform"] |= {"bound": bound, "holds": made["uniform"]["largest"] <= bound}
    return made


def _patches(found: Columns, key: str, counts: NDArray[np.bool_], blocks: Blocks) -> dict[str, Any]:
    """How large the patches are that show next to nothing of their object."""
    size = 1 - found["area"]
    empty = found.of(key) & counts & (found.left("b") < HIDDEN) & (size > 0)
    large = (size >= MUCH).astype(np.float64)
    all_of_them = found.of(key) & counts & (size > 0)
    return {
        "n": int(empty.sum()), "of": int(all_of_them.sum()),
        "sizes": _quantiles(size[empty]),
        "largest": float(size[empty].max()) if empty.any() else None,
        "large": asdict(blocks.mean(large, empty)),
    }  # fmt: skip


def _pairs(found: Columns, key: str, counts: NDArray[np.bool_], k: int) -> dict[str, Any]:
    """Mean mismatch and number of mixes of each pair of classes (A, B); of few classes only."""
    if not 2 <= k <= MATRIX:
        return {}
    which = found.of(key) & counts & (found["class_a"] < k) & (found["class_b"] < k)  # those named
    at = found["class_a"][which].astype(np.int64) * k + found["class_b"][which].astype(np.int64)
    n = np.bincount(at, minlength=k * k)
    total = np.bincount(at, found["mismatch"][which], minlength=k * k)
    mean = [float(t / m) if m else None for t, m in zip(total, n, strict=True)]
    return {"n": n.reshape(k, k).tolist(), "mean": [mean[i * k : i * k + k] for i in range(k)]}


def _quantiles(values: Numbers) -> dict[str, float]:
    if not len(values):
        return {}
    return {f"{q:g}": float(np.quantile(values, q)) for q in (0.1, 0.5, 0.9)}


def list_worst(place: Path, n: int = 24) -> list[dict[str, Any]]:
    """The rows of the n largest mismatches of two classes, of all methods, the worst first."""
    found = Columns(table_files.read_table(place, COLUMNS))
    which = np.flatnonzero((found["control"] == "") & (found["class_a"] != found["class_b"]))
    which = which[~np.isnan(found["mismatch"][which])]
    order = which[np.argsort(-found["mismatch"][which], kind="stable")[:n]]
    # Whole rows are read for these alone.
    rows: list[dict[str, Any]] = table_files.read_table(place).take(order).to_pylist()
    return rows


def read_interval(found: dict[str, float]) -> Interval:
    """An interval of the summary as a value."""
    return Interval(**found)
