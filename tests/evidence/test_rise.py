"""Contrastive RISE: what it finds is known where the model is known."""

import pytest
import torch
from torch import nn

from mixcore.evidence.kinds.rise import ContrastiveRise

X = torch.full((2, 3, 28, 28), 0.5)


class Corners(nn.Module):
    """Class 0 is bright at the upper left, class 1 at the lower right, class 2 nowhere."""

    def forward(self, x):
        x = x.mean(1)
        left, right = x[:, :8, :8].mean((1, 2)), x[:, -8:, -8:].mean((1, 2))
        return 8 * torch.stack([left, right, torch.full_like(left, 0.2)], 1)


@pytest.fixture
def bright():
    """Two pictures with light in both corners, on black."""
    x = torch.zeros(2, 3, 28, 28)
    x[:, :, :8, :8] = torch.tensor([1.0, 0.6])[:, None, None, None]
    x[:, :, -8:, -8:] = torch.tensor([0.6, 1.0])[:, None, None, None]
    return x


def test_it_finds_what_speaks_for_a_class_and_what_for_its_rival(bright):
    rise = ContrastiveRise(Corners(), masks=400, background=0.0)
    for y in (0, 1):
        found = rise.contrast_masks(bright, torch.tensor([y, y]))
        corners = found[:, 0, 2:6, 2:6].mean((1, 2)), found[:, 0, -6:-2, -6:-2].mean((1, 2))
        own, rival = corners if y == 0 else corners[::-1]
        rest = found[:, 0, 11:17, 11:17].abs().mean((1, 2))
        assert (own > 3 * rest).all()
        assert (rival < -3 * rest).all()
    assert torch.equal(rise(bright).values, rise(bright, torch.tensor([0, 1])).values)
    assert torch.equal(
        rise(bright).values, rise.contrast_masks(bright, torch.tensor([0, 1])).clamp(min=0)
    )


def test_a_seed_gives_the_same_map_and_another_seed_another(bright):
    first, again, other = (
        ContrastiveRise(Corners(), masks=20, seed=seed)(bright).values for seed in (3, 3, 4)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_model_that_sees_nothing_has_an_even_map_of_nothing():
    class Blind(nn.Module):
        def forward(self, x):
            return x.new_tensor([[2.0, 0.0, 1.0]]).expand(len(x), 3)

    found = ContrastiveRise(Blind(), masks=40).contrast_masks(X)
    assert found.shape == (2, 1, 28, 28)
    assert found.abs().max() < 1e-5


def test_masks_keep_their_share_and_are_nowhere_the_same():
    rise = ContrastiveRise(Corners(), masks=1000, keep=0.3)
    masks = torch.cat(list(rise.draw_masks(21, 35)))
    assert masks.shape == (1000, 21, 35)
    assert (masks.min(), masks.max()) == (0, 1)
    assert masks.mean(0).sub(0.3).abs().max() < 0.06
    assert len(masks.unique(dim=0)) == 1000


@pytest.mark.parametrize("wrong", [{"masks": 1}, {"cells": 1}, {"keep": 1.0}])
def test_what_cannot_be_is_a_sentence(wrong):
    with pytest.raises(ValueError, match=f"got .*{next(iter(wrong.values()))}"):
        ContrastiveRise(Corners(), **wrong)


def test_the_mode_of_the_model_is_left_as_it_was(bright):
    model = Corners().train()
    ContrastiveRise(model, masks=4)(bright)
    assert model.training
