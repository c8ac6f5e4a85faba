"""README and docs are true: examples run, paths exist, commands are there, tables are fresh."""

import re
from pathlib import Path

import pytest

from mixcore.docs import labels_table
from mixcore.docs.__main__ import PAGES
from mixcore.evidence.study.markdown import label_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
WRITTEN = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def test_the_example_runs_and_is_ten_lines():
    code = re.search(r"```python\n(.*?)```", README, re.S).group(1)
    assert len(code.strip().splitlines()) <= 10
    names = {}
    exec(code, names)
    assert names["mixed"].shape == names["x"].shape
    assert names["target"].shape == (8, 10)
    x, target = next(iter(names["loader"]))
    assert x.shape == (4, 3, 64, 64)
    assert target.shape == (4, 10)


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_paths_and_pictures_exist(page):
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:app|mixcore|assets|tests|bench|docs|\.ci)/[\w/.-]*)`", text)
    linked = re.findall(r"\]\(((?!http)[^)#]+)\)", text)
    paths = [ROOT / path for path in named if not re.search("NAME|XX", path)]
    for path in [*paths, *(page.parent / path for path in linked)]:
        assert path.exists(), path


def test_the_readme_is_short_and_leads_to_every_page():
    assert len(README.splitlines()) <= 135
    assert all(f"docs/{page.name}" in README for page in (ROOT / "docs").glob("*.md"))
    assert len(re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)) == 1


def test_the_two_commands_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M)
    assert "make test" in (ROOT / ".ci/run").read_text()


@pytest.mark.parametrize("name", PAGES)
def test_what_is_made_from_the_code_is_what_would_be_made_now(name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert PAGES[name](text) == text, "run: make docs"


def test_the_numbers_of_the_evidence_are_those_of_the_report():
    found = labels_table.load_report()
    for part in found.values():  # rows are named after what was run
        assert set(labels_table.TITLES) <= set(part["weights"]["labels"])
        assert part["weights"]["labels"]["area"]["of the errors of area"] == 1
    card = (ROOT / "assets/evidence/MODEL_CARD.md").read_text()
    for part in found.values():
        assert label_table(part["weights"]) in card


def test_a_row_of_the_evidence_that_differs_is_seen():
    found = labels_table.load_report()
    found["real"]["weights"]["labels"]["area"]["mae"]["value"] += 0.01
    text = (ROOT / "docs/evidence.md").read_text(encoding="utf-8")
    assert labels_table.renew_text(text, found) != text
