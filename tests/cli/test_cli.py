"""The command line: flags from declarations, pixels as in the library, errors in one sentence."""

import subprocess
import sys

import numpy as np
import pytest

from catalogue import KEYS, MANY_KEYS
from mixcore import Batch, method, pictures
from mixcore.cli import main
from mixcore.cli.flags import read_literal
from mixcore.data import gallery
from mixcore.evidence.kinds import providers
from mixcore.evidence.models.hidden_features import compute_hidden
from mixcore.registry import find_class


@pytest.fixture
def photos(tmp_path):
    paths = [tmp_path / f"{name}.png" for name in "abcd"]
    for path, name in zip(paths, ("cat", "coffee", "dog", "rocket"), strict=True):
        pictures.save(gallery.load(name), path)
    return list(map(str, paths))


@pytest.mark.parametrize("key", [key for key in KEYS if not find_class(key).info.needs])
def test_mix_writes_what_the_library_mixes(key, photos, tmp_path, capsys):
    out, info = str(tmp_path / "mixed.png"), find_class(key).info
    photos = photos[: info.sources]
    assert main(["mix", key, *photos, "--out", out, "--seed", "3", "--size", "96"]) == 0
    x = pictures.to_tensor(*(pictures.square(pictures.read(p), 96) for p in photos))
    given = {"index": [*range(1, len(photos)), 0]} if "index" in info.given else {}
    hidden = compute_hidden(method(key).reads_hidden(), x)
    plan = method(key).plan(Batch(x, given=given, hidden=hidden), rng=3)
    assert np.array_equal(pictures.read(out), pictures.to_array(plan.apply(x))[0])
    w_a = float(
        plan.w[0][: 1 if info.sources > 1 else None].sum() if key in MANY_KEYS else plan.w_a[0]
    )
    said = capsys.readouterr().out
    assert f"label {w_a:.4f} A" in said
    assert ("A preview only" in said) == (info.space != "pixels")
    assert ("The label is by area so far" in said) == bool(info.after)


def test_a_photo_that_comes_twice_counts_twice(photos, tmp_path, capsys):
    out = str(tmp_path / "mixed.png")
    assert main(["mix", "dmixup", *photos, "--d", "5", "--out", out, "--size", "64"]) == 0
    said = capsys.readouterr().out
    weights = [float(word) for word in said.split("label ")[1].split() if word[0].isdigit()]
    assert len(weights) == 4
    assert sum(weights) == pytest.approx(1, abs=1e-3)


def test_photos_are_cut_as_the_flags_say(photos, tmp_path, capsys):
    out, flags = str(tmp_path / "mixed.png"), ["--crop-a", "2,0.3,0.1", "--crop-b", "whole"]
    mix = ["mix", "mixup", *photos[:2], "--out", out, "--size", "96", "--lam", "0.5"]
    assert main([*mix, *flags]) == 0
    a, b = (pictures.read(path) for path in photos[:2])
    x = pictures.to_tensor(pictures.square(a, 96, 2, 0.3, 0.1), pictures.fit(b, 96))
    plan = method("mixup").plan(Batch(x, given={"index": [1, 0], "lam": 0.5}), rng=0)
    assert np.array_equal(pictures.read(out), pictures.to_array(plan.apply(x))[0])
    for crop, said in (("2,x", "got '2,x'"), ("9,0.5,0.5", r"zoom must be in [1, 8], got 9")):
        capsys.readouterr()
        assert main([*mix, "--crop-a", crop]) == 2
        assert said in capsys.readouterr().err


def test_scenes_bring_what_a_method_needs(photos, tmp_path, capsys):
    out = str(tmp_path / "mixed.png")
    assert main(["mix", "deda", "scene:2", "scene:18", "--out", out, "--size", "64"]) == 0
    assert "label 1.0000 A + 0.0000 B" in capsys.readouterr().out
    assert main(["mix", "deda", *photos[:2], "--out", out]) == 2
    assert "De-DA needs evidence 'object'" in capsys.readouterr().err
    assert main(["mix", "cutmix", "scene:two", photos[0], "--out", out]) == 2
    assert "scene:SEED with a whole number, got 'scene:two'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "key", [k for k in KEYS if set(find_class(k).info.needs) - {"object", "grounds"}]
)
def test_a_method_that_needs_a_models_evidence_says_so_in_a_sentence(key, photos, tmp_path, capsys):
    assert main(["mix", key, *photos[:2], "--out", str(tmp_path / "mixed.png")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"{find_class(key).info.title} needs evidence {find_class(key).info.needs[0]!r}" in said
    assert "mixcore.evidence.kinds" in said


def test_flags_reach_the_method(photos, tmp_path, capsys):
    out = str(tmp_path / "mixed.png")
    flags = ["--lam", "0.5", "--size", "64", "--no-correct-lam", "--alpha", "0.3"]
    assert main(["mix", "cutmix", *photos[:2], "--out", out, *flags]) == 0
    assert "label 0.5000 A + 0.5000 B" in capsys.readouterr().out


def test_methods_lists_every_parameter(capsys):
    assert main(["methods"]) == 0
    text = capsys.readouterr().out
    for key in KEYS:
        assert key in text
    for words in ("0.05..8", "bilinear | nearest", "yes | no"):
        assert words in text


def test_evidence_is_listed_with_what_it_needs(capsys):
    assert main(["evidence", "--list"]) == 0
    said = capsys.readouterr().out
    assert "spectral-residual     Spectral residual. Needs nothing but the picture; costs" in said
    assert said.count("\n") == len(providers())


def test_errors_are_one_sentence(photos, capsys):
    assert main(["mix", "cutmix", *photos[:2], "--alpha", "99"]) == 2
    assert capsys.readouterr().err == "mixcore: CutMix.alpha must be in [0, 64], got 99.0.\n"
    assert main(["mix", "cutmix", photos[0], "/nowhere.jpg"]) == 2
    assert "nowhere.jpg" in capsys.readouterr().err


def test_it_runs_as_a_module():
    command = [sys.executable, "-m", "mixcore", "--version"]
    assert (
        "mixcore 0." in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (".1", 0.1), ("-.5", -0.5), ("2.", 2.0), ("+3", 3), ("0.1", 0.1), ("1e-3", 1e-3),
        ("True", True), ("false", False), ("M-NDCG", "M-NDCG"), ("nan", "nan"), (".", "."),
        ("0.2,0.7", "0.2,0.7"),
    ],
)  # fmt: skip
def test_a_value_is_read_as_it_is_typed(text, value):
    found = read_literal(text)
    assert found == value
    assert isinstance(found, str) == isinstance(value, str)
