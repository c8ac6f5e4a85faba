"""Parity by value with kornia: the draws it has recorded are given to ours.

kornia's third label column is B's share in RandomMixUpV2 and, in RandomCutMixV2, A's share only
with use_correct_lambda=True; ours is A's everywhere.
"""

import inspect

import numpy as np
import pytest
import torch
from kornia.augmentation import PatchMix, RandomCutMixV2, RandomMixUpV2, RandomMosaic

from mixcore import Batch, PerBatch, PlanK, method
from mixcore.regions.partition import Tiles
from mixcore.warps.geometry import Resize

KEYS = ["input", "class"]
X = torch.rand(6, 3, 40, 31, generator=torch.Generator().manual_seed(1))
Y = torch.tensor([0, 1, 2, 3, 4, 1])
K = 5


def soft(rows, a, b):
    """kornia's rows (label of A, label of B, share) as soft labels with the weights a and b."""
    one_hot = torch.eye(K, dtype=rows.dtype)
    return a[:, None] * one_hot[rows[:, 0].long()] + b[:, None] * one_hot[rows[:, 1].long()]


def cutmix(**options):
    return RandomCutMixV2(data_keys=KEYS, use_correct_lambda=True, **options)


def boxes(peer):
    """Its corners, x first and the last pixel included, as half-open y0, y1, x0, x1."""
    corners = peer._params["crop_src"][0].long()
    (x0, y0), (x1, y1) = corners[:, 0].T, corners[:, 2].T
    return torch.stack([y0, y1 + 1, x0, x1 + 1], 1)


@pytest.mark.parametrize("same_on_batch", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_mixup(dtype, same_on_batch):
    """Its lam is the share of B."""
    torch.manual_seed(3)
    peer = RandomMixUpV2(data_keys=KEYS, same_on_batch=same_on_batch)
    mixed, rows = peer(X.to(dtype), Y)
    b_share = peer._params["mixup_lambdas"].double()
    given = {"index": peer._params["mixup_pairs"], "lam": 1 - b_share}
    plan = method("mixup").plan(Batch(X, Y, given=given), 0)
    assert torch.allclose(plan.apply(X.to(dtype)), mixed, atol=1e-6)
    assert torch.allclose(plan.target(Y, K).to(dtype), soft(rows, 1 - rows[:, 2], rows[:, 2]))
    assert torch.allclose(rows[:, 2].double(), plan.w_b)
    wrapped = (PerBatch(method("mixup")) if same_on_batch else method("mixup")).plan(Batch(X), 0)
    assert len(wrapped.lam.unique()) == len(b_share.unique())


def test_its_mixup_is_alpha_one():
    """It draws lam uniformly and has no alpha: Beta(1, 1)."""
    assert "alpha" not in inspect.signature(RandomMixUpV2).parameters
    torch.manual_seed(0)
    rows = RandomMixUpV2(data_keys=KEYS)(torch.zeros(8000, 1, 1, 1), torch.zeros(8000))[1]
    ours = method("mixup", alpha=1.0).plan(Batch(torch.zeros(8000, 1, 1, 1)), 0).lam
    for lam in (rows[:, 2], ours):
        assert float(lam.mean()) == pytest.approx(1 / 2, abs=0.01)
        assert float(lam.var()) == pytest.approx(1 / 12, rel=0.04)


@pytest.mark.parametrize("seed", range(5))
def test_cutmix(seed):
    torch.manual_seed(seed)
    peer = cutmix()
    mixed, (rows,) = peer(X, Y)
    given = {"index": peer._params["mix_pairs"][0], "box": boxes(peer)}
    plan = method("cutmix").plan(Batch(X, Y, given=given), 0)
    assert torch.equal(plan.apply(X), mixed)
    assert torch.allclose(rows[:, 2].double(), plan.w_a, atol=1e-6)
    assert torch.allclose(plan.target(Y, K), soft(rows, rows[:, 2], 1 - rows[:, 2]), atol=1e-6)


def test_its_cutmix_share_is_bs_unless_asked():
    """The default column is the other one, and only a warning says so."""
    with pytest.warns(DeprecationWarning, match="use_correct_lambda"):
        peer = RandomCutMixV2(data_keys=KEYS)
    torch.manual_seed(0)
    _, (rows,) = peer(X, Y)
    given = {"index": peer._params["mix_pairs"][0], "box": boxes(peer)}
    plan = method("cutmix").plan(Batch(X, Y, given=given), 0)
    assert torch.allclose(rows[:, 2].double(), plan.w_b, atol=1e-6)
    assert (rows[:, 2].double() - plan.w_a).abs().max() > 0.3


def test_the_same_lam_gives_the_same_sides_but_for_an_odd_pixel():
    """It keeps the middle pixel of an odd side, as timm does; the original and ours lose it."""
    for lam in (0.1, 0.37, 0.5, 0.81, 0.98):
        peer = cutmix(cut_size=(lam, lam))  # clamps what is drawn to lam
        peer(X, Y)
        y0, y1, x0, x1 = boxes(peer).T
        high, wide = (int(side * (1 - lam) ** 0.5) for side in X.shape[-2:])
        assert set((y1 - y0).tolist()) == {high}
        assert set((x1 - x0).tolist()) == {wide}
        many = Batch(X.new_empty(400, 1, 40, 31), given={"lam": lam})
        box = method("cutmix").plan(many, 0).region.box  # some of them whole
        assert (box[:, 1] - box[:, 0]).max() == high // 2 * 2
        assert (box[:, 3] - box[:, 2]).max() == wide // 2 * 2


def test_its_boxes_never_hang_over_the_frame():
    """So B's mean share is about 0.48 of this frame at alpha 1, where the paper's is 0.32."""
    torch.manual_seed(0)
    n = 4000
    x = torch.zeros(n, 1, 40, 31)
    _, (rows,) = cutmix()(x, torch.zeros(n))
    assert float(1 - rows[:, 2].mean()) == pytest.approx(0.48, abs=0.015)
    assert float(method("cutmix").plan(Batch(x), 0).w_b.mean()) == pytest.approx(0.31, abs=0.015)


def test_two_of_its_cuts_claim_more_than_there_is():
    """With num_mix=2 the later box covers the first, and both still claim their whole area."""
    torch.manual_seed(0)
    n = 64
    source = torch.arange(float(n)).view(-1, 1, 1, 1).expand(-1, 1, 40, 31)
    mixed, rows = cutmix(num_mix=2)(source, torch.arange(n))
    claimed = (1 - rows[..., 2]).sum(0)
    of_others = (mixed != source).double().mean((1, 2, 3))
    assert (claimed > 1).any()
    assert (claimed - of_others).max() > 0.3


def test_alpha_does_nothing_in_its_patchmix():
    """It draws lam from Beta(alpha, alpha), pastes a patch of fixed side and gives no label."""
    x = torch.rand(200, 1, 32, 32)
    changed = []
    for alpha in (0.1, 8.0):
        torch.manual_seed(0)
        peer = PatchMix(alpha=alpha, patch_size=8)
        mixed = peer(x)
        other = peer._params["mix_pairs"] != torch.arange(len(x))
        changed.append((mixed != x)[other].flatten(1).sum(1).unique().tolist())
    assert changed == [[64], [64]]
    sides = [
        np.ptp(method("cutmix", alpha=alpha).plan(Batch(x), 0).area.numpy()) for alpha in (0.1, 8.0)
    ]
    assert sides[0] > 1.3 * sides[1]


def test_mosaic():
    """It cuts a window out of four whole images laid side by side, down first, then across. So a
    tile shows the corner of its image that lies by the meeting point. It gives no label."""
    torch.manual_seed(1)
    peer = RandomMosaic(p=1.0)
    mixed = peer(X)
    h, w = X.shape[-2:]
    left, top = peer._params["src"][:, 0].long().numpy().T
    y, x, zero = h - top, w - left, 0 * top
    tiles = [(zero, y, zero, x), (y, h, zero, x), (zero, y, x, w), (y, h, x, w)]
    shown = [(top, h, left, w), (zero, top, left, w), (top, h, zero, left), (zero, top, zero, left)]
    stacked = [[np.stack(np.broadcast_arrays(*box), 1) for box in four] for four in (tiles, shown)]
    plan = PlanK(
        peer._params["permutation"].numpy(),
        Tiles(np.stack(stacked[0], 1), (h, w)),
        warps=[Resize("nearest", source) for source in stacked[1]],
    )
    assert torch.equal(plan.apply(X), mixed)
    with pytest.raises(RuntimeError, match="does not support"):
        RandomMosaic(data_keys=KEYS)(X, Y)


def test_mosaics_meet_where_its_do():
    """Its window starts between 0.3 and 0.7 of the frame: a margin of 0.3 in ours."""
    torch.manual_seed(0)
    x = torch.zeros(3000, 1, 40, 40)
    peer = RandomMosaic(p=1.0)
    peer(x)
    theirs = 1 - peer._params["src"][:, 0].double() / 40
    box = method("mosaic", margin=0.3).plan(Batch(x), 0).share.box[:, 0]
    ours = torch.from_numpy(box[:, [3, 1]]).double() / 40
    for place in (theirs, ours):
        assert place.mean(0).tolist() == pytest.approx([0.5] * 2, abs=0.02)
        assert place.min() == pytest.approx(0.3, abs=0.03)
        assert place.max() == pytest.approx(0.7, abs=0.03)
