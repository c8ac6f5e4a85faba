"""Noisy digits: their noise, and that no picture is both learned and tested."""

import numpy as np
import pytest

from mixcore.data.noisy_digits import draw_noisy_digits, open_noisy_digits
from mixcore.train.training_data import load_data
from mixcore.train.training_request import TrainingRequest


def test_without_noise_they_are_the_digits():
    from sklearn.datasets import load_digits

    x, y = draw_noisy_digits(0.0, np.random.default_rng(0))
    digits = load_digits()
    assert sorted(map(bytes, x)) == sorted(
        map(bytes, np.rint(digits.images * 255 / 16).astype(np.uint8))
    )
    assert np.array_equal(np.bincount(y), np.bincount(digits.target))


def test_noise_is_as_wide_as_asked_for():
    clean, y = draw_noisy_digits(0.0, np.random.default_rng(3))
    x, again = draw_noisy_digits(0.1, np.random.default_rng(3))
    assert np.array_equal(y, again)
    middle = (clean > 80) & (clean < 175)  # where nothing is cut off
    assert (x[middle] / 255.0 - clean[middle] / 255.0).std() == pytest.approx(0.1, abs=0.003)


def test_a_training_finds_as_many_as_were_asked_for_and_tests_on_others():
    with open_noisy_digits(200, 0.35, seed=1) as name:
        request = TrainingRequest(data=name, images=200, held_out=0.05, method="none")
        data = load_data(request)
        assert data.n == 200
        assert data.classes == tuple("0123456789")
        assert data.shape == (1, 8, 8)
        learned = {bytes(one.numpy()) for one in data.train.x}
        tested = {bytes(one.numpy()) for one in data.test.x}
        assert not learned & tested
        assert len(tested) > 1500
    with open_noisy_digits(200, 0.35, seed=2) as name:
        other = load_data(TrainingRequest(data=name, method="none"))
        assert {bytes(one.numpy()) for one in other.train.x} != learned
