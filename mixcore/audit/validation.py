"""What a table from elsewhere must be before anything is computed of it; ValueError says why not.

A Parquet file is a stranger's: it may claim any number of rows, hold any facts, and name any
class. What is checked here may be relied on by everybody who reads a table.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from mixcore.audit import schema

MAX_CLASSES = 100_000
MAX_NAME = 4096  # letters of one text
ROW = 200  # bytes of a row in memory
FREE, RATIO = 256 << 20, 40  # bytes that any file may unpack to; times its size for a larger one
TEXTS = [name for name, (kind, _) in schema.COLUMNS.items() if not pa.types.is_primitive(kind)]
WHOLE = ("row", "block", "method", "control", "a", "b", "class_a", "class_b")

# The facts that somebody reads: lists and dictionaries by what is in them.
FACTS: dict[str, Any] = {
    "request": {"data": str, "methods": [str], "evidence": str, "truth": str, "seed": int},
    "classes": [str], "evidence": [str], "notes": [str], "judge": str, "seen": str,
    "pictures": int, "bound": float, "skipped": {}, "sizes": [[int]], "mixcore": str, "torch": str,
}  # fmt: skip
EMPTY: dict[str, Any] = {"request": {}, "classes": [], "skipped": {}, "sizes": []}


def check_facts(found: Any, name: str) -> dict[str, Any]:
    """What a table says about itself, with what it leaves out."""
    if not isinstance(found, dict):
        raise ValueError(f"{name} is no table of an audit: it does not say what made it.")
    for key, kind in FACTS.items():
        if key in found and not fits(found[key], kind):
            raise ValueError(
                f"{name} is no table of an audit: what it says of its {key} cannot be read."
            )
    if not fits(found, None):
        raise ValueError(f"{name} is no table of an audit: what it says of itself is no text.")
    if len(found.get("classes", ())) > MAX_CLASSES:
        raise ValueError(f"{name} is refused: it names more than {MAX_CLASSES:,} classes.")
    if any(len(size) != 2 or min(size) < 1 for size in found.get("sizes", ())):
        raise ValueError(f"{name} is no table of an audit: a size is not height and width.")
    return EMPTY | found


def fits(value: Any, kind: Any) -> bool:
    """Whether a value of JSON is of this kind: a type, [kind of each], {name: kind}, or any."""
    if isinstance(kind, list):
        return isinstance(value, list) and all(fits(one, kind[0]) for one in value)
    if isinstance(kind, dict):
        return isinstance(value, dict) and all(
            name not in value or fits(value[name], one) for name, one in kind.items()
        )
    if kind is int:
        return type(value) is int and 0 <= value < 2**31
    if kind is float:
        return type(value) in (int, float) and -1e300 < value < 1e300  # false for NaN too
    if kind is str and not isinstance(value, str):
        return False
    return _is_utf8(value)


def _is_utf8(value: Any) -> bool:
    """Whether every text in it can be sent: JSON may hold halves of letters, a page may not."""
    if isinstance(value, str):
        return not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return all(_is_utf8(key) and _is_utf8(one) for key, one in value.items())
    return not isinstance(value, list) or all(map(_is_utf8, value))


def check_header(found: pq.FileMetaData, path: Path) -> list[str]:
    """The columns of a file that an audit knows, from its header alone."""
    own = found.schema.to_arrow_schema()
    for column, (kind, _) in schema.COLUMNS.items():
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
