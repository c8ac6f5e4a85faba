"""The table on disk: parts as they are finished, then one file; no finished part is lost.

Each part is written aside and renamed, so it is whole or not there; the table is joined of them
a few at a time, in their order, so that memory does not grow with them.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from mixcore.audit import schema, validation
from mixcore.runs import files

TABLE, PARTS = "table.parquet", "parts"
FACTS = b"mixscope"
GROUP = 16_384  # rows that a reader of one file takes in together, at least


def name_part(folder: Path, number: int) -> Path:
    """Where part `number` of an unfinished table lies."""
    return folder / PARTS / f"part-{number:06d}.parquet"


def write_part(folder: Path, number: int, rows: pa.Table) -> None:
    """Put a part down whole; OSError where there is no room."""
    path = name_part(folder, number)
    path.parent.mkdir(exist_ok=True)
    write_table(path, [rows])


def write_table(path: Path, tables: Iterable[pa.Table], like: pa.Schema | None = None) -> None:
    """One file of these tables, a row group each; the file before stays if this fails."""
    with files.write_aside(path, lasting=True) as other:
        writer: pq.ParquetWriter | None = None
        try:
            for rows in tables:
                if writer is None:
                    writer = pq.ParquetWriter(other, like or rows.schema, compression="zstd")
                writer.write_table(rows.cast(writer.schema))
            if writer is None:
                raise ValueError("An audit without a single row makes no table.")
        finally:
            if writer is not None:
                writer.close()


def list_parts(folder: Path) -> list[Path]:
    """The finished parts of a table, in order."""
    return sorted((folder / PARTS).glob("part-*.parquet"))


def join_parts(folder: Path, facts: dict[str, Any] | None = None) -> Path:
    """Make one file of the parts; facts about the whole replace those of the parts."""
    found = list_parts(folder)
    if not found:
        raise ValueError("An audit without a single row makes no table.")
    concat_tables(found, folder / TABLE, facts)
    shutil.rmtree(folder / PARTS)
    return folder / TABLE


def concat_tables(paths: Sequence[Path], out: Path, facts: dict[str, Any] | None = None) -> None:
    """One table of several of the same columns, in their order."""
    like = _read_schema(paths[0])
    for path in paths[1:]:
        if not _read_schema(path).equals(like):
            raise ValueError(
                f"{path.name} has other columns than {paths[0].name}: tables are joined of one "
                "audit's parts only."
            )
    if facts is not None:
        like = like.with_metadata(pack_facts(facts))
    write_table(out, _groups(paths), like)


def _read_schema(path: Path) -> pa.Schema:
    """The columns of a file, with those that came later."""
    whole = pq.read_schema(path)
    return schema.complete_table(whole.empty_table(), schema.COLUMNS).schema.with_metadata(
        whole.metadata
    )


def _groups(paths: Sequence[Path]) -> Iterator[pa.Table]:
    """The rows in groups of at least GROUP, cut where a group of the files ends."""
    held: list[pa.Table] = []
    for path in paths:
        with pq.ParquetFile(path) as file:
            for i in range(file.num_row_groups):
                held.append(schema.complete_table(file.read_row_group(i), schema.COLUMNS))
                if sum(rows.num_rows for rows in held) >= GROUP:
                    yield _one(held)
                    held = []
    if held:
        yield _one(held)


def _one(tables: list[pa.Table]) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def pack_facts(facts: dict[str, Any]) -> dict[bytes, bytes]:
    """Facts as a schema's metadata."""
    return {FACTS: json.dumps(facts).encode()}


def read_facts(path: Path) -> dict[str, Any]:
    """What a table says about itself; ValueError where it is no audit's."""
    with _refusing(path):
        found = json.loads((pq.read_schema(path).metadata or {}).get(FACTS, b"null"))
    return validation.check_facts(found, path.name)


def files_of(place: Path) -> list[Path]:
    """The file or, while it is not finished, the parts of the table in a folder or a file."""
    if place.is_file():
        return [place]
    whole = place / TABLE
    found = [whole] if whole.is_file() else list_parts(place)
    if not found:
        raise ValueError(f"{place.name} holds no table of an audit, nor a part of one yet.")
    return found


def read_table(place: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows so far in a run's folder, or of a file; only these columns where some are named.

    ValueError says in one sentence what is wrong with a table that no audit wrote.
    """
    found = []
    for path in files_of(place):
        with _refusing(path):
            header = pq.read_metadata(path)
        known = validation.check_header(header, path)
        chosen = [name for name in known if columns is None or name in columns]
        with _refusing(path):
            # A text of megabytes can stand in every row of a small file: each is kept once.
            rows = pq.read_table(path, columns=chosen, read_dictionary=validation.TEXTS)
        validation.check_rows(rows, path.name)
        found.append(schema.complete_table(rows, columns or schema.COLUMNS))
    return pa.concat_tables(found).unify_dictionaries()


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    """Say in a sentence that a file cannot be read; what the reader says is for its authors."""
    try:
        yield
    except OSError as error:
        if error.strerror:
            raise ValueError(f"{path.name} cannot be opened ({error.strerror}).") from None
        raise ValueError(_DAMAGED.format(path.name)) from None
    except (RecursionError, ValueError, pa.ArrowException):
        raise ValueError(_DAMAGED.format(path.name)) from None


_DAMAGED = (
    "{} is no table of an audit: it is no Parquet file that one wrote, or damaged or cut short."
)
