"""Checks of a table from elsewhere, before anything is computed of it.

A Parquet file is a stranger's: it may claim any number of rows, hold any facts, and name any
class. What is checked here may be relied on by all that read a table.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mixcore.audit import schema
from mixcore.runs.types import find_problem

MAX_CLASSES = 100_000
MAX_NAME = 4096  # letters of one text
ROW = 200  # bytes of a row in memory
FREE, RATIO = 256 << 20, 40  # bytes that any file may unpack to; times its size for a larger one
TEXTS = [name for name, (kind, _) in schema.COLUMNS.items() if not pa.types.is_primitive(kind)]
WHOLE = ("row", "block", "method", "control", "a", "b", "class_a", "class_b")

# The facts that are read: see mixcore.runs.types.
FACTS: dict[str, Any] = {
    "request?": {
        "data?": str, "methods?": [str], "evidence?": str, "truth?": str, "seed?": int,
    },
    "classes?": [str], "evidence?": [str], "notes?": [str], "judge?": str, "seen?": str,
    "pictures?": int, "bound?": float, "skipped?": dict, "digests?": dict, "sizes?": [(int, int)],
}  # fmt: skip
EMPTY: dict[str, Any] = {"request": {}, "classes": [], "skipped": {}, "sizes": []}


def check_facts(found: Any, name: str) -> dict[str, Any]:
    """What a table says about itself, with what it leaves out."""
    problem = find_problem(found, FACTS, "what it says of itself") or _find_odd(found)
    if problem:
        raise ValueError(f"{name} is no table of an audit: {problem}.")
    # In the order of the file, so that what is written again is the same.
    found = found | {key: value for key, value in EMPTY.items() if key not in found}
    if len(found["classes"]) > MAX_CLASSES:
        raise ValueError(f"{name} is refused: it names more than {MAX_CLASSES:,} classes.")
    if found["request"].get("seed", 0) < 0 or any(min(size) < 1 for size in found["sizes"]):
        raise ValueError(f"{name} is no table of an audit: its seed or a size is negative.")
    return found


def _find_odd(value: Any) -> str | None:
    """What can neither be counted with nor shown: endless numbers, halves of letters."""
    if isinstance(value, str):
        odd = any("\ud800" <= letter <= "\udfff" for letter in value)
        return "what it says of itself is no text" if odd else None
    if isinstance(value, int | float):
        return None if abs(value) < 2**53 else "it holds a number without bounds"  # NaN, too
    inner = [*value, *value.values()] if isinstance(value, dict) else value
    return next(filter(None, map(_find_odd, inner)), None) if isinstance(inner, list) else None


def check_header(found: pq.FileMetaData, path: Path) -> list[str]:
    """The columns of a file that an audit knows, from its header alone."""
    own = found.schema.to_arrow_schema()
    for column, (kind, _) in schema.COLUMNS.items():
        if column in schema.LATER and column not in own.names:
            continue
        if own.names.count(column) != 1:
            raise ValueError(f"{path.name} is no table of an audit: it has no column {column!r}.")
        at = own.field(column).type
        words = pa.types.is_dictionary(kind) and (pa.types.is_dictionary(at) or at == pa.string())
        if at != kind and not words:
            raise ValueError(
                f"{path.name} is no table of an audit: its column {column!r} holds {at}."
            )
    if found.num_rows < 1:
        raise ValueError(f"{path.name} is a table without a single row: there is nothing to show.")
    size = path.stat().st_size
    unpacked = sum(found.row_group(i).total_byte_size for i in range(found.num_row_groups))
    if max(found.num_rows * ROW, unpacked) > max(FREE, RATIO * size):
        raise ValueError(
            f"{path.name} is refused: {size / 2**20:.1f} MB claim to hold {found.num_rows:,} rows, "
            "more than an audit's would."
        )
    return [field.name for field in own if field.name in schema.COLUMNS or _is_share(field, own)]


def _is_share(field: pa.Field, own: pa.Schema) -> bool:
    known = field.name.startswith(schema.SHARE) and field.type == pa.float64()
    return known and own.names.count(field.name) == 1


def check_rows(rows: pa.Table, name: str) -> None:
    """Rows whose numbers can be counted with and whose texts can be shown."""
    for column in rows.column_names:
        problem = _column_problem(column, rows.column(column))
        if problem:
            raise ValueError(f"{name} is no table of an audit: its column {column!r} {problem}.")


def _column_problem(name: str, column: pa.ChunkedArray) -> str | None:
    if name in WHOLE and column.null_count:
        return "has rows without a value"
    if pa.types.is_dictionary(column.type):
        for chunk in column.chunks:
            longest = pc.max(pc.binary_length(chunk.dictionary.cast(pa.string()))).as_py() or 0
            if longest > MAX_NAME:
                return f"holds a text of {longest:,} letters, over the limit of {MAX_NAME:,}"
        return None
    ends = pc.min_max(column).as_py()
    low, high = ends["min"], ends["max"]
    if low is None:
        return None
    if pa.types.is_floating(column.type):
        return "holds an infinite number" if math.isinf(low) or math.isinf(high) else None
    if low < 0:
        return f"holds {low}, and counts from 0"
    if name.startswith("class_") and high >= MAX_CLASSES:
        return f"names class {high:,}, over the limit of {MAX_CLASSES:,} classes"
    return None
