"""Every figure that a method, lab or page of docs prints of a paper is in docs/sources.csv."""

import csv
import json
import re
from pathlib import Path

import pytest

import mixcore
from mixcore import labs
from mixcore.objectives import list_objectives, read_objective
from mixcore.registry import find_class

ROOT = Path(__file__).parents[2]
REPORT = "assets/evidence/report.json"
# Decimals and percentages; whole numbers beside them are settings, such as epochs and layers.
FIGURE = re.compile(r"(?<![\w.])(?:\d*\.\d+(?!\w|\.\d)|\d+ ?%)")

with (ROOT / "docs/sources.csv").open(encoding="utf-8", newline="") as file:
    ROWS = list(csv.DictReader(file))


def figures_of(text):
    return {found.replace("%", " %").replace("  ", " ") for found in FIGURE.findall(text)}


def prose_of_docs():
    """What is written by hand, README and docs: neither made by a command, nor code."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    for pattern in (r"<!-- (\w+): made by.*?<!-- \1 end -->", r"```.*?```", r"`[^`]*`"):
        text = re.sub(pattern, "", text, flags=re.S)
    return re.sub(r"Python \d\.\d+|License \d\.\d", "", text)  # versions


PRINTED = {key: " ".join(find_class(key).info.says) for key in mixcore.methods()}
PRINTED |= {f"lab {key}": " ".join(labs.read_card(key).says) for key in labs.list_labs()}
PRINTED |= {f"objective {key}": " ".join(read_objective(key).says) for key in list_objectives()}
PRINTED["docs"] = prose_of_docs()


def test_a_figure_is_a_decimal_or_a_percentage():
    text = "ResNet-18, 200 epochs: 79.45 %, 1 % (27%), .045, 1,200 pairs, 0.1 and 2411.02592v1"
    assert figures_of(text) == {"79.45", "1 %", "27 %", ".045", "0.1"}


@pytest.mark.parametrize("page", PRINTED)
def test_each_printed_figure_has_its_source_and_each_source_is_printed(page):
    assert figures_of(PRINTED[page]) == {r["figure"] for r in ROWS if r["printed_in"] == page}


def test_each_row_says_what_it_is_and_where_it_is_found():
    assert {row["printed_in"] for row in ROWS} <= set(PRINTED)
    assert all(all(cell.strip() for cell in row.values()) for row in ROWS)
    named = [(row["printed_in"], row["figure"], row["of"]) for row in ROWS]
    assert len(set(named)) == len(named)


def test_figures_of_the_report_are_the_reports():
    report = json.loads((ROOT / REPORT).read_text(encoding="utf-8"))
    own = [row for row in ROWS if row["source"] == REPORT]
    assert len(own) > 5
    for row in own:
        found = report
        for key in row["where"].split(" > "):
            found = found[key]
        places = len(row["figure"].partition(".")[2])
        assert f"{found:.{places}f}".lstrip("0") == row["figure"].lstrip("0"), row


def test_tests_that_are_named_as_a_source_exist():
    for row in ROWS:
        if row["source"] == "MixScope":
            path, name = row["where"].split(", ")
            assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8")
