"""PlanK itself: weights, tiles, masks, warps, other images, and its errors."""

import numpy as np
import pytest
import torch

from mixcore.plan_k import PlanK
from mixcore.regions.partition import Masks, Tiles, Weights
from mixcore.warps.geometry import Resize

X = torch.rand(4, 3, 12, 16, generator=torch.Generator().manual_seed(0))
Y = torch.tensor([0, 1, 2, 1])
INDEX = np.array([[0, 1, 2], [1, 2, 3], [2, 3, 0], [3, 0, 1]])
W = np.array([[0.5, 0.25, 0.25]] * 4)
QUARTERS = np.array([[[0, 12, 0, 8], [0, 6, 8, 16], [6, 12, 8, 16]]] * 4)


def shares():
    masks = torch.zeros(4, 3, 12, 16)
    masks[:, 0, :, :8], masks[:, 1, :6, 8:], masks[:, 2, 6:, 8:] = 1, 1, 1
    return {
        "weights": Weights(W, (12, 16)),
        "tiles": Tiles(QUARTERS, (12, 16)),
        "masks": Masks(masks),
    }


@pytest.mark.parametrize("kind", ["weights", "tiles", "masks"])
def test_a_mix_is_the_sum_of_its_sources_under_their_masks(kind):
    plan = PlanK(INDEX, shares()[kind])
    masks = plan.mask()
    expected = sum(masks[:, k, None] * X[INDEX[:, k]] for k in range(3))
    fresh = plan.apply(X)
    assert torch.allclose(fresh, expected, atol=1e-6)
    own = X.clone()
    assert plan.apply(own, in_place=True) is own
    assert torch.equal(own, fresh)
    assert torch.equal(plan.apply(X, out=torch.empty_like(X)), fresh)
    assert torch.allclose(masks.double().mean((2, 3)), plan.area)
    assert plan.area[0].tolist() == [0.5, 0.25, 0.25]
    assert torch.allclose(plan.target(Y, 3)[1], torch.tensor([0.0, 0.75, 0.25]))
    assert plan.target(Y, 3, 0.1).sum(1).tolist() == pytest.approx([1] * 4)
    small = plan.at(6, 8)
    assert torch.equal(small.w, plan.w)
    assert small.mask().shape == (4, 3, 6, 8)
    some = plan.rows(np.array([2, 0]), index=np.array([[0, 1, 0], [1, 0, 0]]))
    assert torch.allclose(some.apply(X[:2])[1, :, 0, 0], masks[0, :, 0, 0] @ X[[1, 0, 0], :, 0, 0])


def test_gradients_reach_every_source():
    for share in shares().values():
        asking = X.clone().requires_grad_()
        PlanK(INDEX, share).apply(asking).sum().backward()
        assert float(asking.grad.sum()) == pytest.approx(X.numel(), rel=1e-5)


def test_later_tiles_cover_earlier_ones():
    boxes = np.array([[[0, 12, 0, 16], [2, 10, 2, 10], [5, 20, 5, 30]]])
    boxes = np.minimum(boxes, [12, 12, 16, 16])
    tiles = Tiles(boxes, (12, 16))
    assert torch.allclose(
        torch.from_numpy(tiles.area()), tiles.mask().double().mean((2, 3)), atol=1e-12
    )
    owner = tiles.mask().argmax(1)[0]
    assert [int(owner[y, x]) for y, x in [(0, 0), (3, 3), (6, 6), (11, 15)]] == [0, 1, 2, 2]
    with pytest.raises(ValueError, match=r"must cover the frame of 12 x 16 .* leave 50.0% of it"):
        Tiles(np.array([[[0, 12, 0, 8]]]), (12, 16))


def test_each_source_has_a_warp_of_its_own():
    plan = PlanK(INDEX, Tiles(QUARTERS, (12, 16)), warps=[None, Resize(), None])
    mixed = plan.apply(X)
    assert torch.equal(mixed[0, :, :, :8], X[0, :, :, :8])
    assert torch.allclose(mixed[0, :, :6, 8:], plan.piece(X, 0, 1))
    assert float(mixed[0, :, :6, 8:].mean()) == pytest.approx(float(X[1].mean()), abs=0.02)
    assert torch.equal(mixed[0, :, 6:, 8:], X[2, :, 6:, 8:])


def test_a_source_can_come_from_other_images():
    others = torch.rand(4, 3, 12, 16)
    mixed = PlanK(INDEX, Tiles(QUARTERS, (12, 16)), instead={1: others}).apply(X)
    assert torch.equal(mixed[0, :, :6, 8:], others[1, :, :6, 8:])
    assert torch.equal(mixed[0, :, 6:, 8:], X[2, :, 6:, 8:])


def test_errors():
    two = np.zeros((2, 2), int)
    half = Weights(np.full((2, 2), 0.5), (4, 4))
    with pytest.raises(ValueError, match="must sum to 1 for every sample"):
        PlanK(two, half, w=np.full((2, 2), 0.4))
    with pytest.raises(ValueError, match=r"must all be of shape \(b, k\)"):
        PlanK(two, Weights(np.ones((2, 1)), (4, 4)))
    with pytest.raises(ValueError, match="must sum to 1 at every pixel"):
        Masks(torch.ones(2, 2, 4, 4))
    with pytest.raises(ValueError, match="warps must be 2, one a source, got 1"):
        PlanK(two, half, warps=[None])
    plan = PlanK(two, half)
    with pytest.raises(ValueError, match="must hold the 2 images of the plan, got 4"):
        plan.apply(X)
    with pytest.raises(TypeError, match="floating point or uint8"):
        plan.apply(torch.zeros(2, 3, 4, 4, dtype=torch.int64))
    with pytest.raises(ValueError, match="must not share memory"):
        plan.apply(X[:2], out=X[:2])
