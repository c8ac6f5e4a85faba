"""Predictions for mixes of two classes: partners, shares, and what is read off the logits."""

import doctest

import pytest
import torch
from torch import nn

from mixcore import mixed_predictions
from mixcore.mixed_predictions import MixedPredictions, predict_mixes

X, Y = torch.rand(40, 3, 6, 6, generator=torch.Generator().manual_seed(0)), torch.arange(40) % 5


class Means(nn.Module):
    """Logits that are the mean of each channel."""

    def forward(self, x):
        return x.mean((2, 3))


def test_partners_are_of_another_class_and_the_same_at_every_share():
    for lam in (0.2, 0.5, 1.0):
        found = predict_mixes(Means(), X, Y, lam, rng=3)
        assert torch.equal(found.y_a, Y)
        assert (found.y_a != found.y_b).all()
        assert torch.equal(found.y_b, predict_mixes(Means(), X, Y, 0.5, rng=3).y_b)
    assert not torch.equal(found.y_b, predict_mixes(Means(), X, Y, 0.5, rng=4).y_b)
    assert len(set(found.y_b[Y == 0].tolist())) > 2  # of all other classes
    with pytest.raises(ValueError, match="at least two classes"):
        predict_mixes(Means(), X, 0 * Y, 0.5)


@pytest.mark.parametrize("lam", [0.0, 0.3, 1.0])
def test_a_mix_is_the_weighted_mean_of_its_pictures(lam):
    ends = [predict_mixes(Means(), X, Y, end).logits for end in (1.0, 0.0)]
    found = predict_mixes(Means(), X, Y, lam).logits
    torch.testing.assert_close(found, lam * ends[0] + (1 - lam) * ends[1], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(ends[0], X.mean((2, 3)), rtol=1e-4, atol=1e-5)


def test_joint_probability_and_hits_are_of_both_classes():
    logits = torch.tensor([[2.0, 1.0, 0.0], [2.0, 1.0, 0.0], [0.0, 5.0, 1.0]])
    found = MixedPredictions(logits, torch.tensor([0, 0, 2]), torch.tensor([1, 2, 1]))
    p = logits.double().softmax(1)
    assert found.hits.tolist() == [1, 0, 1]
    torch.testing.assert_close(
        found.joint, torch.stack([p[0, 0] + p[0, 1], p[1, 0] + p[1, 2], p[2, 1] + p[2, 2]])
    )
    torch.testing.assert_close(found.confidence, p.amax(1))


def test_the_model_is_asked_in_evaluation_mode_and_left_as_it_was():
    model = nn.Sequential(nn.Flatten(), nn.BatchNorm1d(108), nn.Dropout(0.9), nn.Linear(108, 5))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found = [predict_mixes(model.train(), X, Y, 0.5).logits for _ in range(2)]
    assert torch.equal(*found)
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_the_example_is_true():
    assert doctest.testmod(mixed_predictions).failed == 0
