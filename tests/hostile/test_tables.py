"""Broken tables of audits: each is read, or refused in one sentence before it takes memory."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hostile.neighbors import (
    ODD_TEXTS,
    assert_sentence,
    document_neighbors,
    measure_child,
    run_child,
)
from mixcore.audit import report, schema, summary, table_files
from mixcore.runs import files

FACTS = {
    "request": {"data": "pets", "methods": ["cutmix"], "seed": 3},
    "classes": ["cat", "dog", "owl"], "evidence": ["CAM"], "judge": "CAM", "seen": "CAM",
    "bound": 1e-6, "skipped": {}, "sizes": [[32, 40], [40, 40]], "notes": ["A note."],
    "pictures": 12, "mixcore": "0", "torch": "2",
}  # fmt: skip


def rows(n=40, **columns):
    """Plain columns of a small audit, with some replaced."""
    rng = np.random.default_rng(0)
    known = {
        name: rng.random(n).tolist()
        for name, (kind, _) in schema.COLUMNS.items()
        if pa.types.is_floating(kind)
    }
    return known | {
        "row": list(range(n)), "block": [i // 4 for i in range(n)], "method": ["cutmix"] * n,
        "control": [""] * n, "a": list(range(n)), "b": list(range(n)), "seed": [3] * n,
        "name_a": ["a.png"] * n, "name_b": ["=b.png"] * n, "judge": ["CAM"] * n,
        "class_a": [i % 3 for i in range(n)], "class_b": [(i + 1) % 3 for i in range(n)],
        "like": list(range(n)), "class_like": [i % 3 for i in range(n)],
        schema.share_of("CAM"): rng.random(n).tolist(),
    } | columns  # fmt: skip


def write(path, facts=FACTS, columns=None):
    """A table with these facts: a value, or the bytes that stand for one."""
    packed = facts if isinstance(facts, bytes) else json.dumps(facts).encode()
    like = schema.make_schema(("CAM",), {table_files.FACTS: packed})
    pq.write_table(schema.make_batch(columns or rows(), like), path)
    return path


def use(path):
    """All that the report and the page do with a table."""
    found = summary.summarize_audit(path)
    found["conclusion"] = ["A sentence."]
    json.dumps(files.replace_nan(found)).encode()
    report.make_html(found, summary.list_worst(path)).encode()


def refused(path):
    with pytest.raises(ValueError, match=r"is no table|is refused|is a table without") as caught:
        use(path)
    return assert_sentence(caught.value)


def test_the_table_that_the_others_are_neighbors_of_is_whole(tmp_path):
    use(write(tmp_path / "whole.parquet"))


def test_a_table_without_rows_is_refused(tmp_path):
    path = write(tmp_path / "none.parquet", columns={name: [] for name in rows()})
    assert "without a single row" in refused(path)


@pytest.mark.parametrize("facts", ODD_TEXTS)
def test_facts_that_are_none_are_a_sentence_or_left_out(tmp_path, facts):
    path = write(tmp_path / "odd.parquet", facts)
    if facts.endswith(b"{}"):
        use(path)
    else:
        refused(path)


def test_a_neighbor_of_the_facts_is_read_or_a_sentence(tmp_path):
    for how, facts in document_neighbors(FACTS):
        path = write(tmp_path / "facts.parquet", facts)
        try:
            use(path)
        except ValueError as error:
            assert_sentence(error)
        except Exception as error:
            raise AssertionError(how) from error


@pytest.mark.parametrize(("number", "said"), [(-1, "counts from 0"), (2**31 - 1, "over the limit")])
@pytest.mark.parametrize("side", ["class_a", "class_b"])
def test_a_class_that_none_has_is_refused_before_anything_is_counted(tmp_path, side, number, said):
    path = write(tmp_path / "classes.parquet", columns=rows(**{side: [number, *[1] * 39]}))
    assert said in refused(path)


def test_a_class_without_a_name_is_only_called_by_its_number(tmp_path):
    use(write(tmp_path / "more.parquet", columns=rows(class_a=[7] * 40)))


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"mismatch": [float("inf")] * 40}, "infinite"),
        ({"row": [None] * 40}, "without a value"),
        ({"a": [-5] * 40}, "counts from 0"),
        ({"name_a": ["x" * 5000] * 40}, "5,000 letters"),
    ],
)
def test_columns_that_cannot_be_counted_with_are_refused(tmp_path, columns, said):
    assert said in refused(write(tmp_path / "odd.parquet", columns=rows(**columns)))


def test_a_small_file_of_very_many_rows_is_refused_from_its_header(tmp_path):
    n = 3_000_000
    zeros = pa.nulls(n, pa.float64())
    like = schema.make_schema(("CAM",), table_files.pack_facts(FACTS))
    columns = [
        zeros if pa.types.is_floating(field.type) else pa.array([0], pa.int64()).take(
            pa.array(np.zeros(n, np.int8))).cast(field.type)
        if pa.types.is_integer(field.type)
        else pa.DictionaryArray.from_arrays(np.zeros(n, np.int16), ["cutmix"]).cast(field.type)
        for field in like
    ]  # fmt: skip
    path = tmp_path / "many.parquet"
    pq.write_table(pa.Table.from_arrays(columns, schema=like), path, compression="zstd")
    assert path.stat().st_size < 2**20
    assert "claim to hold 3,000,000 rows" in refused(path)
    grew = measure_child(
        "import pathlib, mixcore.audit.table_files as t; begin()\n"
        "try: t.read_table(pathlib.Path(sys.argv[1]))\nexcept ValueError: pass",
        str(path),
    )
    assert grew < 50


NEIGHBORS = """
import pathlib, sys
from hostile.neighbors import assert_sentence, neighbors
from hostile.test_tables import use
path = pathlib.Path(sys.argv[1])
data = path.read_bytes()
for how, changed in neighbors(data, int(sys.argv[2])):
    print(how, flush=True)
    path.write_bytes(changed)
    try: use(path)
    except ValueError as error: assert_sentence(error)
"""


def test_a_neighbor_of_a_file_is_read_or_a_sentence(tmp_path, effort):
    # The last line that was printed says which one ended the process.
    run_child(NEIGHBORS, str(write(tmp_path / "a.parquet")), str(effort(60)))


def test_each_text_is_kept_once(tmp_path):
    path = write(tmp_path / "a.parquet", columns=rows(name_a=["x" * 4000] * 40))
    assert pa.types.is_dictionary(table_files.read_table(path).schema.field("name_a").type)


@pytest.mark.parametrize("number", [7, None])
def test_a_class_that_a_mix_is_like_may_be_without_a_name_or_none(tmp_path, number):
    use(write(tmp_path / "like.parquet", columns=rows(class_like=[number] * 40)))


@pytest.mark.parametrize(("number", "said"), [(-1, "counts from 0"), (2**31 - 1, "over the limit")])
def test_a_likeness_that_no_class_has_is_refused(tmp_path, number, said):
    assert said in refused(write(tmp_path / "odd.parquet", columns=rows(class_like=[number] * 40)))
