"""Random field augmentation: the fields' statistics, the warp as a map, folds, and colours."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torchvision.transforms.v2 import functional as V

from mixcore import Batch, method, pictures
from mixcore.data import gallery
from mixcore.warps import random_fields

STILL = dict.fromkeys(("rotation", "scale", "shear", "translation"), 0.0)
GREY = dict.fromkeys(("hue", "saturation", "brightness"), 0.0)
GLOBAL = 300.0  # a gamma at which only the constant is left


def images(b=4, c=3, h=24, w=30):
    return torch.rand(b, c, h, w, generator=torch.Generator().manual_seed(1))


def warp_of(x, seed=0, **parameters):
    return method("randomfield", **parameters).plan(Batch(x), seed).warps[0]


def warp_with(b=4, size=(24, 30), gamma=6.0, seed=0, **sigma):
    """A warp with any sigma and gamma, beyond the method's ranges too."""
    noise = np.random.default_rng(seed).standard_normal((b, *random_fields.DRAWN))
    return random_fields.RandomFieldWarp(noise, gamma, sigma, size)


def field_of(warp, name, y, x):
    return warp.fields((name,), y, x)[0]


def centers(n):
    return (np.arange(n) + 0.5) / n


def test_no_sigma_is_no_change():
    x = images() * 4 - 2
    plan = method("randomfield", **STILL, **GREY).plan(Batch(x), 0)
    assert torch.equal(plan.apply(x), x)
    assert torch.equal(plan.target(torch.zeros(4).long(), 2)[:, 0], torch.ones(4))


@pytest.mark.parametrize("gamma", [2.0, 4.0, 6.0, 12.0])
def test_fields_have_mean_0_and_variance_1_at_every_pixel(gamma):
    warp = warp_with(b=1500, gamma=gamma, hue=1.0)
    field = field_of(warp, "hue", centers(5), centers(7))
    assert field.mean(0).abs().max() < 0.12
    assert (field.var(0) - 1).abs().max() < 0.15
    assert torch.equal(field_of(warp, "shear", centers(5), centers(7)).unique(), torch.zeros(1))


@pytest.mark.parametrize("gamma", [2.0, 3.0, 6.0])
def test_power_falls_as_the_frequency_to_minus_gamma(gamma):
    n = 64
    field = field_of(
        warp_with(b=200, gamma=gamma, hue=1.0), "hue", np.arange(n) / n, np.arange(n) / n
    )
    power = torch.fft.fft2(field.double()).abs().square().mean(0).numpy()
    k = np.hypot(*np.meshgrid(*[np.fft.fftfreq(n) * n] * 2))
    rings = [(k > r - 0.5) & (k <= r + 0.5) for r in (2, 4, 8, 12)]
    slope = np.polyfit(*(np.log([a[ring].mean() for ring in rings]) for a in (k, power)), 1)[0]
    assert slope == pytest.approx(-gamma, abs=0.15)
    across, down = power[0, 1:12].sum(), power[1:12, 0].sum()
    assert across == pytest.approx(down, rel=0.25)  # no direction is favoured


def test_a_large_gamma_is_one_affine_change_for_all_pixels():
    sigma = {"rotation": 0.3, "scale": 0.2, "shear": 0.2, "down": 0.1, "across": 0.1}
    warp = warp_with(size=(32, 32), gamma=GLOBAL, **sigma)
    t, s, q, dy, dx = (
        field_of(warp, n, centers(1), centers(1))[:, 0, 0] for n in random_fields.SHAPES
    )
    cos, sin, grow = t.cos(), t.sin(), s.exp()
    rows = [
        torch.stack([grow * cos, grow * (cos * q - sin), 2 * dx], 1),
        torch.stack([grow * sin, grow * (sin * q + cos), 2 * dy], 1),
    ]
    plain = F.affine_grid(torch.stack(rows, 1), [4, 1, 32, 32], align_corners=False)
    assert torch.allclose(warp.grid(32, 32), plain, atol=1e-5)
    det = grow.square().double()[:, None, None].expand(-1, 32, 32)
    assert torch.allclose(warp.jacobian(32, 32), det, atol=1e-4)
    local = field_of(warp_with(gamma=2.0, rotation=0.3), "rotation", centers(9), centers(9))
    assert local.std((1, 2)).min() > 0.1


@pytest.mark.parametrize(("h", "w"), [(40, 40), (30, 60)])
def test_a_turn_is_a_turn_on_any_frame(h, w):
    y, x = torch.meshgrid(*[(torch.arange(s) + 0.5) / 20 for s in (h, w)], indexing="ij")
    row = torch.stack([y.sin(), x.cos(), (x + y).sin()]) / 2 + 0.5
    warp = warp_with(b=1, size=(h, w), gamma=GLOBAL, rotation=0.2)
    degrees = float(field_of(warp, "rotation", centers(1), centers(1)).rad2deg())
    turned = V.rotate(row, degrees, V.InterpolationMode.BILINEAR)
    ours = warp.piece(row, 0, (0, h, 0, w))
    assert abs(degrees) > 1
    assert torch.allclose(ours[:, 8:-8, 8:-8], turned[:, 8:-8, 8:-8], atol=2e-3)


def test_the_jacobian_is_the_derivative_of_the_map():
    warp = warp_with(rotation=0.3, scale=0.2, shear=0.2, down=0.05, across=0.05)
    det = warp.jacobian(96, 120)
    grid = warp.grid(480, 600).double() / 2 + 0.5  # five times finer, by central differences
    down = torch.gradient(grid, dim=1)[0] * 480
    across = torch.gradient(grid, dim=2)[0] * 600
    fine = across[..., 0] * down[..., 1] - across[..., 1] * down[..., 0]
    assert torch.allclose(det, F.avg_pool2d(fine, 5), atol=0.02)
    assert warp.jacobian(1, 1).shape == (4, 1, 1)


def test_strong_fields_fold_and_mild_ones_do_not():
    x = images(h=64, w=64)
    assert warp_of(x).folded.max() < 0.005
    shares = [warp_of(x, gamma=g, rotation=0.5).folded.mean() for g in (12.0, 6.0, 4.0, 2.0)]
    assert shares == sorted(shares)
    assert shares[0] < 0.05 < 0.3 < shares[-1]
    mirror = warp_with(gamma=GLOBAL, shear=0.1).jacobian(8, 8)
    assert torch.allclose(mirror, torch.ones(()).double(), atol=1e-4)  # a shear keeps areas


def test_it_is_the_same_picture_at_another_size():
    large = torch.stack([pictures.to_tensor(pictures.square(gallery.load("cat"), 256))[0]])
    small = F.avg_pool2d(large, 4)
    warp = warp_of(small)
    fine = F.avg_pool2d(warp.grid(256, 256).movedim(-1, 1), 4).movedim(1, -1)
    assert torch.allclose(warp.grid(64, 64), fine, atol=2e-3)
    frames = [warp.piece(x[0], 0, (0, n, 0, n)) for x, n in ((small, 64), (large, 256))]
    assert (frames[0] - F.avg_pool2d(frames[1], 4)).abs().mean() < 0.012


def test_every_sample_has_fields_of_its_own_and_parameters_only_scale_them():
    x = images()
    warp = warp_of(x)
    assert len(warp.grid(8, 8).flatten(1).unique(dim=0)) == 4
    assert torch.equal(warp.rows(np.array([2])).grid(8, 8)[0], warp.grid(8, 8)[2])
    one, two = (field_of(warp_of(x, rotation=r), "rotation", *[centers(6)] * 2) for r in (0.1, 0.3))
    assert torch.allclose(3 * one, two, atol=1e-6)
    assert np.array_equal(warp_of(x, gamma=3.0).noise, warp.noise)


def test_hue_keeps_the_mean_saturation_keeps_gray_brightness_scales():
    x = images() * 0.4 + 0.3

    def recolored(**sigma):
        return method("randomfield", **STILL, **{**GREY, **sigma}).plan(Batch(x), 0).apply(x)

    turned = recolored(hue=0.1)
    assert torch.allclose(turned.mean(1), x.mean(1), atol=1e-5)
    assert not torch.allclose(turned, x, atol=0.05)
    paler = recolored(saturation=0.2)
    assert torch.allclose(paler.mean(1), x.mean(1), atol=1e-5)
    lit = recolored(brightness=0.1)
    ratio = lit / x
    field = field_of(warp_of(x, brightness=0.1), "brightness", centers(24), centers(30))
    assert torch.allclose(ratio.log(), field[:, None].expand_as(x), atol=1e-4)
    assert ratio.std() > 0.02
    for strong in (recolored(brightness=1.0), recolored(hue=0.5, saturation=1.0)):
        assert strong.min() >= 0
        assert strong.max() <= 1


def test_one_channel_takes_what_one_channel_can():
    x = images(c=1)
    colored = method("randomfield", **STILL, hue=0.3, saturation=0.8, brightness=0.0)
    assert torch.equal(colored.plan(Batch(x), 0).apply(x), x)
    lit = method("randomfield").plan(Batch(x), 0).apply(x)
    assert lit.shape == x.shape
    assert not torch.equal(lit, x)


def test_only_colors_ask_for_images_in_0_to_1():
    x = images() * 4 - 2
    bent = method("randomfield", **GREY).plan(Batch(x), 0).apply(x)
    assert bent.min() < -1
    with pytest.raises(ValueError, match=r"Random colour needs images in \[0, 1\], got"):
        method("randomfield", **STILL).plan(Batch(x), 0).apply(x)


def test_gradients_flow_through_shape_and_color():
    x = images().requires_grad_()
    method("randomfield").plan(Batch(x.detach()), 0).apply(x).sum().backward()
    assert torch.isfinite(x.grad).all()
    assert (x.grad != 0).float().mean() > 0.8
