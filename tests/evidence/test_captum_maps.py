"""Captum's maps on networks whose answer is known by hand."""

import pytest
import torch
from torch import nn

from mixcore.evidence.kinds.captum_maps import GradientSaliency, IntegratedGradients, Occlusion


class Weighted(nn.Module):
    """Logit k is the sum of the pixels times weight k: its gradient is that weight everywhere."""

    def __init__(self):
        super().__init__()
        shape = (2, 3, 8, 8)
        self.weight = nn.Parameter(torch.rand(shape, generator=torch.Generator().manual_seed(5)))
        self.weight.data[1] -= 2

    def forward(self, x):
        return torch.einsum("bchw,kchw->bk", x, self.weight)


NET = Weighted()
X = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
Y = torch.tensor([1, 0])


def test_saliency_is_the_size_of_the_gradient():
    found = GradientSaliency(NET)(X, Y)
    assert torch.allclose(found.values[:, 0], NET.weight.detach()[Y].abs().sum(1), atol=1e-6)
    assert (found.name, found.layer) == ("gradient saliency of the given class", "pixels")


def test_integrated_gradients_are_weight_times_change():
    found = IntegratedGradients(NET, steps=4, background=0.25)(X, Y)
    known = (NET.weight.detach()[Y] * (X - 0.25)).sum(1).abs()
    assert torch.allclose(found.values[:, 0], known, atol=1e-5)
    assert found.scale == "4 steps from 0.25"


def test_occlusion_is_the_fall_of_the_logit():
    """Windows that do not overlap: each cell holds the fall when it is covered, or 0."""
    found = Occlusion(NET, window=4, stride=4, background=0.0)(X, Y)
    fall = (NET.weight.detach()[Y] * X).sum(1).view(2, 2, 4, 2, 4).sum((2, 4)).clamp(min=0)
    known = fall.repeat_interleave(4, 1).repeat_interleave(4, 2)
    assert torch.allclose(found.values[:, 0], known, atol=1e-5)
    assert float(found.values[0].max()) == 0  # class 1 weighs every pixel below 0


def test_without_classes_the_likeliest_are_taken():
    found = GradientSaliency(NET)(X)
    assert torch.allclose(found.values[:, 0], NET.weight.detach()[[0, 0]].abs().sum(1), atol=1e-6)
    assert found.name == "gradient saliency of the likeliest class"


@pytest.mark.parametrize("kind", [GradientSaliency, IntegratedGradients, Occlusion])
def test_inference_mode_is_no_obstacle_and_pictures_stay(kind):
    with torch.inference_mode():
        x = X.clone()
        found = kind(NET)(x, Y)
    assert torch.equal(x, X)
    assert not found.values.requires_grad
    assert found.cost > 0


def test_a_frozen_model_will_do_and_keeps_no_gradients():
    net = Weighted().requires_grad_(False)
    assert torch.equal(GradientSaliency(net)(X, Y).values, GradientSaliency(NET)(X, Y).values)
    assert NET.weight.grad is None


def test_options_are_checked():
    with pytest.raises(ValueError, match="steps must be >= 2, got 1"):
        IntegratedGradients(NET, steps=1)
    with pytest.raises(ValueError, match="1 <= stride <= window"):
        Occlusion(NET, window=4, stride=5)
