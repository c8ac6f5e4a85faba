"""Regression data that ship: shapes, splits, units, and angles that are what they say."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import ndimage
from sklearn import datasets, linear_model

from mixcore.data import regression
from mixcore.data.regression import load_diabetes, load_rotated_digits

LOADERS = [load_diabetes, load_rotated_digits]


@pytest.mark.parametrize("load", LOADERS)
def test_a_seed_gives_a_split_of_all_samples_again(load):
    one, again, other = load(3), load(3), load(4)
    for a, b in zip(one, again, strict=True):
        assert np.array_equal(a, b)
    assert not np.array_equal(one.y_test, other.y_test)
    assert len(one.x_train) == len(one.y_train)
    assert len(one.x_test) == len(one.y_test)
    n = len(one.y_train) + len(one.y_test)
    assert n == {load_diabetes: 442, load_rotated_digits: 1797}[load]
    assert len(load(3, test_share=0.5).y_test) == round(n / 2)
    assert {part.dtype for part in one[:4]} == {np.dtype(np.float32)}


@pytest.mark.parametrize("load", LOADERS)
def test_labels_come_back_to_their_unit(load):
    scaled, plain = load(1), load(1, standardize=False)
    assert scaled.y_train.mean() == pytest.approx(0, abs=1e-6)
    assert scaled.y_train.std() == pytest.approx(1, abs=1e-6)
    for a, b in ((scaled.y_train, plain.y_train), (scaled.y_test, plain.y_test)):
        assert np.allclose(a * scaled.sd + scaled.mean, b, rtol=1e-5, atol=1e-4)
    assert (plain.mean, plain.sd) == (0, 1)
    assert np.array_equal(scaled.x_test, plain.x_test)


def test_the_table_is_scikit_learn_s_and_can_be_learned():
    data = load_diabetes(standardize=False)
    table = datasets.load_diabetes()
    assert sorted([*data.y_train, *data.y_test]) == sorted(table.target)
    assert data.columns == tuple(table.feature_names)
    assert np.allclose(data.x_train.mean(0), 0, atol=1e-5)
    assert np.allclose(data.x_train.std(0), 1, atol=1e-5)
    fit = linear_model.LinearRegression().fit(data.x_train, data.y_train)
    assert fit.score(data.x_test, data.y_test) > 0.3


def test_digits_are_turned_by_their_label():
    data = load_rotated_digits(standardize=False, most=50, side=24)
    assert data.x_train.shape[1:] == (1, 24, 24)
    assert 0 <= data.x_train.min() <= data.x_train.max() <= 1
    assert 49 < abs(data.y_train).max() <= 50
    assert abs(data.y_train.mean()) < 4
    # Turned back they are like the upright ones again; turned on they are not.
    upright = np.stack([regression._turn_picture(d, 0, 24) for d in datasets.load_digits().images])
    train, _ = regression._split_samples(1797, 0, 0.25)
    errors = {}
    for sign in (-1, 1):
        turned = np.stack([
            ndimage.rotate(x[0], sign * angle, reshape=False, order=1)
            for x, angle in zip(data.x_train[:200], data.y_train[:200], strict=True)
        ])  # fmt: skip
        errors[sign] = np.abs(turned - upright[train[:200]] / 16).mean()
    assert errors[-1] < errors[1] / 2


def test_an_angle_of_zero_of_the_same_side_changes_nothing():
    digit = datasets.load_digits().images[0]
    assert np.allclose(regression._turn_picture(digit, 0, 8), digit)
    assert np.allclose(regression._turn_picture(digit, 90, 8), np.rot90(digit), atol=1e-9)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: load_diabetes(test_share=0), "must leave samples .* got 0 of 442"),
        (lambda: load_rotated_digits(most=0), r"in \(0, 180\] degrees, got 0"),
        (lambda: load_rotated_digits(side=4), "at least 8 pixels, got 4"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_they_need_no_torch():
    code = (
        "import sys; from mixcore.data import regression as r; r.load_diabetes();"
        "r.load_rotated_digits(); assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
