"""Rare features: the data are what they say, and a step is the gradient over all pairs."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import mixcore
from mixcore.experiments.rare_features import (
    RARE,
    MixedDescent,
    RareFeatures,
    RareTask,
    SquareNet,
)

SMALL = RareFeatures(rare=0.3, dims=12)


def test_features_are_orthonormal_and_noise_lies_off_them():
    law = RareFeatures(rare=0.25, noise=0.5)
    x, y, feature = law.draw(4000, np.random.default_rng(0))
    on, off = x[..., :4], x[..., 4:]
    whole = on == 1
    assert (whole.sum((1, 2)) == 1).all()
    assert (whole.any(1).argmax(1) == feature).all()
    assert (feature % 2 == y).all()
    assert (feature >= 2).mean() == pytest.approx(0.25, abs=0.03)
    faint = np.isclose(on, law.faint)
    assert (faint.sum((1, 2)) == 1).all()
    assert not faint[..., RARE].any()
    assert (faint[..., 1].any(1) == y).mean() == pytest.approx(0.5, abs=0.04)
    noisy = off.any(2)
    assert (noisy.sum(1) == law.patches - 2).all()
    assert not on[noisy].any()
    assert off[noisy].std() == pytest.approx(0.5, rel=0.01)
    assert whole.any(2).mean(0) == pytest.approx([1 / law.patches] * law.patches, abs=0.03)


@pytest.mark.parametrize(("lam_x", "lam_y"), [(1, 1), (0.6, 0.6), (0.5, 0.7), (1, 0.8), (0.9, 1)])
def test_a_step_goes_down_the_gradient_over_all_pairs(lam_x, lam_y):
    """Against autograd, with every pair written out and mixed by a Plan with labels of its own."""
    random = np.random.default_rng(1)
    pictures, net = SMALL.draw(7, random), SquareNet.draw(12, 3, random)
    net.weights *= 20
    w = torch.from_numpy(net.weights.copy()).requires_grad_()
    x, y = torch.from_numpy(pictures.x)[:, None], torch.from_numpy(pictures.y)
    losses = []
    for shift in range(7):
        given = {"index": np.roll(np.arange(7), -shift), "lam": lam_x}
        plan = mixcore.method("mixup").plan(mixcore.Batch(x, y, given=given), 0)
        plan = plan.weighing(np.full(7, float(lam_y)))
        scores = (plan.apply(x)[:, :, :, None] @ w[:, None]).square().sum((2, 3, 4))
        losses.append(F.cross_entropy(scores, plan.target(y, 2)))
    (slope,) = torch.autograd.grad(torch.stack(losses).mean(), w)
    net.descend(pictures, lam_x, lam_y, lr=0.5)
    assert net.weights == pytest.approx((w - 0.5 * slope).detach().numpy(), abs=2e-6)


def test_a_square_cannot_tell_a_filter_from_its_opposite():
    random = np.random.default_rng(2)
    pictures, net = SMALL.draw(9, random), SquareNet.draw(12, 3, random)
    net.descend(pictures, 0.6, 0.6, 1.0)
    margin, energy = net.margin(pictures.x), net.energy(RARE)
    net.weights[:, :, 1] *= -1
    assert net.margin(pictures.x) == pytest.approx(margin)
    assert net.energy(RARE) == pytest.approx(energy)


def finish(**facts):
    task = RareTask.draw(RareFeatures(), 100, np.random.default_rng(3))
    return list(task.train(MixedDescent(**facts), every=15))


def test_without_mixing_it_is_plain_training_and_stopping_at_once_too():
    plain = finish(lam_x=1, lam_y=1)
    assert plain == finish(stop=0)
    assert plain[-1].usual == 1
    assert [moment.step for moment in plain] == list(range(0, 226, 15))


def test_time_is_steps_times_rate():
    for one, other in zip(finish(), finish(steps=450, stop=450, lr=0.9)[::2], strict=True):
        assert one.rare == pytest.approx(other.rare, rel=0.2)
        assert one.common == pytest.approx(other.common, rel=0.2)


def test_what_was_learned_before_mixing_stops_stays():
    moments = finish(stop=75)
    assert min(moment.rare for moment in moments[6:]) > 0.9 * moments[5].rare > 0
