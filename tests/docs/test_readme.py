"""The README is true: its example runs, its paths exist, its commands are there."""

import re
from pathlib import Path

from mixcore.docs import labels_table, methods_table
from mixcore.evidence.study.markdown import label_table

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


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


def test_paths_and_pictures_exist():
    named = re.findall(r"`((?:app|mixcore|assets|tests|docs|\.ci)[\w/.-]*)`", README)
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert len(pictures) == 1
    assert len(named) > 8
    for path in [*named, *pictures]:
        assert (ROOT / path).exists(), path


def test_the_two_commands_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M)
    assert "make test" in (ROOT / ".ci/run").read_text()


def test_the_table_of_methods_is_the_one_that_would_be_made_now():
    assert methods_table.renew_text(README) == README, (
        "run: python -m mixcore.docs.methods_table README.md"
    )


def test_the_numbers_of_the_evidence_are_those_of_the_report():
    found = labels_table.load_report()
    assert labels_table.renew_text(README, found) == README, (
        "run: python -m mixcore.docs.labels_table README.md"
    )
    for part in found.values():  # rows are named after what was run
        assert set(labels_table.TITLES) <= set(part["weights"]["labels"])
        assert part["weights"]["labels"]["area"]["of the errors of area"] == 1
    card = (ROOT / "assets/evidence/MODEL_CARD.md").read_text()
    for part in found.values():
        assert label_table(part["weights"]) in card


def test_a_row_of_the_evidence_that_differs_is_seen():
    found = labels_table.load_report()
    found["real"]["weights"]["labels"]["area"]["mae"]["value"] += 0.01
    assert labels_table.renew_text(README, found) != README
