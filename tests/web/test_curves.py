"""Curves keep their extremes when thinned, start where they start when smoothed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.train.curves import smooth_curve, summarize_curves, thin_points


@given(st.integers(0, 2**32), st.integers(1, 3000), st.integers(4, 300))
def test_thinning_keeps_ends_and_extremes(seed, n, most):
    y = np.random.default_rng(seed).standard_cauchy(n)
    kept = thin_points(y, most)
    assert len(kept) <= max(most, min(n, most))
    assert (np.diff(kept) > 0).all()
    assert kept[0] == 0
    assert kept[-1] == n - 1
    assert y[kept].min() == y.min()
    assert y[kept].max() == y.max()


def test_every_spike_survives_and_holes_do_not_hide_it():
    y = np.zeros(100_000)
    spikes = np.arange(500, 100_000, 1000)
    y[spikes] = 5
    y[3] = np.nan
    kept = thin_points(y)
    assert len(kept) <= 2000
    assert set(spikes) <= set(kept)


@given(st.integers(0, 2**32), st.integers(1, 200), st.floats(0, 0.99))
def test_smoothing_stays_within_the_curve(seed, n, weight):
    y = np.random.default_rng(seed).normal(size=n)
    out = smooth_curve(y, weight)
    assert out[0] == y[0]
    assert out.min() >= y.min() - 1e-12
    assert out.max() <= y.max() + 1e-12
    assert smooth_curve(np.full(n, 3.0), weight) == pytest.approx(3.0)


def test_smoothing_by_hand_and_around_holes():
    assert smooth_curve(np.array([1.0, 3.0]), 0.5) == pytest.approx([1, 3.5 / 1.5])
    out = smooth_curve(np.array([1.0, np.nan, 3.0]), 0.5)
    assert np.isnan(out[1])
    assert out[2] == pytest.approx(3.5 / 1.5)
    assert len(smooth_curve(np.array([]), 0.5)) == 0


def test_seeds_are_summed_up_where_all_of_them_are():
    one = np.array([1.0, 2, 3]), np.array([0.1, 0.2, 0.3])
    two = np.array([1.0, 2]), np.array([0.3, 0.6])
    x, mean, low, high = summarize_curves([one, two])
    assert x.tolist() == [1, 2]
    assert mean == pytest.approx([0.2, 0.4])
    assert low.tolist() == [0.1, 0.2]
    assert high.tolist() == [0.3, 0.6]
