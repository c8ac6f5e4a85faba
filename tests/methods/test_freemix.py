"""Free mix: with the stages of a published method it is that method, and it can be more."""

import pytest
import torch

from mixcore import Batch, method

X = torch.rand(8, 3, 48, 36, generator=torch.Generator().manual_seed(0))
Y = torch.arange(8) % 3


@pytest.mark.parametrize(
    ("region", "key"),
    [
        ("field", "fmix"),
        ("whole", "mixup"),
        ("box", "cutmix"),
        ("cells", "patchmix"),
        ("soft field", "fieldmix"),
    ],
)
def test_stages_of_a_published_method_make_that_method(region, key):
    for seed in range(5):
        ours = method("freemix", region=region).plan(Batch(X, Y), seed)
        theirs = method(key).plan(Batch(X, Y), seed)
        assert torch.equal(ours.apply(X), theirs.apply(X))
        assert torch.equal(ours.w_a, theirs.w_a)


def test_with_a_bump_it_is_smoothmix_of_the_same_lam():
    ours = method("freemix", region="bump").plan(Batch(X, Y), 3)
    theirs = method("smoothmix").plan(Batch(X, Y, given={"lam": ours.lam.numpy()}), 3)
    assert torch.allclose(ours.apply(X), theirs.apply(X), atol=1e-6)


def test_a_shrunken_box_is_resizemix_in_that_box():
    ours = method("freemix", region="box", shrink=True).plan(Batch(X, Y), 3)
    theirs = method("resizemix").plan(Batch(X, Y, given={"box": ours.region.box}), 3)
    assert torch.equal(ours.apply(X), theirs.apply(X))


def test_pairings_are_chosen_and_b_can_be_mirrored():
    plan = method("freemix", pairing="same class", region="whole", mirror=True).plan(
        Batch(X, Y, given={"lam": 0.0}), 1
    )
    assert torch.equal(Y[plan.index], Y)
    assert torch.equal(plan.apply(X), X[plan.index].flip(-1))
    both = method("freemix", region="box", shrink=True, mirror=True)
    whole = both.plan(Batch(X, Y, given={"box": (0, 48, 0, 36), "index": range(8)}), 0)
    assert torch.allclose(whole.apply(X), X.flip(-1), atol=1e-6)


def test_labels():
    plans = [
        method("freemix", region="box", label=label).plan(Batch(X, Y), 2)
        for label in ("area", "lam", "whole A")
    ]
    assert torch.equal(plans[0].w_a, plans[0].area)
    assert torch.equal(plans[1].w_a, plans[1].lam)
    assert set(plans[2].w_a.tolist()) == {1.0}
    assert not torch.equal(plans[0].w_a, plans[1].w_a)


def test_a_box_by_hand_is_labeled_by_what_there_is():
    plan = method("freemix", label="lam").plan(Batch(X, Y, given={"box": (0, 24, 0, 36)}), 0)
    assert plan.lam is None
    assert plan.w_a.tolist() == pytest.approx([0.5] * 8)
