"""RankMixup: a picture is surer than its mixes, and the clearer mix surer than the other."""

import doctest

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from mixcore.losses import rank_mixup as module
from mixcore.losses.rank_mixup import (
    compute_ndcg,
    count_violations,
    find_relevance,
    margin_ranking,
    ndcg_loss,
)

seeds = st.integers(0, 2**32 - 1)
counts = st.integers(1, 5)


def draw_group(seed, q=3, b=6, k=4, scale=3.0):
    """Logits of pictures (b, k) and of mixes (q, b, k) in double precision, and relevance."""
    random = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(q + 1, b, k, generator=random, dtype=torch.float64)
    lam = torch.rand(q, b, generator=random, dtype=torch.float64)
    return logits[0], logits[1:], torch.maximum(lam, 1 - lam)


@given(seed=seeds, margin=st.floats(0, 5))
def test_the_margin_is_of_the_largest_logits(seed, margin):
    picture, (mix,), _ = draw_group(seed, 1)
    losses = margin_ranking(picture, mix, margin=margin, reduction="none")
    gap = picture.max(1).values - mix.max(1).values
    torch.testing.assert_close(losses, (margin - gap).clamp(min=0))
    assert ((losses == 0) == (gap >= margin)).all()  # 0 just where the gap is wide enough
    torch.testing.assert_close(margin_ranking(picture, mix, margin=margin), losses.mean())


@given(seed=seeds)
def test_pairs_of_one_class_are_left_out_each_for_itself(seed):
    picture, (mix,), _ = draw_group(seed, 1)
    same = torch.rand(6, generator=torch.Generator().manual_seed(seed)) < 0.5
    losses = margin_ranking(picture, mix, reduction="none")
    masked = margin_ranking(picture, mix, same, reduction="none")
    torch.testing.assert_close(masked, torch.where(same, 0.0, losses))
    other = mix + 9 * same[:, None]  # whatever the mixes of one class are like
    torch.testing.assert_close(margin_ranking(picture, other, same), masked.mean())
    none, every = torch.zeros(6, dtype=torch.bool), torch.ones(6, dtype=torch.bool)
    torch.testing.assert_close(margin_ranking(picture, mix, none), losses.mean())
    assert margin_ranking(picture, mix, every).item() == 0


def test_the_released_mask_is_of_the_means():
    picture = torch.tensor([[3.0, 0]] * 4)
    mix = torch.tensor([[4.0], [4], [3], [3]])
    same = torch.tensor([False, False, False, True])
    assert margin_ranking(picture, mix, same).item() == 2.0
    assert margin_ranking(picture, mix, same, as_released=True).item() == 1.875
    mask, hinge = (~same).float(), torch.tensor([[3.0], [3], [2], [2]])
    assert (mask * hinge).shape == (4, 4)  # how it comes about there
    assert (mask * hinge).mean().item() == 1.875


def test_a_pair_of_one_class_gets_a_slope_only_as_released():
    for as_released in (False, True):
        mix = torch.ones(2, 3, requires_grad=True)
        same = torch.tensor([False, True])
        margin_ranking(torch.ones(2, 3), mix, same, as_released=as_released).backward()
        assert (mix.grad[1].abs().sum() > 0) == as_released


@given(seed=seeds)
def test_a_shift_of_all_logits_meets_the_margin_and_leaves_ndcg_alone(seed):
    picture, mixed, relevance = draw_group(seed)
    shifted = mixed - 100
    assert margin_ranking(picture, shifted[0]).item() == 0
    torch.testing.assert_close(
        ndcg_loss(picture, shifted, relevance), ndcg_loss(picture, mixed, relevance)
    )


@given(seed=seeds, q=counts)
def test_ndcg_is_1_just_where_the_sums_agree(seed, q):
    picture, mixed, relevance = draw_group(seed, q)
    confidence = torch.cat([picture[None], mixed]).softmax(-1).amax(-1)
    whole = torch.cat([torch.ones(1, 6).double(), relevance])
    ndcg = compute_ndcg(confidence, whole)
    assert ((ndcg > 0) & (ndcg <= 1)).all()
    torch.testing.assert_close(compute_ndcg(whole, whole), torch.ones(6).double())
    order = whole.argsort(dim=0, descending=True, stable=True)
    discount = torch.log2(torch.arange(q + 1) + 2.0).double()[:, None]
    dcg, ideal = ((one.gather(0, order) / discount).sum(0) for one in (confidence, whole))
    torch.testing.assert_close(ndcg, torch.minimum(dcg / ideal, ideal / dcg))
    sums = confidence * ideal / dcg  # another set of confidences whose sum agrees
    torch.testing.assert_close(compute_ndcg(sums, whole), torch.ones(6).double())
    torch.testing.assert_close(ndcg_loss(picture, mixed, relevance, reduction="none"), 1 - ndcg)


@given(seed=seeds, q=counts)
def test_the_order_of_the_mixes_in_the_group_does_not_matter(seed, q):
    picture, mixed, relevance = draw_group(seed, q)
    turned = torch.randperm(q, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(
        ndcg_loss(picture, mixed[turned], relevance[turned]), ndcg_loss(picture, mixed, relevance)
    )


def test_a_picture_that_is_not_mixed_is_fully_relevant():
    w = torch.tensor([1.0, 0.0, 0.5, 0.3, 1.2])
    same = torch.tensor([False, False, False, True, False])
    found = find_relevance(w, 1 - w, same)
    assert found.tolist() == [1, 1, 0.5, 1, 1]


def test_slopes_are_those_of_finite_differences_and_reach_the_picture_too():
    picture, mixed, relevance = (one.clone() for one in draw_group(1, 3, scale=1))
    same = torch.tensor([True, False, False, False, True, False])
    inputs = picture.requires_grad_(), mixed.requires_grad_()
    for loss in (
        lambda x, m: ndcg_loss(x, m, relevance),
        lambda x, m: margin_ranking(x, m[0], same),
        lambda x, m: margin_ranking(x, m[0], same, as_released=True),
    ):
        assert torch.autograd.gradcheck(loss, inputs)
        grads = torch.autograd.grad(loss(*inputs), inputs)
        assert all(grad.abs().sum() > 0 for grad in grads)


def test_each_loss_pulls_the_way_that_it_says():
    """MRL lowers the mix and raises the picture; M-NDCG draws a sum that is too large down."""
    picture, mix = torch.tensor([[2.0, 0.0]]), torch.tensor([[2.5, 0.0]])
    picture.requires_grad_(), mix.requires_grad_()
    margin_ranking(picture, mix).backward()
    assert mix.grad[0, 0] > 0 > picture.grad[0, 0]
    sure = torch.tensor([[[9.0, 0.0]]], requires_grad=True)
    ndcg_loss(torch.tensor([[9.0, 0.0]]), sure, torch.tensor([[0.5]])).backward()
    assert sure.grad[0, 0, 0] > 0


@given(seed=seeds, q=counts)
def test_violations_count_pairs_against_the_order(seed, q):
    picture, mixed, relevance = draw_group(seed, q)
    confidence = torch.cat([picture[None], mixed]).softmax(-1).amax(-1)
    whole = torch.cat([torch.ones(1, 6).double(), relevance])
    share = count_violations(confidence, whole)
    assert ((share >= 0) & (share <= 1)).all()
    torch.testing.assert_close(count_violations(-confidence, whole), 1 - share)
    assert (count_violations(whole, whole) == 0).all()
    assert (count_violations(confidence, torch.ones_like(whole)) == 0).all()


def test_what_is_refused():
    picture, mixed, relevance = draw_group(0)
    with pytest.raises(ValueError, match=r"mixed must be of the pictures \(6,\), got \(3, 6\)"):
        margin_ranking(picture, mixed)
    with pytest.raises(ValueError, match="same must be of the pictures"):
        margin_ranking(picture, mixed[0], torch.ones(3, dtype=torch.bool))
    with pytest.raises(ValueError, match="reduction must be 'mean'"):
        margin_ranking(picture, mixed[0], as_released=True, reduction="none")
    with pytest.raises(ValueError, match=r"mixes must be \(q, b, k\)"):
        ndcg_loss(picture, mixed[0], relevance[0])
    with pytest.raises(ValueError, match="reduction must be one of"):
        ndcg_loss(picture, mixed, relevance, reduction="max")


def test_the_examples_are_true():
    results = doctest.testmod(module)
    assert (results.failed, results.attempted > 10) == (0, True)
