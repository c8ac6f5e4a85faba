"""SmoothMix: a bump where it should be, as wide as it should be, and labels the right way round."""

import math

import numpy as np
import pytest
import torch

from mixcore import Batch, method
from mixcore.plan import Plan
from mixcore.regions.separable import Bump
from peers import openmixup


def batch(n, h=32, w=32, **given):
    """A batch whose images take no memory: only its plans are looked at."""
    return Batch(torch.zeros(1, 1, 1, 1).expand(n, 1, h, w), given=given)


def test_b_shows_in_0_43_of_the_frame_on_average():
    """From 0.11 to 0.73 in this many draws; corner and middle of the law are 0.098 and 0.732."""
    plan = method("smoothmix").plan(batch(20_000), 0)
    assert float(plan.w_b.mean()) == pytest.approx(0.43, abs=0.003)
    narrow, wide = (s * math.sqrt(math.pi / 2) * math.erf(t / math.sqrt(2))
                    for s, t in ((0.25, 4), (1.0, 1)))  # fmt: skip
    assert narrow**2 < float(plan.w_b.min()) < 0.12
    assert 0.72 < float(plan.w_b.max()) < wide**2
    assert plan.lam is None  # sigma was drawn, and no share


def test_bump_by_hand():
    """The formula, pixel by pixel, on a frame that is not square."""
    h, w, sigma, (y, x) = 9, 14, 0.3, (0.2, 0.7)
    region = Bump(np.array([[y, x]]), np.array([sigma]), (h, w))
    mask = region.mask()[0, 0]
    for i in range(h):
        for j in range(w):
            away = ((i + 0.5) / h - y) ** 2 + ((j + 0.5) / w - x) ** 2
            assert float(mask[i, j]) == pytest.approx(
                1 - math.exp(-away / (2 * sigma**2)), abs=1e-6
            )
    assert region.area()[0] == pytest.approx(float(mask.double().mean()), abs=1e-7)


def test_center_and_sigma_are_uniform():
    region = method("smoothmix").plan(batch(20_000, 8, 8), 3).region
    for place in (*region.center.T, (region.sigma - 0.25) / 0.25):
        assert np.histogram(place, 5, (0, 1))[0] == pytest.approx([4000] * 5, rel=0.06)


@pytest.mark.parametrize("size", [(20, 31), (1, 1), (224, 224)])
def test_a_given_lam_is_met_exactly(size):
    lam = np.array([0, 1e-9, 0.01, 0.3, 0.5, 0.77, 0.999, 1])
    plan = method("smoothmix").plan(batch(8, *size, lam=lam), 5)
    assert plan.w_a.numpy() == pytest.approx(lam, abs=1e-9)
    assert plan.lam.tolist() == lam.tolist()
    mask = plan.mask()
    assert (mask[0] == 0).all()
    assert (mask[-1] == 1).all()


def test_a_pixel_under_the_center_is_as_much_a_as_any_other_where_lam_is_one():
    region = Bump.leaving(np.ones(1), np.full((1, 2), 0.5), (3, 3))
    assert (region.mask() == 1).all()


def test_it_is_the_same_picture_at_another_size():
    small = method("smoothmix").plan(batch(3, 32, 24), 2)
    large = method("smoothmix").plan(batch(3, 128, 96), 2)
    assert torch.equal(small.mask(128, 96), large.mask())
    pooled = torch.nn.functional.avg_pool2d(large.mask(), 4)
    assert torch.allclose(pooled, small.mask(), atol=2e-3)


def test_range_must_be_in_order():
    with pytest.raises(ValueError, match=r"low must be at most SmoothMix.high, got 0.5 > 0.3"):
        method("smoothmix", low=0.5, high=0.3)


@pytest.mark.parametrize("seed", range(6))
def test_openmixup_makes_the_same_image_and_inverts_the_label(seed):
    size = 26
    x = torch.rand(4, 3, size, size, generator=torch.Generator().manual_seed(seed))
    peer = openmixup("smoothmix", x, seed, return_mask=True)
    torch.manual_seed(seed)  # its draws once more: partners, centre across and down, width
    torch.randperm(4)
    across, down = (int(torch.randint(0, size, (1,))) / size for _ in "xy")
    sigma = float(torch.rand(1)) / 4 + 0.25
    bump = Bump(np.tile([[down, across]], (4, 1)), np.full(4, sigma), (size, size))
    plan = Plan(np.array(peer.index), bump)
    assert torch.allclose(plan.mask(), 1 - peer.mask, atol=1e-5)
    assert torch.allclose(plan.apply(x), peer.x, atol=1e-5)
    # What it calls the weight of A's label is the mean of the kernel, which is B's share.
    assert peer.lam == pytest.approx(float(peer.mask.mean()), abs=1e-5)
    assert plan.w_b.tolist() == pytest.approx([peer.lam] * 4, abs=1e-5)
    if abs(peer.lam - 0.5) > 0.01:
        assert plan.w_a[0] != pytest.approx(peer.lam, abs=0.01)


def test_chosen_rows_keep_their_masks():
    plan = method("smoothmix").plan(batch(5, 18, 25), 3)
    assert torch.equal(plan.rows(np.array([4, 1, 1])).mask(), plan.mask()[[4, 1, 1]])
