"""The columns of an audit's table: one row a mix. What a column means is said here, once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

SHARE = "share_"  # share_late_attention, ...

WORDS = pa.dictionary(pa.int16(), pa.string())

# name -> (type, meaning); None where something does not exist or is not known
COLUMNS: dict[str, tuple[pa.DataType, str]] = {
    "row": (pa.int64(), "place of the mix in the sample, from 0; the same for every method"),
    "block": (pa.int64(), "batch of pictures it is of; mixes of two blocks share no picture"),
    "method": (WORDS, "key of the method"),
    "control": (WORDS, "empty, or which control this is: uniform or shuffled"),
    "a": (pa.int64(), "picture A, counted from 0 in the data set"),
    "b": (pa.int64(), "picture B"),
    "name_a": (pa.string(), "what A is called: its file, or the seed of its scene"),
    "name_b": (pa.string(), "what B is called"),
    "class_a": (pa.int32(), "class of A"),
    "class_b": (pa.int32(), "class of B"),
    "seed": (pa.int64(), "seed of the mix"),
    "lam": (pa.float64(), "A's share as drawn"),
    "area": (pa.float64(), "A's realised share of the frame"),
    "w_a": (pa.float64(), "what A's label is worth"),
    "w_b": (pa.float64(), "what B's label is worth"),
    "judge": (WORDS, "evidence that judges this row"),
    "s_a": (pa.float64(), "share of A's evidence that is in sight, by the judge"),
    "s_b": (pa.float64(), "share of B's evidence that is in sight, by the judge"),
    "object_a": (pa.float64(), "share of A's object that is in sight, by its exact mask"),
    "object_b": (pa.float64(), "share of B's object that is in sight, by its exact mask"),
    "p_a": (pa.float64(), "the model's probability of A's class in the mix"),
    "p_b": (pa.float64(), "the model's probability of B's class in the mix"),
    "like": (
        pa.int64(),
        "picture of its block that is most like the mix, by Lite0's features; A and B are of it",
    ),
    "class_like": (
        pa.int32(),
        "class of that picture: neither of A's and B's where the mix looks like a third class",
    ),
    "shuffled": (pa.float64(), "the mismatch, were it judged by other pictures' evidence"),
    "entropy": (pa.float64(), "entropy of the evidence of both pictures, 1 where it is even"),
    "mismatch": (pa.float64(), "how far the label is from what is in sight: 0 perfect, 1 worst"),
}

LATER = ("like", "class_like")
"""Columns that tables of earlier versions lack; they are read as null."""


def share_of(evidence: str) -> str:
    """The column with A's worth by one kind of evidence, s_A / (s_A + s_B)."""
    return SHARE + evidence.replace(" ", "_")


def make_schema(evidence: Iterable[str], facts: dict[bytes, bytes] | None = None) -> pa.Schema:
    """The table's schema with a share column for each kind of evidence."""
    fields = [(name, kind) for name, (kind, _) in COLUMNS.items()]
    fields[-1:-1] = [(share_of(name), pa.float64()) for name in evidence]
    return pa.schema(fields, metadata=facts)


def complete_table(rows: pa.Table, names: Iterable[str]) -> pa.Table:
    """Rows with those of these columns that are missing as null, where they came LATER."""
    for name in LATER:
        if name in names and name not in rows.column_names:
            kind = COLUMNS[name][0]
            at = _find_place(name, rows.column_names)
            rows = rows.add_column(at, name, pa.nulls(rows.num_rows, kind))
    return rows


def _find_place(name: str, names: list[str]) -> int:
    """Where a column goes among others, which are in the schema's order."""
    order = list(COLUMNS)
    before = order[: order.index(name)]
    return max((i + 1 for i, one in enumerate(names) if one in before), default=0)


def make_batch(columns: dict[str, list[Any]], like: pa.Schema) -> pa.Table:
    """Columns of plain values as a table of that schema; NaN becomes null."""
    arrays = []
    for field in like:
        values = columns[field.name]
        if pa.types.is_floating(field.type):
            arrays.append(pa.array(values, field.type, from_pandas=True))
        else:
            kind = pa.string() if pa.types.is_dictionary(field.type) else field.type
            arrays.append(pa.array(values, kind).cast(field.type))
    return pa.Table.from_arrays(arrays, schema=like)
