"""Parity by value with the PyPI package openmixup, where its code is right.

What it drew is read off its answer (labels name the partners, masks the place) and given to ours.
Its masks are 1 where the pixel is B's, but for fmix, where they are 1 where it is A's.
"""

import random
import sys
from functools import partial

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import peers
from mixcore import Batch, method

X = torch.rand(6, 3, 32, 32, generator=torch.Generator().manual_seed(1))
TALL = torch.rand(6, 3, 40, 28, generator=torch.Generator().manual_seed(2))
seeds = pytest.mark.parametrize("seed", range(4))


def planned(key, x, index, **options):
    """Our plan for the same partners; options that a batch can give are given."""
    given = {k: options.pop(k) for k in ("lam", "box", "mask") if k in options}
    return method(key, **options).plan(Batch(x, given={"index": index, **given}), 0)


def box_of(mask):
    """The box (y0, y1, x0, x1) that a mask (b, 1, h, w) is 1 in, the same in every sample."""
    inside = mask[0, 0].bool()
    rows, columns = inside.any(1).nonzero(), inside.any(0).nonzero()
    return (*_ends(rows), *_ends(columns))


def _ends(where):
    return (int(where.min()), int(where.max()) + 1) if len(where) else (0, 0)


@seeds
@pytest.mark.parametrize("x", [X, TALL], ids=["square", "tall"])
def test_mixup(x, seed):
    peer = peers.openmixup("mixup", x, seed)
    plan = planned("mixup", x, peer.index, lam=peer.lam)
    assert torch.allclose(plan.apply(x), peer.x, atol=1e-6)
    assert plan.w_a.tolist() == pytest.approx([peer.lam] * 6)


@seeds
@pytest.mark.parametrize("x", [X, TALL], ids=["square", "tall"])
def test_cutmix(x, seed):
    peer = peers.openmixup("cutmix", x, seed, return_mask=True)
    plan = planned("cutmix", x, peer.index, box=box_of(peer.mask))
    assert torch.equal(plan.apply(x), peer.x)
    assert torch.equal(plan.mask(), 1 - peer.mask)
    assert plan.w_a.tolist() == pytest.approx([peer.lam] * 6)


@pytest.mark.parametrize("lam", [0.0, 0.3, 0.77, 1.0])
def test_the_same_lam_and_center_give_its_cutmix_box(monkeypatch, lam):
    for seed in range(20):
        place = np.random.default_rng(seed).random(2)
        center = iter((place * TALL.shape[-2:]).astype(int))
        monkeypatch.setattr("mixcore.region.make_streams", lambda rng, place=place: _Fixed(place))
        monkeypatch.setattr(np.random, "randint", lambda n, center=center: next(center))
        plan = method("cutmix").plan(Batch(TALL, given={"lam": lam}), seed)
        peer = peers.openmixup("cutmix", TALL, seed, lam=lam, return_mask=True)
        monkeypatch.undo()
        assert torch.equal(plan.mask(), 1 - peer.mask)
        assert float(plan.w_a[0]) == pytest.approx(peer.lam)


class _Fixed:
    """Streams that always draw the same place."""

    def __init__(self, place):
        self.place = place

    def stage(self, name):
        return self

    def random(self, shape):
        return np.broadcast_to(self.place, shape)


@seeds
@pytest.mark.parametrize("soft", [0.0, 0.2])
@pytest.mark.parametrize("x", [X, TALL], ids=["square", "tall"])
def test_fmix(x, soft, seed):
    """It labels by lam; the mask's mean is within a pixel of it, and that is our label."""
    size = x.shape[-2:]
    peer = peers.openmixup("fmix", x, seed, size=size, max_soft=soft, return_mask=True)
    plan = planned("fmix", x, peer.index, mask=peer.mask)
    assert torch.allclose(plan.apply(x), peer.x, atol=1e-6)
    assert plan.w_a.tolist() == pytest.approx([peer.lam] * 6, abs=1 / (size[0] * size[1]))


@pytest.mark.parametrize("soft", [0.0, 0.1, 0.5])
def test_fmix_cuts_the_same_field_alike(monkeypatch, soft):
    """A soft edge ends at ranks where its ramp is 0 and 1, ours half a rank beyond: < 1 / ramp."""
    lam = np.array([0.0, 0.08, 0.31, 0.5, 0.93, 1.0])
    region = planned("fmix", TALL, range(6), lam=lam, max_soft=soft).region
    assert len(set(region.up.tolist())) == 2
    coin = iter(region.up)
    monkeypatch.setattr(random, "random", lambda: 0.9 if next(coin) else 0.1)
    for field, share, mask in zip(region.field(), lam, region.mask(), strict=True):
        cut = peers.module("fmix").binarise_mask(field.numpy().copy(), share, region.size, soft)
        half = int(field.numel() * min(soft, share, 1 - share))
        assert np.abs(cut - mask.numpy()).max() <= (0.5 / half + 1e-6 if half else 0)


@seeds
@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_resizemix_with_our_way_of_resizing(monkeypatch, mode, seed):
    """Ours are nearest-exact and antialiased bilinear; with those put into the peer all agrees."""
    ours = {"nearest": "nearest-exact", "bilinear": "bilinear"}[mode]
    resize = partial(F.interpolate, antialias=mode == "bilinear")
    monkeypatch.setattr(peers.module("resizemix"), "interpolate", resize)
    options = {"use_alpha": seed % 2 == 1, "return_mask": True}
    peer = peers.openmixup("resizemix", X, seed, interpolate_mode=ours, **options)
    box = box_of(peer.mask.mT)  # its mask is transposed, see below
    plan = planned("resizemix", X, peer.index, box=box, interpolation=mode)
    assert torch.allclose(plan.apply(X), peer.x, atol=1e-6)
    assert plan.w_a.tolist() == pytest.approx([peer.lam] * 6)


@pytest.mark.parametrize(("x", "box"), [(X, (0, 32, 0, 32)), (TALL, (0, 40, 0, 28))])
def test_resizemix_of_a_full_box_is_b_by_either_way(x, box):
    index = [1, 2, 3, 4, 5, 0]
    for mode in ("nearest", "bilinear"):
        theirs = F.interpolate(x[index], x.shape[-2:], mode=mode)
        ours = planned("resizemix", x, index, box=box, interpolation=mode).apply(x)
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_resizemix_resizes_otherwise():
    """Nearest takes the first pixel of every 4 x 4 of B, nearest-exact, ours, one at its middle;
    its bilinear looks at 2 x 2 pixels however many it skips, ours at all of them."""
    fine = X.repeat(1, 1, 2, 2)
    index = [1, 2, 3, 4, 5, 0]
    pasted = {}
    for mode in ("nearest", "bilinear"):
        plan = planned("resizemix", fine, index, box=(8, 24, 16, 32), interpolation=mode)
        pasted[mode] = plan.apply(fine)[..., 8:24, 16:32]
    theirs = {m: F.interpolate(fine[index], (16, 16), mode=m) for m in pasted}
    assert torch.equal(theirs["nearest"], fine[index][..., ::4, ::4])
    assert torch.equal(pasted["nearest"], fine[index][..., 2::4, 2::4])
    assert pasted["bilinear"].std() < 0.7 * theirs["bilinear"].std()


@seeds
@pytest.mark.parametrize("key", ["smoothmix", "gridmix"])
def test_the_same_mask_gives_the_same_pixels(key, seed):
    """Labels too, but for the weights that its smoothmix swaps (see test_peers_err)."""
    peer = peers.openmixup(key, X, seed, **peers.RELEASED[key], return_mask=True)
    plan = planned(key, X, peer.index, mask=1 - peer.mask)
    assert torch.allclose(plan.apply(X), peer.x, atol=1e-6)
    weight = plan.w_b if key == "smoothmix" else plan.w_a
    assert weight.tolist() == pytest.approx([peer.lam] * 6)


def test_nothing_of_it_stays():
    cuda = torch.Tensor.cuda
    peers.openmixup("fmix", X)
    assert torch.Tensor.cuda is cuda
    assert not [name for name in sys.modules if name.split(".")[0] == "openmixup"]
