"""Mix blocks: partition, gradients, one source, both forms, the mask loss and the generator's."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from mixcore import Batch, ratio
from mixcore.losses.mix_generator import (
    generator_loss,
    is_adversarial,
    mixed_similarity,
    soft_cross_entropy,
)
from mixcore.mixers.mix_block import (
    PairMixBlock,
    SetMixBlock,
    mask_loss,
    measure_diversity,
    mix_pictures,
)

B, C = 3, 6
seeds = st.integers(0, 2**32)


def features(n, seed=0, b=B, h=4, w=5):
    return torch.randn(b, n, C, h, w, generator=torch.Generator().manual_seed(seed))


def shares(n, seed=0, b=B):
    lam = torch.rand(b, n, generator=torch.Generator().manual_seed(seed)) + 0.01
    return lam / lam.sum(1, keepdim=True)


def block_of(kind, seed=0, **options):
    torch.manual_seed(seed)
    block = kind(C, **options)
    for parameter in block.parameters():
        nn.init.normal_(parameter)
    return block


@given(seed=seeds, n=st.integers(1, 5), upsample=st.sampled_from(["bilinear", "nearest"]))
def test_masks_of_any_number_of_sources_sum_to_one_exactly(seed, n, upsample):
    masks = block_of(SetMixBlock, seed % 97)(features(n, seed), shares(n, seed), (17, 23), upsample)
    assert masks.shape == (B, n, 17, 23)
    assert masks.dtype == torch.float32
    assert bool((masks >= 0).all())
    total = masks[:, 0]
    for k in range(1, n):
        total = total + masks[:, k]
    assert bool((total == 1).all())


@given(seed=seeds, upsample=st.sampled_from(["bilinear", "nearest"]))
def test_masks_of_a_pair_sum_to_one_exactly(seed, upsample):
    masks = block_of(PairMixBlock, seed % 97)(
        features(2, seed), shares(2, seed), (17, 23), upsample
    )
    assert bool((masks.sum(1) == 1).all())
    assert bool(((masks >= 0) & (masks <= 1)).all())


def test_the_softmax_over_one_source_is_the_picture_itself():
    x = torch.rand(B, 1, 3, 8, 8)
    masks = block_of(SetMixBlock)(features(1), torch.ones(B, 1), (8, 8))
    assert torch.equal(mix_pictures(x, masks), x[:, 0])


def by_hand(block, maps, lam):
    """AutoMix's formula position by position, of one sample."""
    a, b = ((one - block.mean) / block.std for one in maps)
    a = torch.cat([a, ((lam[0] - 0.5) / 0.25).expand(1, *a.shape[1:])])
    b = torch.cat([b, ((lam[1] - 0.5) / 0.25).expand(1, *b.shape[1:])])
    q, k = (block.compare(one[None])[0].flatten(1) for one in (a, b))
    v = block.value(b[None])[0].flatten(1)[0]
    logits = []
    for i in range(q.shape[1]):
        scores = torch.stack([(q[:, i] * k[:, j]).sum() for j in range(k.shape[1])])
        logits.append(((scores / math.sqrt(block.width)).softmax(0) * v).sum())
    return torch.stack(logits).view(1, 1, *maps.shape[-2:])


def test_a_pair_follows_the_formula_with_the_sigmoid_after_the_resize():
    block, maps, lam = block_of(PairMixBlock), features(2), shares(2)
    block.fit_features(features(1, 5)[:, 0])
    masks = block(maps, lam, (12, 15))
    logits = torch.cat([by_hand(block, maps[i], lam[i]) for i in range(B)])
    large = F.interpolate(logits, (12, 15), mode="bilinear", align_corners=False)
    assert torch.allclose(masks[:, 1:], large.sigmoid(), atol=1e-5)
    early = F.interpolate(logits.sigmoid(), (12, 15), mode="bilinear", align_corners=False)
    assert not torch.allclose(masks[:, 1:], early, atol=1e-3)


def test_each_of_a_set_attends_to_the_sum_of_the_others_keys():
    block, maps, lam = block_of(SetMixBlock, lam_channel=False), features(3), shares(3)
    masks = block(maps, lam, (4, 5), "nearest")
    logits = []
    for i in range(3):
        q, v = (layer(maps[:, i]).flatten(2) for layer in (block.query, block.value))
        k = sum(block.key(maps[:, j]).flatten(2) for j in range(3) if j != i)
        attention = (q.transpose(1, 2) @ k / math.sqrt(block.width)).softmax(-1)
        logits.append((attention @ v.transpose(1, 2)).transpose(1, 2).view(B, 1, 4, 5))
    assert torch.allclose(masks, torch.cat(logits, 1).softmax(1), atol=1e-5)


@pytest.mark.parametrize("kind", [PairMixBlock, SetMixBlock])
def test_lam_moves_a_mask_only_through_its_channel(kind):
    one, two = torch.tensor([[0.2, 0.8]]), torch.tensor([[0.8, 0.2]])
    maps = features(2, b=1)
    told, untold = block_of(kind), block_of(kind, lam_channel=False)
    assert not torch.allclose(told(maps, one, (8, 8)), told(maps, two, (8, 8)))
    assert torch.equal(untold(maps, one, (8, 8)), untold(maps, two, (8, 8)))


@pytest.mark.xfail(reason="nothing in the formula makes the mask all of A at lam 1", strict=True)
@pytest.mark.parametrize("kind", [PairMixBlock, SetMixBlock])
def test_all_of_a_is_a(kind):
    masks = block_of(kind)(features(2), torch.tensor([[1.0, 0.0]]).expand(B, 2), (8, 8))
    assert torch.equal(masks[:, 0], torch.ones(B, 8, 8))


@pytest.mark.parametrize("kind", [PairMixBlock, SetMixBlock])
def test_gradients_reach_the_block_and_never_the_teacher(kind):
    torch.manual_seed(0)
    teacher = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 36, 5))
    teacher.requires_grad_(False)
    block = block_of(kind)
    masks = block(features(2), shares(2), (8, 8))
    logits = teacher(mix_pictures(torch.rand(B, 2, 3, 8, 8), masks))
    soft_cross_entropy(logits, torch.randint(0, 5, (B, 2)), shares(2)).backward()
    assert all(p.grad is not None and bool(p.grad.abs().sum() > 0) for p in block.parameters())
    assert all(p.grad is None for p in teacher.parameters())


@pytest.mark.parametrize("kind", [PairMixBlock, SetMixBlock])
def test_half_precision_around_it_changes_nothing(kind):
    block, maps, lam = block_of(kind), 30 * features(2), shares(2)
    with torch.autocast("cpu", torch.bfloat16):
        inside = block(maps, lam, (8, 8))
    assert torch.equal(inside, block(maps, lam, (8, 8)))
    assert torch.isfinite(inside).all()


def test_what_does_not_fit_is_said():
    block = PairMixBlock(C)
    with pytest.raises(ValueError, match=r"features must have shape \(b, n, 6, h, w\), got"):
        block(torch.rand(B, 2, 5, 4, 4), shares(2), (8, 8))
    with pytest.raises(ValueError, match=r"lam must have shape \(3, 2\), got \(3, 3\)"):
        block(features(2), shares(3), (8, 8))
    with pytest.raises(ValueError, match="upsample must be one of bilinear, nearest, got 'cubic'"):
        block(features(2), shares(2), (8, 8), "cubic")
    with pytest.raises(ValueError, match="mixes 2 sources, got 3"):
        block(features(3), shares(3), (8, 8))


def test_the_mask_loss_has_a_dead_zone_and_is_of_the_batch_as_released():
    masks = torch.stack([torch.full((4, 4), value) for value in (0.2, 0.8)])
    lam = torch.tensor([0.5, 0.5])
    assert float(mask_loss(masks, lam)) == 0  # one makes up for the other
    assert float(mask_loss(masks, lam, per_sample=True)) == pytest.approx(0.2)
    assert float(mask_loss(masks, lam, per_sample=True, dead_zone=0.3)) == pytest.approx(
        0, abs=1e-7
    )
    assert float(mask_loss(masks[1:], lam[1:])) == pytest.approx(0.2)
    asking = torch.full((1, 4, 4), 0.9, requires_grad=True)
    mask_loss(asking, lam[:1]).backward()
    assert bool((asking.grad > 0).all())  # less of A brings it nearer


def test_diversity_is_the_mean_distance_of_pairs():
    masks = torch.zeros(3, 2, 2)
    masks[0, 0], masks[1, 0], masks[2, 1] = 1, 1, 1
    assert float(measure_diversity(masks)) == pytest.approx(2 / 3)  # of three pairs one is alike
    assert float(measure_diversity(torch.zeros(2, 2, 2))) == 0


def test_shares_are_beta_draws_over_their_sum_and_no_dirichlet():
    batch = Batch(torch.empty(1, 1, 2, 2).expand(40_000, -1, -1, -1))
    w = ratio.draw_beta_shares(batch, 1.0, 3, 0)
    assert np.allclose(w.sum(1), 1)
    assert w.mean(0) == pytest.approx([1 / 3] * 3, abs=0.005)
    random = np.random.default_rng(1)
    u = random.random((40_000, 3))
    assert w[:, 0].var() == pytest.approx((u / u.sum(1, keepdims=True))[:, 0].var(), rel=0.03)
    assert w[:, 0].var() < 0.6 * random.dirichlet([1, 1, 1], 40_000)[:, 0].var()
    assert (ratio.draw_beta_shares(batch, 0.0, 3, 0)[:5] == [1, 0, 0]).all()


def test_a_given_lam_leaves_the_others_shares_as_they_were():
    x = torch.zeros(50, 1, 2, 2)
    free = ratio.draw_beta_shares(Batch(x), 1.0, 3, 4)
    fixed = ratio.draw_beta_shares(Batch(x, given={"lam": 0.4}), 1.0, 3, 4)
    assert np.allclose(fixed[:, 0], 0.4)
    assert np.allclose(fixed.sum(1), 1)
    assert np.allclose(fixed[:, 1] / fixed[:, 2], free[:, 1] / free[:, 2])


def test_the_generators_loss_has_the_signs_that_are_declared():
    ce, alike = (torch.tensor(value, requires_grad=True) for value in (2.0, 0.5))
    keep = generator_loss(ce, alike, adversarial=True, beta=0.3)
    keep.backward()
    assert float(ce.grad) == pytest.approx(-0.3)  # it raises the classifier's loss
    assert float(alike.grad) == pytest.approx(-0.7)  # and likeness
    ce.grad = alike.grad = None
    generator_loss(ce, alike, adversarial=True, beta=0.3, cos_sign="as released").backward()
    assert float(ce.grad) == pytest.approx(-0.3)
    assert float(alike.grad) == pytest.approx(0.7)  # the code lowers it
    assert generator_loss(ce, alike, adversarial=False) is ce
    with pytest.raises(ValueError, match="cos_sign must be one of keep meaning, as released"):
        generator_loss(ce, alike, adversarial=True, cos_sign="plus")


def test_the_schedule_alternates_as_declared():
    assert [is_adversarial(step, 2) for step in range(4)] == [False, True, False, True]
    assert all(is_adversarial(step, 1) for step in range(4))
    assert not any(is_adversarial(step, 0) for step in range(4))


def test_similarity_is_weighed_by_shares():
    z = torch.tensor([[1.0, 0.0], [0.0, 2.0]])
    clean = torch.stack([z, -z], 1)
    lam = torch.tensor([[1.0, 0.0], [0.25, 0.75]])
    assert float(mixed_similarity(z, clean, lam)) == pytest.approx((1 - 0.5) / 2)


def test_soft_cross_entropy_is_torchs_own_with_soft_labels():
    logits, y, lam = torch.randn(4, 5), torch.randint(0, 5, (4, 3)), shares(3, b=4)
    target = torch.zeros(4, 5).scatter_add_(1, y, lam)
    assert torch.allclose(soft_cross_entropy(logits, y, lam), F.cross_entropy(logits, target))
