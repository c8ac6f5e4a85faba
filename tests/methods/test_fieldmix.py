"""Field mix: the formula, its two ends Mixup and FMix, and the level that meets lam."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from mixcore import Batch, method
from mixcore.regions.soft_field import find_level


def batch(n, h=32, w=32, **given):
    """A batch whose images take no memory: only its plans are looked at."""
    return Batch(torch.zeros(1, 1, 1, 1).expand(n, 1, h, w), given=given)


def test_without_sharpness_it_is_mixup_to_the_bit():
    x = torch.rand(6, 3, 20, 27)
    y = torch.arange(6)
    ours = method("fieldmix", sharpness=0.0).plan(Batch(x, y), 11)
    mixup = method("mixup").plan(Batch(x, y), 11)
    assert torch.equal(ours.apply(x), mixup.apply(x))
    assert torch.equal(ours.target(y, 6), mixup.target(y, 6))


def test_the_sharper_the_nearer_to_fmix_of_the_same_seed():
    fmix = method("fmix").plan(batch(30, 64, 64), 5).mask()
    off = [
        float(
            (method("fieldmix", sharpness=s).plan(batch(30, 64, 64), 5).mask() - fmix).abs().mean()
        )
        for s in (0.5, 2.0, 4.0, 10.0, 40.0)
    ]
    assert off == sorted(off, reverse=True)
    assert off[-1] < 0.02


@pytest.mark.parametrize("sharpness", [0.5, 4.0, 40.0])
def test_the_mask_is_the_sigmoid_of_a_standard_field(sharpness):
    """logit(mask) is a straight line in the field, and as steep as sharpness says."""
    plan = method("fieldmix", sharpness=sharpness).plan(batch(4, 40, 56, lam=0.4), 1)
    field = plan.region.field().double()[:, None]
    field = (field - field.mean((2, 3), keepdim=True)) / field.std((2, 3), keepdim=True)
    mask = plan.mask().double()
    clear = (mask > 1e-3) & (mask < 1 - 1e-3)  # float32 has few digits nearer to the ends
    for m, f, c in zip(mask, field, clear, strict=True):
        slope, _ = np.polyfit(f[c], torch.logit(m)[c], 1)
        assert slope == pytest.approx(sharpness, rel=1e-3)
        line = np.corrcoef(f[c], torch.logit(m)[c])[0, 1]
        assert line > 1 - 1e-6


@pytest.mark.parametrize("sharpness", [0.5, 4.0, 40.0])
def test_the_mean_is_lam_and_the_label_is_the_mean(sharpness):
    lam = np.array([0, 1e-4, 0.03, 0.3, 0.5, 0.9, 0.9999, 1])
    ours = method("fieldmix", sharpness=sharpness)
    for size in [(20, 31), (63, 63), (1, 1)]:  # every pixel is on the grid that sets the level
        assert ours.plan(batch(8, *size, lam=lam), 2).w_a.numpy() == pytest.approx(lam, abs=1e-6)
    plan = ours.plan(batch(8, 224, 224, lam=lam), 2)
    assert plan.w_a.numpy() == pytest.approx(lam, abs=0.005)
    assert torch.allclose(plan.w_a, plan.mask().double().mean((1, 2, 3)), atol=1e-7)
    assert plan.lam.tolist() == lam.tolist()
    assert (plan.mask()[0] == 0).all()
    assert (plan.mask()[-1] == 1).all()


def test_less_lam_only_darkens():
    lam = np.linspace(0, 1, 40)
    for sharpness in (1.0, 40.0):
        ours = method("fieldmix", sharpness=sharpness)
        masks = [ours.plan(batch(3, 24, 40, lam=share), 3).mask() for share in lam]
        for less, more in pairwise(masks):
            assert (less <= more).all()


def test_it_is_the_same_picture_at_another_size():
    plan = method("fieldmix").plan(batch(3, 64, 64, lam=0.4), 9)
    large = plan.mask(448, 448)
    assert torch.allclose(large[:, :, ::7, ::7], plan.mask(), atol=0.01)
    assert plan.mask(30, 40).shape == (3, 1, 30, 40)


@pytest.mark.parametrize("scale", [0.0, 0.1, 3.0, 60.0, 400.0])
def test_level_against_plain_bisection(scale):
    random = np.random.default_rng(0)
    slopes = random.standard_normal((40, 300)) ** 3  # nothing like a normal law
    slopes = torch.from_numpy(scale * (slopes - slopes.mean(1, keepdims=True)))
    lam = torch.from_numpy(random.uniform(0.001, 0.999, 40))
    c = find_level(slopes, lam)
    assert torch.sigmoid(slopes + c[:, None]).mean(1).numpy() == pytest.approx(lam, abs=1e-8)
    low, high = torch.full((40,), -4e4).double(), torch.full((40,), 4e4).double()
    for _ in range(80):
        middle = (low + high) / 2
        less = torch.sigmoid(slopes + middle[:, None]).mean(1) < lam
        low, high = torch.where(less, middle, low), torch.where(less, high, middle)
    assert torch.sigmoid(slopes + c[:, None]).numpy() == pytest.approx(
        torch.sigmoid(slopes + low[:, None]).numpy(), abs=1e-5
    )


def test_level_at_the_ends_is_infinite():
    c = find_level(torch.zeros(3, 5, dtype=torch.float64), torch.tensor([0, 0.5, 1]).double())
    assert c.tolist() == [-np.inf, 0, np.inf]


def test_chosen_rows_keep_their_masks():
    plan = method("fieldmix").plan(batch(5, 18, 25), 3)
    assert torch.allclose(plan.rows(np.array([4, 1, 1])).mask(), plan.mask()[[4, 1, 1]], atol=1e-6)
