"""Every interval comes of one way of drawing units anew, and stored ones come out again."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch

import mixcore
from mixcore.audit.intervals import Blocks
from mixcore.calibration import Outcomes, chance, ece, interval
from mixcore.evidence.study.label_scores import Bootstrap
from mixcore.runs import files
from mixcore.runs.number_text import format_duration
from mixcore.statistics import Interval, Resamples, draw_counts, measure_interval

ROOT = Path(mixcore.__file__).parent
RANDOM = np.random.default_rng(3)
VALUES, UNIT = RANDOM.random(60), np.arange(60) // 5
LOGITS, Y = RANDOM.normal(size=(60, 3)) * 2, RANDOM.integers(3, size=60)


def of_blocks(unit):
    return Blocks(unit, np.arange(60), seed=4, draws=200).mean(VALUES, VALUES > 0.1)


def of_sources():
    pairs = np.stack([UNIT, np.roll(UNIT, 7)], 1)
    return Bootstrap(pairs, draws=200, seed=4).mean(VALUES)


def of_samples(measure):
    seen = Outcomes(torch.from_numpy(Y), logits=torch.from_numpy(LOGITS))
    return measure(ece, seen, 4, 50)


@pytest.mark.parametrize(
    ("found", "value", "low", "high"),
    [
        (lambda: of_blocks(UNIT), 0.5421145527493466, 0.49919271907356944, 0.589922613169168),
        (lambda: of_blocks(0 * UNIT), 0.5421145527493466, 0.4822424163485465, 0.5946895439630849),
        (of_sources, 0.5019794502545608, 0.41504321446992, 0.5788807931133061),
        (lambda: of_samples(interval), 0.4558243348531905, 0.36459836565745485, 0.5231180603816714),
        (lambda: of_samples(chance), 0.124375358625407, 0.05967933893609742, 0.19245496335533327),
    ],
    ids=["blocks", "single pairs", "two sources", "samples", "chance"],
)
def test_a_seed_gives_the_interval_that_was_stored(found, value, low, high):
    expected = Interval(value, low, high)
    assert vars(found()) == pytest.approx(vars(expected), rel=1e-12)


def test_units_are_drawn_with_replacement_as_many_as_there_are():
    units = np.array([["b", "a"], ["a", "c"]])
    drawn = Resamples(units, np.random.default_rng(0), draws=4000)
    assert drawn.n == 3
    assert drawn.at.tolist() == [[1, 0], [0, 2]]
    assert (drawn.counts.sum(1) == 3).all()
    assert drawn.counts.mean(0) == pytest.approx(1, abs=0.06)
    one_by_one = np.array([*draw_counts(3, np.random.default_rng(0), 4000)])
    assert (one_by_one.sum(1) == 3).all()
    assert one_by_one.var(0) == pytest.approx(drawn.counts.var(0), abs=0.06)  # binomial, both
    assert measure_interval(2.0, range(101)) == Interval(2.0, 2.5, 97.5)


@pytest.mark.parametrize("name", ["percentile", "multinomial"])
def test_nothing_else_resamples(name):
    calls = [
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == name
    ]
    assert calls == ["statistics.py"]


def test_what_json_lacks_becomes_null(tmp_path):
    value = {"a": [1.0, float("nan")], "b": (float("inf"), {"c": -float("inf")}), 3: "x"}
    plain = {"a": [1.0, None], "b": [None, {"c": None}], "3": "x"}
    assert files.replace_nan(value) == plain
    assert files.parse_json(files.encode_line(value)) == plain
    files.write_json(tmp_path / "one.json", value)
    assert files.read_json(tmp_path / "one.json") == plain


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.2, "1 s"), (89.4, "89 s"), (90, "2 min"), (5399, "90 min"), (5400, "1.5 h")],
)
def test_durations_are_said_in_one_way(seconds, words):
    assert format_duration(seconds) == words
