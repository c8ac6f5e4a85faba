"""CSV files: no cell runs in a spreadsheet, and no number becomes text."""

import ast
import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest

import app
import mixcore
from hostile.neighbors import ODD_NAMES
from mixcore.csv_table import escape_cell, write_csv

FORMULAS = ["=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1"]


def rows_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


@pytest.mark.parametrize("text", FORMULAS)
@pytest.mark.parametrize("kind", [pa.string(), pa.dictionary(pa.int16(), pa.string())])
def test_a_cell_that_a_spreadsheet_would_run_is_text(text, kind):
    table = pa.table({text: pa.array([text, "cat", None]).cast(kind)})
    head, *cells = rows_of(write_csv(table))
    assert head == [f"'{text}"]
    assert [cell for row in cells for cell in row or [""]] == [f"'{text}", "cat", ""]


def test_a_cell_of_its_own_behind_a_separator_is_text_too():
    assert escape_cell("a;=1+1") == "a;'=1+1"
    assert escape_cell("a\n@b") == "a\n'@b"
    assert escape_cell("well-known = a + b @ c") == "well-known = a + b @ c"


def test_numbers_stay_numbers():
    rows = [{"x": -0.5, "n": -3, "text": "-0.25", "sign": "+1e-3", "none": None, "yes": True}]
    assert rows_of(write_csv(rows))[1] == ["-0.5", "-3", "-0.25", "+1e-3", "", "true"]
    assert float(rows_of(write_csv([{"x": 0.1 + 0.2}]))[1][0]) == 0.1 + 0.2


def test_odd_names_come_back_as_they_were_but_for_the_apostrophe():
    names = [name for name in ODD_NAMES if name and "\ud800" not in name]
    for name, (cell,) in zip(names, rows_of(write_csv([{"n": n} for n in names]))[1:], strict=True):
        assert cell.replace("'", "") == name.replace("'", "")


def test_every_csv_of_the_project_has_this_one_writer():
    # st.dataframe and st.data_editor offer a CSV of their own to download.
    others = {"csv", "pyarrow.csv", "to_csv", "dataframe", "data_editor"}
    for package in (app, mixcore):
        for path in Path(package.__path__[0]).rglob("*.py"):
            nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
            used = {node.attr for node in nodes if isinstance(node, ast.Attribute)} - {"csv"}
            for node in nodes:
                if isinstance(node, ast.Import | ast.ImportFrom):
                    used |= {alias.name for alias in node.names}
            assert path.name == "csv_table.py" or not used & others, path
