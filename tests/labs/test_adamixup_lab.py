"""The lab of AdaMixUp: what intrudes at one half and what does not at the ends."""

import numpy as np
import pytest

from mixcore.labs import make_lab
from mixcore.labs.adamixup import BAD, PAIRS, DigitPairs, find_path, load_digits


def look(**parameters):
    return make_lab("adamixup", **parameters).look(np.random.default_rng(3), {})


def test_mixes_intrude_in_the_middle_and_nothing_does_at_the_ends():
    assert look(lam=0.5).number.value > 0.05
    for lam in (0.0, 1.0):
        sheet = look(lam=lam)
        assert sheet.number.value == 0
        assert "wrong" not in sheet.panels[0].frames


def test_pairs_that_are_shown_are_of_two_classes_and_some_intrude():
    pairs, (_, y) = DigitPairs.draw(np.random.default_rng(0)), load_digits()
    assert (y[pairs.a] != y[pairs.b]).all()
    third = pairs.find(0.5).third
    shown = pairs.choose()
    assert len(set(shown)) == PAIRS
    assert int(third[shown].sum()) == BAD
    assert look(lam=0.5).panels[0].frames.count("wrong") == BAD


def test_the_segment_crosses_the_middle_class_or_goes_round_it():
    def red(spot):
        return look(spot=spot).panels[1].points[1].color.count("wrong")

    assert red("0.833,0.5") > 10
    assert red("0.16,0.5") == 0
    assert red("0.5,0.5") == 0  # it ends in that class, which is then no third one


def test_bars_are_the_intervals_in_words_and_a_floor_is_kept():
    sheet = look(floor=0.3)
    said = next(line for line in sheet.arithmetic if line.startswith("least width 0.3"))
    for pair in said.partition("from ")[2].split(", "):
        low, high = map(float, pair.split(" to "))
        assert 0 <= low <= high <= 1
        assert high - low >= 0.3 - 0.011
    floored = [line for line in sheet.panels[2].lines if line.color == "c"]
    assert all(min(line.y) >= 0.3 - 1e-6 for line in floored)
    assert not any(line.color == "c" for line in look(floor=0.0).panels[2].lines)


def test_a_photo_of_ones_own_goes_from_itself_to_the_other():
    photo = np.random.default_rng(0).integers(0, 255, (200, 160, 3), dtype=np.uint8)
    lab = make_lab("adamixup", data="photos", lam=1.0)
    sheet = lab.look(np.random.default_rng(3), {"photo": photo})
    assert "A itself" in sheet.sentence
    own, other, mix, near = sheet.panels[0].images
    assert (mix == own).all()
    assert (near == own).all()
    path = find_path(own.tobytes(), "flower")
    assert (path.nearest[0], path.nearest[-1]) == ("B", "A")
    assert sheet.number.value == pytest.approx(np.mean([n not in "AB" for n in path.nearest]))
    assert not (other == own).all()
