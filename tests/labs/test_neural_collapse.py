"""The lab of neural collapse: channels with cross-entropy, straight edges with squared error."""

import numpy as np
import pytest

from mixcore.experiments.trial_progress import Progress
from mixcore.labs import make_lab
from mixcore.labs.neural_collapse import CE, MSE, STEPS


def look(**parameters):
    return make_lab("neural_collapse", **parameters).look(np.random.default_rng(3), {})


def find_points(sheet, title):
    return next(one for one in sheet.panels[0].points if one.title == title)


def test_the_two_losses_end_where_theory_has_them():
    assert look(loss=CE).number.value > 1.5
    assert look(loss=MSE).number.value == pytest.approx(1, abs=0.1)


def test_the_marked_mix_goes_from_one_end_of_its_way_to_the_other():
    for lam, end in ((1.0, 0), (0.0, -1)):
        sheet = look(lam=lam)
        (way,) = sheet.panels[0].lines
        here = np.asarray(find_points(sheet, f"lam {lam:.2f}").at)[0]
        assert here == pytest.approx([np.asarray(way.x)[end], np.asarray(way.y)[end]], abs=1e-4)


def test_the_ring_is_around_the_clicked_mix_and_its_ends_are_of_two_classes():
    sheet = look(pair=5)
    points = sheet.panels[0].points[0]
    assert points.ring == 5
    assert len(points.at) == len(points.color) == len(points.titles)
    first, second = (part.split("class ")[1] for part in points.titles[5].split(", "))
    assert first != second


def test_what_training_shows_is_what_is_named():
    start, end = look(step=0), look(step=STEPS)
    lines = {line.title: line for line in start.panels[1].lines}
    curve = lines["CE + mixup"]
    assert curve.y[0] < 1.2 < 1.5 < curve.y[-1]
    assert [line.title for line in end.panels[1].lines] == [*lines]


def test_pictures_are_measured_as_the_toy_is():
    lab = make_lab("neural_collapse", pictures="digits", images=60, epochs=1, batch=20)
    for part in ("MSE + mixup", "CE"):
        (row,) = lab.run(part, [0], Progress())
        assert set(row.values) == set(lab.card.metrics)
        assert np.isfinite(list(row.values.values())).all()
