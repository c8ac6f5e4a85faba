"""Regression data that ship: a table, and pictures whose label is their angle.

Both are scikit-learn's. Nothing is downloaded, and torch is not needed; one seed gives the same
split on every machine.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mixcore.rng import Streams

Floats = NDArray[np.float32]


class RegressionData(NamedTuple):
    """Samples and real labels of training and test, float32.

    x_train, x_test  rows (n, d) of a table, or pictures (n, 1, h, w) in [0, 1]
    y_train, y_test  (n,) labels, in `unit` or standardized
    mean, sd         of the training labels in `unit`: label * sd + mean undoes standardizing;
                     0 and 1 where the labels are not standardized
    unit             what a label is in
    columns          names of the columns of a table
    """

    x_train: Floats
    y_train: Floats
    x_test: Floats
    y_test: Floats
    mean: float
    sd: float
    unit: str
    columns: tuple[str, ...] = ()


def load_diabetes(
    seed: int = 0, *, standardize: bool = True, test_share: float = 0.25
) -> RegressionData:
    """Progression of diabetes after a year, by ten measurements of 442 patients.

    The data are of Efron et al. 2004. Columns have mean 0 and standard deviation 1 over the
    training rows.

    Args:
        seed: of the split into training and test.
        standardize: labels in standard deviations from the mean of the training labels.
        test_share: share of the samples that is kept for the test, in (0, 1).

    Returns:
        The data, as rows (n, 10).

    Raises:
        ValueError: for a share that leaves no sample for one of both.

    Example:
        >>> from mixcore.data import regression
        >>> data = regression.load_diabetes()
        >>> data.x_train.shape, data.x_test.shape, data.columns[:3]
        ((332, 10), (110, 10), ('age', 'sex', 'bmi'))
    """
    from sklearn.datasets import load_diabetes as load_table

    table = load_table(scaled=False)
    x = np.asarray(table.data, np.float64)
    train, test = _split_samples(len(x), seed, test_share)
    x = (x - x[train].mean(0)) / x[train].std(0)
    columns = tuple(map(str, table.feature_names))
    return _divide(x, table.target, train, test, standardize, "points of progression", columns)


def load_rotated_digits(
    seed: int = 0,
    *,
    most: float = 60.0,
    side: int = 16,
    standardize: bool = True,
    test_share: float = 0.25,
) -> RegressionData:
    """The 1,797 handwritten digits of scikit-learn, each turned by an angle that is its label.

    Angles are uniform in [-most, most] degrees, counterclockwise where positive; digits are
    enlarged and turned in one bilinear step.

    Args:
        seed: of the angles, and of the split into training and test.
        most: greatest angle in degrees, in (0, 180].
        side: height and width of the pictures in pixels, from 8 on.
        standardize: labels in standard deviations from the mean of the training labels.
        test_share: share of the samples that is kept for the test, in (0, 1).

    Returns:
        The data, as pictures (n, 1, side, side).

    Raises:
        ValueError: for values out of range.

    Example:
        >>> from mixcore.data import regression
        >>> data = regression.load_rotated_digits(standardize=False)
        >>> data.x_train.shape, data.unit, bool(abs(data.y_train).max() <= 60)
        ((1348, 1, 16, 16), 'degrees', True)
    """
    if not 0 < most <= 180:
        raise ValueError(f"most must be in (0, 180] degrees, got {most!r}.")
    if side < 8:
        raise ValueError(f"side must be at least 8 pixels, got {side!r}.")
    from sklearn.datasets import load_digits

    digits = load_digits().images / 16
    angles = Streams(seed).stage("angle").uniform(-most, most, len(digits))
    pairs = zip(digits, angles, strict=True)
    x = np.stack([_turn_picture(digit, angle, side) for digit, angle in pairs])[:, None]
    train, test = _split_samples(len(x), seed, test_share)
    return _divide(x, angles, train, test, standardize, "degrees")


def _turn_picture(picture: np.ndarray, degrees: float, side: int) -> np.ndarray:
    """A picture enlarged to side x side and turned counterclockwise about its middle."""
    from scipy.ndimage import affine_transform

    scale = np.array(picture.shape) / side
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    back = scale[:, None] * np.array([[cos, sin], [-sin, cos]])  # from the new picture to the old
    middle = (np.array(picture.shape) - 1) / 2
    offset = middle - back @ np.full(2, (side - 1) / 2)
    turned: np.ndarray = affine_transform(picture, back, offset, (side, side), order=1)
    return turned


def _split_samples(n: int, seed: int, test_share: float) -> tuple[np.ndarray, np.ndarray]:
    """Positions of training and test samples, each in ascending order."""
    held = round(n * test_share)
    if not 0 < held < n:
        raise ValueError(
            f"test_share must leave samples for training and test, got {test_share!r} of {n}."
        )
    order = Streams(seed).stage("split").permutation(n)
    return np.sort(order[held:]), np.sort(order[:held])


def _divide(
    x: np.ndarray,
    y: np.ndarray,
    train: np.ndarray,
    test: np.ndarray,
    standardize: bool,
    unit: str,
    columns: tuple[str, ...] = (),
) -> RegressionData:
    mean, sd = (float(y[train].mean()), float(y[train].std())) if standardize else (0.0, 1.0)
    x, y = x.astype(np.float32), ((y - mean) / sd).astype(np.float32)
    return RegressionData(x[train], y[train], x[test], y[test], mean, sd, unit, columns)
