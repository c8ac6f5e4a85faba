"""The attack by replaced patches is Patch Mixing's region, nested over the share."""

import numpy as np
import pytest
import torch

from mixcore.batch import Batch
from mixcore.patch_attack import measure_attack, replace_patches
from mixcore.registry import make_method

X, OTHER = torch.zeros(5, 3, 24, 24), torch.ones(5, 3, 24, 24)


@pytest.mark.parametrize("cells", [2, 4, 6])
@pytest.mark.parametrize("share", [0.0, 0.25, 0.6, 1.0])
def test_whole_cells_are_replaced_as_many_as_the_share_says(cells, share):
    out = replace_patches(X, OTHER, share, cells, rng=1)
    side = 24 // cells
    whole = out.unfold(2, side, side).unfold(3, side, side).flatten(4)
    assert (whole.amin(4) == whole.amax(4)).all()
    counts = whole[:, 0, ..., 0].sum((1, 2))
    assert counts.tolist() == [round(share * cells**2)] * 5
    assert torch.equal(X, torch.zeros_like(X))


def test_a_larger_share_replaces_what_a_smaller_one_does_and_more():
    before = replace_patches(X, OTHER, 0.0, 4, rng=2)
    assert torch.equal(before, X)
    for share in (0.2, 0.4, 0.7, 1.0):
        now = replace_patches(X, OTHER, share, 4, rng=2)
        assert (now >= before).all()
        before = now
    assert torch.equal(before, OTHER)


def test_pictures_lose_different_cells_and_a_seed_the_same_ones():
    out = replace_patches(X, OTHER, 0.5, 4, rng=3)
    assert torch.equal(out, replace_patches(X, OTHER, 0.5, 4, rng=3))
    assert len(out.unique(dim=0)) == 5


def test_it_is_what_patch_mixing_trains_on():
    x = torch.rand(5, 3, 24, 24)
    given = {"lam": 0.75, "index": np.roll(np.arange(5), 1)}
    plan = make_method("patchmix", cells=4).plan(Batch(x, torch.arange(5), given=given), 4)
    assert torch.equal(plan.apply(x), replace_patches(x, x.roll(1, 0), 0.25, 4, rng=4))


def test_an_even_color_may_stand_for_other_pictures():
    out = replace_patches(X, torch.tensor([1.0, 2.0, 3.0])[None, :, None, None], 0.5, 4, rng=5)
    assert out.sum((0, 2, 3)).div(5 * 288).tolist() == [1.0, 2.0, 3.0]


def test_accuracy_falls_with_what_the_model_looks_at():
    def predict(x):
        bright = x.mean((1, 2, 3))
        return torch.stack([1 - bright, bright], 1)  # class 0 while most of it is dark

    y = torch.zeros(5, dtype=torch.int64)
    shares = (0.0, 0.25, 0.75, 1.0)
    assert measure_attack(predict, X, y, OTHER, shares, cells=4, rng=0) == [1, 1, 0, 0]


@pytest.mark.parametrize("share", [-0.1, 1.5, float("nan")])
def test_a_share_that_cannot_be_is_a_sentence(share):
    with pytest.raises(ValueError, match=r"share must be in \[0, 1\]"):
        replace_patches(X, OTHER, share, 4, rng=0)
