"""GridMix: the holes are where they should be, on any frame, and the label counts their pixels."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch

from mixcore import Batch, method
from mixcore.plan import Plan
from mixcore.regions.separable import Holes
from peers import openmixup


def batch(n, h=32, w=32, **given):
    """A batch whose images take no memory: only its plans are looked at."""
    return Batch(torch.zeros(1, 1, 1, 1).expand(n, 1, h, w), given=given)


def holes(size, y0, y1, x0, x1, patch, hole):
    """One sample's region from whole pixels."""
    h, w = size
    return Holes(
        np.array([[y0 / h, y1 / h, x0 / w, x1 / w]]),
        np.array([[patch / h, patch / w]]),
        np.array([hole / patch]),
        size,
    )


def test_holes_by_hand():
    """Pixel by pixel, on a frame that is not square; the cut ends inside a hole both ways."""
    region = holes((23, 31), 3, 17, 4, 27, patch=6, hole=4)
    mask = region.mask()[0, 0]
    for i in range(23):
        for j in range(31):
            in_cut = 3 <= i < 17 and 4 <= j < 27
            in_hole = (i - 3) % 6 < 4 and (j - 4) % 6 < 4
            assert bool(mask[i, j]) is not (in_cut and in_hole)
    assert mask.dtype == torch.bool
    assert region.area()[0] == pytest.approx(float(mask.double().mean()), abs=1e-12)


def test_lam_zero_is_the_cut_and_lam_one_is_a():
    """The cut holds a share U(0.5, 1) of the frame, whatever its aspect, and lies inside it."""
    plan = method("gridmix").plan(batch(4000, 64, 64, lam=0.0), 1)
    cut = plan.region.cut
    assert cut.min() >= 0
    assert cut.max() <= 1 + 1e-12
    high, wide = cut[:, 1] - cut[:, 0], cut[:, 3] - cut[:, 2]
    assert np.histogram(high * wide, 5, (0.5, 1))[0] == pytest.approx([800] * 5, rel=0.12)
    assert 0.5 - 1e-9 <= (high / wide).min() < 0.55
    assert 1.9 < (high / wide).max() <= 2 + 1e-9
    assert plan.w_b.numpy() == pytest.approx(high * wide, abs=0.04)
    sides = plan.mask().eq(0)
    rows, columns = sides.any(3).squeeze(1).sum(1), sides.any(2).squeeze(1).sum(1)
    assert torch.equal(sides.sum((1, 2, 3)), rows * columns)  # one full rectangle each
    assert method("gridmix").plan(batch(9, lam=1.0), 1).mask().eq(1).all()


@pytest.mark.parametrize(("alpha", "share"), [(0.2, 0.380), (1.0, 0.385)])
def test_b_shows_in_little_more_than_three_eighths_of_the_frame(alpha, share):
    """Half of every patch, in a cut of three quarters; the cut keeps the holes of its last row."""
    plan = method("gridmix", alpha=alpha).plan(batch(20_000, 224, 224), 0)
    assert float(plan.w_b.mean()) == pytest.approx(share, abs=0.004)
    assert float(1 - plan.lam.mean()) == pytest.approx(0.5, abs=0.01)


def test_two_to_six_holes_across_each_as_often():
    plan = method("gridmix").plan(batch(5000, 96, 96, lam=0.75), 4)
    columns = plan.region.profile(1)
    across = (columns[:, 1:] & ~columns[:, :-1]).sum(1) + columns[:, 0]
    assert np.bincount(across, minlength=7)[2:] == pytest.approx([1000] * 5, rel=0.12)
    one = method("gridmix", fewest=1, most=2).plan(batch(50, 96, 96, lam=0.75), 4).region
    assert one.profile(1).sum(1).max() > 40


def test_holes_are_square_on_a_frame_that_is_not():
    plan = method("gridmix").plan(batch(200, 60, 140, lam=0.75), 2)
    h, w = plan.region.size
    assert plan.region.patch * [h, w] == pytest.approx(plan.region.patch[:, ::-1] * [w, h])
    assert plan.region.hole == pytest.approx(0.5)
    for i in range(20):
        rows, columns = plan.region.profile(0)[i], plan.region.profile(1)[i]
        first = [np.diff(np.flatnonzero(np.diff(side, prepend=0, append=0)))[0]
                 for side in (rows.astype(int), columns.astype(int))]  # fmt: skip
        assert abs(first[0] - first[1]) <= 1 or rows[-1]  # the frame may cut the only row


def test_less_lam_only_widens_holes_pixel_by_pixel():
    masks = [
        method("gridmix").plan(batch(20, 41, 29, lam=lam), 7).mask()
        for lam in np.linspace(0, 1, 60)
    ]
    for less, more in pairwise(masks):
        assert (less <= more).all()
    assert len({float(m[0].mean()) for m in masks}) > 20


def test_it_is_the_same_picture_at_another_size():
    small = method("gridmix").plan(batch(3, 48, 36), 2)
    large = method("gridmix").plan(batch(3, 192, 144), 2)
    assert torch.equal(small.mask(192, 144), large.mask())
    assert (small.mask(192, 144)[:, :, 2::4, 2::4] == small.mask()).float().mean() > 0.9


@pytest.mark.parametrize(
    ("low", "high"), [({"fewest": 5}, {"most": 3}), ({"smallest": 0.9}, {"largest": 0.6})]
)
def test_ranges_must_be_in_order(low, high):
    (a, x), (b, y) = *low.items(), *high.items()
    with pytest.raises(
        ValueError, match=rf"GridMix.{a} must be at most GridMix.{b}, got {x} > {y}"
    ):
        method("gridmix", **low, **high)


def port(seed, size, lam, n, area, aspect):
    """The cut, patch and hole that openmixup takes for these draws, in pixels."""
    np.random.seed(seed)
    np.random.uniform(size=3)  # hole aspect, cut area and cut aspect, each from a range of no width
    across, down = np.random.random(), np.random.random()
    wide = int(np.sqrt(int(size * size * area) / aspect))
    high = int(wide * aspect)
    x0, y0 = int((size - wide) * across), int((size - high) * down)
    patch = math.ceil(wide / n)
    hole = min(max(int(patch * np.sqrt(1 - lam)), 1), patch - 1)
    return y0, y0 + high, x0, x0 + wide, patch, hole


CASES = [(0, 40, 0.3, 3, 0.7, 1.2), (1, 33, 0.6, 5, 0.5, 0.5), (2, 32, 0.1, 2, 1.0, 1.0),
         (3, 51, 0.9, 6, 0.6, 1.5)]  # fmt: skip


@pytest.mark.parametrize(("seed", "size", "lam", "n", "area", "aspect"), CASES)
def test_openmixup_makes_the_same_image_and_label_on_a_square_frame(
    seed, size, lam, n, area, aspect
):
    x = torch.rand(3, 3, size, size, generator=torch.Generator().manual_seed(seed))
    how = {"lam": lam, "n_holes": n, "cut_area_ratio": area, "cut_aspect_ratio": aspect}
    peer = openmixup("gridmix", x, seed, return_mask=True, **how)
    region = holes((size, size), *port(seed, size, lam, n, area, aspect))
    plan = Plan(np.array(peer.index), region.rows(np.zeros(3, int)))
    assert torch.equal(plan.mask(), 1 - peer.mask)
    assert torch.allclose(plan.apply(x), peer.x, atol=1e-6)
    assert plan.w_a.tolist() == pytest.approx([peer.lam] * 3, abs=1e-6)


def test_openmixup_never_leaves_a_alone_and_ours_does():
    x = torch.rand(2, 3, 32, 32)
    peer = openmixup("gridmix", x, 0, lam=1.0, n_holes=4)
    assert peer.lam < 1
    assert method("gridmix").plan(Batch(x, given={"lam": 1.0}), 0).w_a.tolist() == [1, 1]


def test_openmixup_loses_the_holes_of_a_cut_that_is_longer_than_the_frame():
    """Its cut then starts at a negative row, which slicing counts from the other end."""
    size, how = 32, {"lam": 0.2, "n": 3, "area": 1.0, "aspect": 2.0}
    start, *_ = port(0, size, **how)
    assert start < 0
    peer = openmixup(
        "gridmix", torch.rand(2, 3, size, size), 0, return_mask=True, lam=how["lam"],
        n_holes=how["n"], cut_area_ratio=how["area"], cut_aspect_ratio=how["aspect"],
    )  # fmt: skip
    meant = holes((size, size), *port(0, size, **how))
    assert float(peer.mask.mean()) < 1 - meant.area()[0] - 0.03
    ours = method("gridmix", smallest=1.0, aspect=2.0).plan(batch(50, lam=0.0), 0)
    assert ours.w_b.numpy() == pytest.approx(1)


def test_the_law_of_the_port_is_another():
    """As printed: of a frame of 32 pixels the port leaves A more than this recipe does."""
    kept = []
    for seed in range(500):
        drawn = openmixup(
            "gridmix", torch.zeros(1, 1, 32, 32), seed, alpha=0.2, n_holes=(2, 6),
            cut_area_ratio=(0.5, 1), cut_aspect_ratio=(0.5, 2),
        )  # fmt: skip
        kept.append(float(drawn.lam))
    assert np.mean(kept) == pytest.approx(0.74, abs=0.03)  # standard error 0.01
    ours = method("gridmix", alpha=0.2).plan(batch(10_000), 0).area.mean()
    assert float(ours) == pytest.approx(0.62, abs=0.01)


def test_chosen_rows_keep_their_masks():
    plan = method("gridmix").plan(batch(5, 18, 25), 3)
    assert torch.equal(plan.rows(np.array([4, 1, 1])).mask(), plan.mask()[[4, 1, 1]])
