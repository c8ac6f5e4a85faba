"""Handwritten digits under noise: a task that no network solves, which calibration asks for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SPARE = 0.1  # more training pictures than are asked for, as a share: a run holds some out


def draw_noisy_digits(
    noise: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """scikit-learn's 1,797 digits in random order, pictures uint8 (n, 8, 8) and labels (n,).

    noise is the standard deviation of what is added to each pixel, whose range is [0, 1].
    """
    from sklearn.datasets import load_digits

    digits = load_digits()
    order = rng.permutation(len(digits.target))
    noisy = digits.images[order] / 16 + noise * rng.standard_normal(digits.images.shape)
    return np.rint(255 * noisy.clip(0, 1)).astype(np.uint8), digits.target[order].astype(np.int64)


@contextmanager
def open_noisy_digits(images: int, noise: float, seed: int) -> Iterator[str]:
    """The name by which a training finds so many noisy digits; all others are to test it on."""
    x, y = draw_noisy_digits(noise, np.random.default_rng([seed, 17]))
    n = images + round(SPARE * images) + 2
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "digits.npz")
        np.savez(
            path, images=x[:n], labels=y[:n], test_images=x[n:], test_labels=y[n:],
            class_names=np.array(list("0123456789")),
        )  # fmt: skip
        yield f"npz:{path}"
