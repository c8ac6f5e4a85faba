"""Files of an audit, made on demand."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa

from mixcore.audit import conclusion, report, summary, table_files
from mixcore.csv_table import write_csv


def make_csv(place: Path) -> bytes:
    """All rows so far, with a line of names, and the digest of what judged each."""
    rows = table_files.read_table(place)
    digests = table_files.read_facts(table_files.files_of(place)[0]).get("digests", {})
    judges = rows.column("judge").to_pylist()
    found = pa.array([str(digests.get(one, "")) for one in judges], pa.string())
    return write_csv(rows.append_column("judge_digest", found))


def make_parquet(place: Path) -> bytes:
    """The table as it is, or the parts so far as one."""
    files = table_files.files_of(place)
    if len(files) == 1:
        return files[0].read_bytes()
    from pyarrow import parquet as pq

    rows = pa.concat_tables([pq.read_table(path) for path in files]).unify_dictionaries()
    file = io.BytesIO()
    pq.write_table(rows, file, compression="zstd")
    return file.getvalue()


def make_report(place: Path) -> bytes:
    """The report that the run wrote; of any other table one without pictures."""
    page = place / report.PAGE
    if place.is_dir() and page.is_file():
        return page.read_bytes()
    found = summary.summarize_audit(place)
    found["conclusion"] = conclusion.write_conclusion(found)
    return report.make_html(found, summary.list_worst(place, report.WORST)).encode()
