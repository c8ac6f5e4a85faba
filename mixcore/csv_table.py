"""Writer of CSV tables, safe for spreadsheets: they never run what a cell says.

Names of files and classes come from strangers, and a spreadsheet takes a cell that begins with
one of = + - @ for a formula. Such a cell gets an apostrophe, by which spreadsheets mark text.
Numbers stay numbers: -0.5 is no formula, whether it is stored as a number or as text.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Where spreadsheets split lines at semicolons or tabs, a cell of its own may begin behind one.
# The second set of signs are those of Chinese, Japanese and Korean keyboards, which count too.
FORMULA = re.compile("(^|[;\\t\\r\\n])(\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\\t\\r])")


def write_csv(table: pa.Table | Sequence[Mapping[str, Any]]) -> bytes:
    """A line of names and a line for each row, in UTF-8; what is not known is an empty cell."""
    table = table if isinstance(table, pa.Table) else pa.Table.from_pylist([dict(r) for r in table])
    columns = [escape_column(column) for column in table.columns]
    names = [escape_cell(name) for name in table.column_names]
    file = io.BytesIO()
    pacsv.write_csv(pa.Table.from_arrays(columns, names=names), file)
    return file.getvalue()


def escape_cell(text: str) -> str:
    """The text, with an apostrophe wherever a formula could begin."""
    return text if NUMBER.fullmatch(text) else FORMULA.sub(r"\1'\2", text)


def escape_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column with its texts escaped, each different one once; numbers as they are."""
    words = pa.types.is_dictionary(column.type)
    if not pa.types.is_string(column.type.value_type if words else column.type):
        return column
    one = (column if words else column.dictionary_encode()).unify_dictionaries().combine_chunks()
    chunks = one.chunks if isinstance(one, pa.ChunkedArray) else [one]
    escaped = [
        pa.array(
            [None if text is None else escape_cell(text) for text in chunk.dictionary.to_pylist()],
            pa.string(),
        ).take(chunk.indices)
        for chunk in chunks
    ]
    return pa.chunked_array(escaped, pa.string())
