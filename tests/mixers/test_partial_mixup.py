"""Partial Mixup: how many samples of a batch stay mixed, as meant and as released."""

import doctest

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import mixcore
from mixcore.mixers import partial_mixup
from mixcore.mixers.partial_mixup import EXACT, RELEASED, PartlyMixed, draw_mixed, expect_mixed


@given(n=st.integers(1, 90), share=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
def test_the_exact_count_is_exact(n, share, seed):
    mixed = draw_mixed(n, share, np.random.default_rng(seed))
    assert mixed.sum() == round(share * n)
    assert expect_mixed(n, share) == round(share * n) / n


def test_as_released_41_percent_stay_mixed_where_10_were_meant():
    random = np.random.default_rng(0)
    shares = [draw_mixed(64, 0.1, random, RELEASED).mean() for _ in range(2000)]
    assert np.mean(shares) == pytest.approx(0.408, abs=0.005)
    assert expect_mixed(64, 0.1, RELEASED) == pytest.approx(np.mean(shares), abs=0.005)
    assert min(shares) > 0.2  # never near what was meant


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("count", [EXACT, RELEASED])
def test_what_stays_whole_keeps_picture_and_label(share, count):
    x, y = torch.rand(20, 1, 6, 6), torch.arange(20) % 4
    recipe = PartlyMixed(mixcore.method("mixup"), share, count)
    plan = recipe.plan(mixcore.Batch(x, y), rng=5)
    whole = plan.w_a == 1
    assert torch.equal(plan.apply(x)[whole], x[whole])
    assert torch.equal(plan.target(y, 4)[whole], torch.nn.functional.one_hot(y, 4).float()[whole])
    if count == EXACT:
        assert int((~whole).sum()) == round(share * 20)
    again = recipe.plan(mixcore.Batch(x, y), rng=5)
    assert torch.equal(again.w_a, plan.w_a)
    rest = mixcore.method("mixup").plan(mixcore.Batch(x, y), rng=5)
    assert len(rest.lam.unique()) > 10  # a lam of its own for each sample


def test_two_permutations_are_one_as_pairs():
    """The released code shuffles twice; which pairs meet is as likely by one."""
    counts = np.zeros((2, 3, 3))
    random = np.random.default_rng(1)
    for _ in range(6000):
        one, other = random.permutation(3), random.permutation(3)
        counts[0, one, other] += 1
        counts[1, np.arange(3), random.permutation(3)] += 1
    assert counts / 6000 == pytest.approx(np.full((2, 3, 3), 1 / 3), abs=0.03)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"must be in \[0, 1\], got 1.5"):
        PartlyMixed(mixcore.method("mixup"), 1.5)
    with pytest.raises(ValueError, match="must be one of 'exact', 'as released', got 'twice'"):
        draw_mixed(8, 0.5, np.random.default_rng(0), "twice")
    with pytest.raises(TypeError, match="PartlyMixed takes recipes"):
        PartlyMixed("mixup")


def test_examples():
    assert doctest.testmod(partial_mixup).failed == 0
