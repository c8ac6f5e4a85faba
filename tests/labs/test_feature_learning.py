"""The lab of rare features: without mixing both curves are one."""

import numpy as np

from mixcore.labs import make_lab


def lines(**parameters):
    sheet = make_lab("feature_learning", **parameters).look(np.random.default_rng(0), {})
    return {line.title: list(line.y) for line in sheet.panels[0].lines}, sheet


def test_without_mixing_both_curves_are_one():
    for parameters in ({"lam_x": 1.0, "lam_y": 1.0}, {"stop": 0}):
        curves, sheet = lines(**parameters)
        assert curves["rare, plain"] == curves["rare, mixup"]
        assert curves["common, plain"] == curves["common, mixup"]
        assert sheet.number.value == 0


def test_the_mix_is_drawn_of_what_is_mixed():
    _, sheet = lines(lam_x=0.5)
    a, b, mix = (image.astype(float) for image in sheet.panels[2].images)
    assert a.shape == b.shape == mix.shape
    noise = (np.ptp(a, 2) == 0) & (np.ptp(b, 2) == 0)  # gray, as what holds no feature
    assert np.abs(mix - (a + b) / 2)[noise].max() <= 1
    assert np.ptp(mix, 2).max() > 20
