"""Spectral residual: finds what is odd, each picture by itself, against a plain re-derivation."""

import numpy as np
import pytest
import torch

from mixcore.evidence.kinds.spectral_residual import SpectralResidual


def odd_one_out(y, x):
    """Stripes all over, and one square of noise at (y, x)."""
    picture = torch.zeros(1, 3, 64, 64)
    picture[..., ::4] = 1
    noise = torch.rand(12, 12, generator=torch.Generator().manual_seed(3))
    picture[..., y : y + 12, x : x + 12] = noise
    return picture


@pytest.mark.parametrize(("y", "x"), [(8, 8), (40, 10), (30, 44)])
def test_the_peak_is_on_what_is_odd(y, x):
    found = SpectralResidual()(odd_one_out(y, x)).values[0, 0]
    row, column = divmod(int(found.argmax()), 64)
    assert y - 2 <= row < y + 14
    assert x - 2 <= column < x + 14


def test_it_is_the_formula_of_the_paper():
    x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    found = SpectralResidual(blur=1.0)(x).values[1, 0].numpy()
    spectrum = np.fft.fft2(x[1].mean(0).double().numpy())
    size = np.log(np.abs(spectrum))
    shifts = [np.roll(size, (i, j), (0, 1)) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    residual = size - np.mean(shifts, 0)
    back = np.abs(np.fft.ifft2(np.exp(residual + 1j * np.angle(spectrum)))) ** 2
    kernel = np.exp(-0.5 * np.arange(-3, 4) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(back, 3, mode="reflect")
    rows = sum(k * padded[i : i + 64] for i, k in enumerate(kernel))
    blurred = sum(k * rows[:, i : i + 64] for i, k in enumerate(kernel))
    assert np.allclose(found, blurred, rtol=1e-3, atol=1e-6)


def test_each_picture_is_seen_alone_and_any_shape_will_do():
    x = torch.rand(3, 3, 50, 90, generator=torch.Generator().manual_seed(1))
    together = SpectralResidual()(x)
    assert together.values.shape == (3, 1, 64, 64)
    assert together.cost > 0
    assert torch.allclose(SpectralResidual()(x[1:2]).values, together.values[1:2], rtol=1e-3)
    assert torch.isfinite(SpectralResidual()(torch.zeros(1, 3, 20, 20)).values).all()
