"""Overlaps: either label is as likely there, and models are the extremes that they say."""

import numpy as np
import pytest

from mixcore.experiments.overlaps import (
    OverlappingLine,
    SwappedPairs,
    fit_every_label,
    fit_mixes,
    measure_loss,
)
from mixcore.experiments.toy_data import GaussianClasses


@pytest.mark.parametrize("overlap", [0.0, 0.3, 1.0])
def test_the_truth_on_the_line_is_what_labels_are_there(overlap):
    line = OverlappingLine(overlap)
    x, y = line.draw(20_000, np.random.default_rng(0))
    assert (np.diff(x) >= 0).all()
    assert 0 <= x[0] <= x[-1] <= line.end
    inside = line.inside(x)
    assert inside.mean() == pytest.approx(overlap, abs=0.02)
    if overlap:
        assert y[inside].mean() == pytest.approx(0.5, abs=0.03)
    assert (y[~inside] == line.truth(x)[~inside]).all()
    assert np.isin(line.truth(x)[inside], 0.5).all()
    grid = np.linspace(0, line.end, 20_001)
    assert line.density(grid).mean() * line.end == pytest.approx(1, abs=1e-3)


def test_one_model_fits_every_label_and_the_other_the_mean_label_of_mixes():
    x, y = OverlappingLine(0.5).draw(60, np.random.default_rng(1))
    assert fit_every_label(x, y, 6.0)(x) == pytest.approx(6 * (2 * y - 1))
    z = np.random.default_rng(2).random(40_000)
    share = (np.random.default_rng(3).random(40_000) < z).astype(float)
    at = np.linspace(0.05, 0.95, 19)
    assert 1 / (1 + np.exp(-fit_mixes(z, share)(at))) == pytest.approx(at, abs=0.04)


def test_no_model_beats_the_truth():
    line = OverlappingLine(0.4)
    grid = np.linspace(0, line.end, 500)
    truth, weight = line.truth(grid), line.density(grid)
    best = np.log(np.clip(truth, 1e-9, 1)) - np.log(np.clip(1 - truth, 1e-9, 1))
    least = measure_loss(best, truth, weight)
    assert least == pytest.approx(0.4 * np.log(2), abs=0.01)
    for scale in (0.5, 0.9, 1.1):
        other = best * scale + 0.1 * (truth == 0.5)
        assert measure_loss(other, truth, weight) > least
    assert np.isnan(measure_loss(best, truth, 0 * weight))


def test_swapped_pairs_are_told_apart_by_a_coin_and_others_not_at_all():
    random = np.random.default_rng(4)
    clouds = GaussianClasses.make(random, classes=6, dims=8, norm=30, noise=0.1)
    x, y, inside = SwappedPairs(clouds, pairs=2).draw(6000, random)
    cloud = np.linalg.norm(x[:, None] - clouds.means, axis=2).argmin(1)
    assert (inside == (cloud < 4)).all()
    assert (y[~inside] == cloud[~inside]).all()
    assert (y[inside] // 2 == cloud[inside] // 2).all()
    assert (y[inside] == cloud[inside]).mean() == pytest.approx(0.5, abs=0.03)
