"""d-Mixup: Dirichlet weights of d + 1 images, and Mixup where d is 1."""

import numpy as np
import pytest
import torch

from mixcore import Batch, Paired, PerBatch, method

X = torch.rand(4, 3, 12, 10, generator=torch.Generator().manual_seed(0))
Y = torch.arange(4)
RING = {"index": [1, 2, 3, 0]}


def weights(n=4000, **parameters):
    return method("dmixup", **parameters).plan(Batch(torch.zeros(n, 1, 2, 2)), 0).w.numpy()


@pytest.mark.parametrize("d", [1, 2, 3, 5])
@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_weights_have_the_moments_of_the_dirichlet_law(d, alpha):
    w = weights(d=d, alpha=alpha)
    k = d + 1
    variance = (k - 1) / (k**2 * (k * alpha + 1))
    assert w.shape == (4000, max(4, k))
    assert not w[:, k:].any()
    w = w[:, :k]
    assert w.mean(0) == pytest.approx([1 / k] * k, abs=4 * (variance / 4000) ** 0.5)
    assert w.var(0) == pytest.approx([variance] * k, rel=0.12)
    between = np.cov(w.T)[~np.eye(k, dtype=bool)]
    assert between == pytest.approx([-variance / (k - 1)] * len(between), abs=0.12 * variance)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 4.0])
def test_of_two_images_it_is_mixup_in_law(alpha):
    lam = method("mixup", alpha=alpha).plan(Batch(torch.zeros(20_000, 1, 2, 2)), 1).lam.numpy()
    at = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
    own = np.quantile(weights(20_000, d=1, alpha=alpha)[:, 0], at)
    assert own == pytest.approx(np.quantile(lam, at), abs=0.04)


def test_pixels_and_labels_are_the_same_weighted_mean():
    plan = method("dmixup").plan(Batch(X, Y, given=RING), 3)
    w = plan.w[0]
    assert len(w) == 4
    expected = sum(w[k] * X[k].double() for k in range(4))
    assert torch.allclose(plan.apply(X)[0].double(), expected, atol=1e-6)
    assert plan.target(Y, 4)[0].tolist() == pytest.approx(w.tolist())


def test_of_more_images_than_there_are_one_counts_twice():
    plan = method("dmixup", d=5).plan(Batch(X, Y, given=RING), 3)
    assert plan.index[0].tolist() == [0, 1, 2, 3, 0, 1]
    twice = plan.w[0, :4] + torch.cat([plan.w[0, 4:], torch.zeros(2)])
    assert plan.target(Y, 4)[0].tolist() == pytest.approx(twice.tolist())


@pytest.mark.parametrize("d", [1, 2, 3])
def test_pages_show_four_photos_of_which_some_may_weigh_nothing(d):
    plan = method("dmixup", d=d).plan(Batch(X, Y, given=RING), 3)
    assert plan.index[0].tolist() == [0, 1, 2, 3]
    assert (plan.w[0] > 0).tolist() == [k <= d for k in range(4)]


def test_a_shape_of_0_mixes_nothing():
    plan = method("dmixup", alpha=0.0).plan(Batch(X, Y), 0)
    assert torch.equal(plan.apply(X), X)
    assert torch.equal(plan.target(Y, 4), torch.eye(4))


def test_one_draw_for_the_batch_is_the_released_way():
    plan = PerBatch(method("dmixup")).plan(Batch(X, Y), 0)
    assert len(plan.w.unique(dim=0)) == 1
    assert len(plan.index.unique(dim=0)) == 4


def test_any_pairing_serves():
    y = torch.tensor([0, 1] * 8)
    plan = Paired(method("dmixup"), "same class").plan(Batch(torch.rand(16, 1, 8, 8), y), 1)
    assert (y[plan.index] == y[:, None]).all()
