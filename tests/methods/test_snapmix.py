"""SnapMix: both weights by hand, and openmixup's images and weights by value."""

import warnings

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import peers
from mixcore import Batch, method

X = torch.rand(5, 3, 24, 24, generator=torch.Generator().manual_seed(0))
Y = torch.tensor([0, 1, 0, 2, 1])
INDEX = [1, 2, 0, 4, 3]


def planned(cam, y=Y, seed=0, **given):
    batch = Batch(X, y, evidence={"cam": cam}, given={"index": INDEX, **given})
    return method("snapmix").plan(batch, seed)


def test_weights_by_hand():
    """All of each map in one corner: A keeps it or loses it, B brings it or does not."""
    for seed in range(8):
        corner = torch.zeros(5, 1, 24, 24)
        corner[..., :2, :2] = 1
        plan = planned(corner, torch.arange(5), seed, box=(0, 12, 0, 12))
        y0, y1, x0, x1 = plan.warp.source.T
        seen = np.clip(2 - y0, 0, 2) * np.clip(2 - x0, 0, 2) / 4
        assert (y1 > 2).all()
        assert (x1 > 2).all()
        assert plan.w_a.tolist() == pytest.approx([0] * 5, abs=1e-6)
        assert plan.w_b.tolist() == pytest.approx(seen.tolist(), abs=1e-6)


def test_flat_maps_weigh_the_two_areas_and_do_not_sum_to_one():
    even = torch.ones(5, 1, 6, 6)
    plan = planned(even, torch.arange(5))
    y0, y1, x0, x1 = plan.warp.source.T
    assert torch.allclose(plan.w_a, plan.area, atol=1e-6)
    assert plan.w_b.numpy() == pytest.approx((y1 - y0) * (x1 - x0) / 24**2, abs=1e-6)
    big = method("snapmix").plan(
        Batch(torch.zeros(2000, 1, 32, 32), evidence={"cam": torch.ones(2000, 1, 2, 2)}), 0
    )
    total = big.w_a + big.w_b
    assert float(total.mean()) == pytest.approx(1, abs=0.02)
    assert float(total.std()) == pytest.approx(0.18, abs=0.03)


def test_a_pair_of_one_class_gets_both_weights_twice():
    cam = torch.rand(5, 1, 4, 4, generator=torch.Generator().manual_seed(1))
    apart = planned(cam, y=torch.arange(5))
    plan = planned(cam, y=torch.tensor([3, 3, 0, 1, 2]))
    both = apart.w_a[0] + apart.w_b[0]
    assert plan.w_a[0] == plan.w_b[0] == both
    assert torch.equal(plan.w_a[1:], apart.w_a[1:])
    assert float(plan.target(torch.tensor([3, 3, 0, 1, 2]), 4)[0, 3]) == pytest.approx(2 * both)


def test_a_map_that_is_zero_weighs_by_area():
    cam = torch.ones(5, 1, 4, 4)
    cam[2] = 0
    plan = planned(cam, y=None, box=(0, 6, 0, 24))
    assert float(plan.w_a[2]) == pytest.approx(0.75)
    assert float(plan.w_b[1]) == pytest.approx(0.25)  # sample 2 is the partner of 1


def test_b_is_cut_and_resized_into_the_box():
    plan = planned(torch.ones(5, 1, 4, 4), box=(4, 16, 2, 14))
    y0, y1, x0, x1 = plan.warp.source[3]
    cut = X[4:5, :, y0:y1, x0:x1]
    whole = F.interpolate(cut, (12, 12), mode="bilinear", antialias=True)
    assert torch.allclose(plan.apply(X)[3, :, 4:16, 2:14], whole[0], atol=1e-6)
    assert torch.equal(plan.apply(X)[3, :, 16:], X[3, :, 16:])
    small = plan.at(12, 12).apply(F.avg_pool2d(X, 2))
    assert small.shape == (5, 3, 12, 12)


@pytest.mark.parametrize("seed", [0, 1, 2, 4, 5, 6])
def test_weights_and_pixels_are_openmixups(monkeypatch, seed):
    """Given its boxes; and with our way of resizing put into it, its pixels."""
    generator = torch.Generator().manual_seed(seed)
    features = torch.rand(5, 7, 6, 6, generator=generator)
    weight, bias = torch.randn(3, 7, generator=generator), torch.zeros(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        peer = peers.module("snapmix")
    monkeypatch.setattr(np, "int", int, raising=False)
    boxes, bbox = [], peer.rand_bbox

    def kept(size, lam):
        boxes.append(bbox(size, lam))
        return boxes[-1]

    def ours(x, size, mode, align_corners):
        return resize(x, size, mode=mode, antialias=x.shape[1] == 3)

    resize = F.interpolate
    monkeypatch.setattr(peer, "rand_bbox", kept)
    monkeypatch.setattr(peer.F, "interpolate", ours)
    torch.manual_seed(seed)
    np.random.seed(seed)
    with peers.tamed():
        mixed, (_, _, w_a, w_b) = peer.snapmix(
            X.clone(), Y, alpha=5.0, features=(features, weight, bias)
        )
        torch.manual_seed(seed)
        index = torch.randperm(5)
    monkeypatch.undo()
    maps = torch.einsum("bchw,bc->bhw", features, weight[Y])[:, None]
    maps = maps - maps.amin((2, 3), keepdim=True)  # as CAM gives them: not enlarged
    (y0, y1, x0, x1), (v0, v1, u0, u1) = ((b[0], b[2], b[1], b[3]) for b in boxes)
    taken = np.tile([v0, v1, u0, u1], (5, 1))
    batch = Batch(
        X, Y, evidence={"cam": maps}, given={"index": index.tolist(), "box": (y0, y1, x0, x1)}
    )
    plan = method("snapmix").plan(batch, 0)
    plan.warp.source[:] = taken
    plan = method("snapmix").weigh(plan, batch)
    assert torch.allclose(plan.w_a, w_a.double(), atol=1e-5)
    assert torch.allclose(plan.w_b, w_b.double(), atol=1e-5)
    assert torch.allclose(plan.apply(X), mixed, atol=1e-5)


def test_boxes_of_b_are_never_empty():
    batch = Batch(torch.rand(300, 1, 3, 2), evidence={"cam": torch.ones(300, 1, 1, 1)})
    plan = method("snapmix", beta=0.05).plan(batch, 0)
    y0, y1, x0, x1 = plan.warp.source.T
    assert (y1 > y0).all()
    assert (x1 > x0).all()
    assert torch.isfinite(plan.apply(batch.x)).all()
    alone = plan.area == 1
    assert alone.any()
    assert plan.w_b[alone].eq(0).all()
