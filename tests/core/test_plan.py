"""Plan itself: buffers, errors, warps, views."""

import numpy as np
import pytest
import torch

from mixcore import Batch, Plan, method
from mixcore.plan import find_cycles
from mixcore.regions.shapes import Box, Dense, Whole
from mixcore.warps.geometry import Field, Resize
from mixcore.warps.views import View

X = torch.rand(4, 3, 12, 16, generator=torch.Generator().manual_seed(0))
Y = torch.tensor([0, 1, 2, 1])
INDEX = np.array([1, 2, 3, 0])


def whole(lam=0.5, index=INDEX, **more):
    return Plan(index, Whole(np.full(4, lam), (12, 16)), lam=np.full(4, lam), **more)


def test_cycles_are_the_permutation():
    assert find_cycles(np.array([1, 2, 0, 3])) == [[1, 2, 0], [3]]
    assert find_cycles(np.array([0, 0, 1])) is None


def test_the_four_numbers_of_the_readme():
    plan = whole(0.25)
    assert plan.lam.tolist() == plan.area.tolist() == plan.w_a.tolist() == [0.25] * 4
    assert plan.w_b.tolist() == [0.75] * 4
    assert plan.mask(3, 5).shape == (4, 1, 3, 5)
    assert torch.allclose(plan.apply(X), 0.25 * X + 0.75 * X[INDEX])
    assert "4 mixes of 12 x 16, whole, w_a 0.25" in repr(plan)


def test_whole_mixes_features_of_any_shape():
    tokens = torch.rand(4, 7, 5)
    assert torch.allclose(whole(0.25).apply(tokens), 0.25 * tokens + 0.75 * tokens[INDEX])


def test_label_weights_may_differ_from_the_area():
    plan = whole(0.5, w_a=np.full(4, 0.9), w_b=np.full(4, 0.4))
    target = plan.target(Y, 3)
    assert target.sum(1).tolist() == pytest.approx([1.3] * 4)
    assert target[0].tolist() == pytest.approx([0.9, 0.4, 0.0])
    assert plan.target(Y, 3, 0.3).sum(1).tolist() == pytest.approx([1.3] * 4)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda p: p.apply(X[:3]), ValueError, "must hold the 4 images of the plan, got 3"),
        (
            lambda p: p.apply((X * 255).long()),
            TypeError,
            r"floating point or uint8, got torch.int64",
        ),
        (lambda p: p.apply(X, out=X), ValueError, "must not share memory"),
        (lambda p: p.apply(X, out=torch.empty(4, 3, 12, 15)), ValueError, "out must be like x"),
        (lambda p: p.apply(X, out=X.double()), ValueError, "got .* torch.float64"),
        (lambda p: p.apply(X, out=X.clone(), in_place=True), ValueError, "not both"),
        (lambda p: p.apply(X.clone().requires_grad_(), in_place=True), ValueError, "gradients"),
        (lambda p: p.target(Y[:2], 3), ValueError, r"shape \(4,\), got \(2,\)"),
        (lambda p: p.target(Y, 2), ValueError, r"must be in \[0, 1\], got 0 to 2"),
        (lambda p: p.target(Y.float(), 3), TypeError, "class indices, got torch.float32"),
        (lambda p: p.target(Y, 3, 1.0), ValueError, r"smoothing must be in \[0, 1\), got 1.0"),
        (lambda p: Plan(INDEX[:2], p.region), ValueError, r"index must have shape \(4,\)"),
    ],
)
def test_errors_name_thing_rule_and_value(call, error, words):
    with pytest.raises(error, match=words):
        call(whole())


def test_a_box_plan_refuses_features():
    plan = Plan(INDEX, Box(np.array([[0, 2, 0, 2]] * 4), (12, 16)))
    with pytest.raises(ValueError, match=r"\(b, c, h, w\)"):
        plan.apply(torch.rand(4, 7, 5))


def test_one_spare_image_is_all_that_in_place_needs():
    """Mixing 64 images of 96 x 96 in place must not take a second batch."""
    x = torch.rand(64, 3, 96, 96)
    for key in ("mixup", "cutmix"):
        plan = method(key).plan(Batch(x), 0)
        with torch.profiler.profile(profile_memory=True) as profile:
            plan.apply(x, in_place=True)
        taken = sum(max(0, e.cpu_memory_usage) for e in profile.events() if e.name == "[memory]")
        cycles_ = len(find_cycles(plan.index.numpy()))
        assert taken <= (cycles_ + 1) * x[0].nbytes


def test_resize_takes_a_part_of_b_into_the_box():
    b = torch.zeros(1, 12, 16)
    b[:, 3:9, 4:12] = 1
    x = torch.stack([torch.full_like(b, 0.5), b])
    source = np.array([[3, 9, 4, 12]] * 2)
    region = Box(np.array([[0, 4, 0, 4]] * 2), (12, 16))
    plan = Plan(np.array([1, 0]), region, warp=Resize(source=source))
    mixed = plan.apply(x)[0, 0]
    assert torch.allclose(mixed[:4, :4], torch.ones(4, 4), atol=0.05)
    assert mixed[4:].unique().tolist() == [0.5]


def test_field_bends_b():
    axis = [torch.linspace(-1 + 1 / n, 1 - 1 / n, n) for n in (12, 16)]
    y, x = torch.meshgrid(*axis, indexing="ij")
    mirrored = torch.stack([-x, y], -1).expand(4, -1, -1, -1)
    plan = Plan(INDEX, Dense(torch.zeros(4, 1, 12, 16)), warp=Field(mirrored))
    assert torch.allclose(plan.apply(X), X[INDEX].flip(-1), atol=1e-5)
    own = X.clone()
    assert torch.equal(plan.apply(own, in_place=True), plan.apply(X))


def test_a_view_makes_a_self_mix():
    chains = [(("flip", ()),), (("brightness", (0.5,)),), (), (("crop", (0, 0.5, 0, 0.5)),)]
    region = Box(np.array([[0, 12, 8, 16]] * 4), (12, 16))
    plan = Plan(np.arange(4), region, warp=View(chains), w_a=np.ones(4))
    mixed = plan.apply(X)
    assert torch.equal(mixed[..., :8], X[..., :8])
    assert torch.equal(mixed[0, :, :, 8:], X[0].flip(-1)[..., 8:])
    assert torch.allclose(mixed[1, :, :, 8:], X[1, :, :, 8:] * 0.5)
    assert torch.equal(mixed[2], X[2])
    assert torch.equal(plan.rows(np.array([1, 1, 1, 1])).apply(X[[1] * 4])[3], mixed[1])
    with pytest.raises(ValueError, match="no operation 'swirl'"):
        View([(("swirl", ()),)])
