"""The README is true: its example runs, its paths exist, its commands are there."""

import json
import re
from pathlib import Path

from mixcore import table

ROOT = Path(__file__).parents[1]
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
    assert table.renewed(README) == README, "run: python -m mixcore.table README.md"


def test_the_numbers_of_the_evidence_are_those_of_the_report():
    report = json.loads((ROOT / "assets/evidence/report.json").read_text())
    pairs, real = report["composites"]["weights"], report["real"]["weights"]
    rows = {
        "area": "area",
        "TransMix: attention of the mix": "TransMix, late",
        "SnapMix: CAM of the true class": "SnapMix: CAM, true class",
        "attention of the clean photos, minus mean": "clean late attention, minus mean",
        "the same times CAM of the predicted class": "clean late x CAM, predicted class",
    }
    assert f"of {pairs['n']:,} pairs" in README
    assert f"repeats area's {pairs['errors of area']} errors" in README
    for title, key in rows.items():
        line = next(line for line in README.splitlines() if line.startswith(f"| {title} |"))
        for found in (pairs["labels"][key], real["labels"][key]):
            error = found["mae"]
            said = f"{error['value']:.3f} [{error['low']:.3f}, {error['high']:.3f}]"
            assert said in line
        assert f"| {pairs['labels'][key]['r']['value']:.3f} |" in line
