"""Parity by value with torchvision and timm: same partners, lam and box, never the same seed."""

from types import SimpleNamespace

import numpy as np
import pytest
import timm.data.mixup as timm_mixup
import torch
from torchvision.transforms import v2

from mixcore import Batch, Paired, PerBatch, method
from mixcore.rng import Streams

X = torch.rand(6, 3, 40, 31, generator=torch.Generator().manual_seed(1))
Y = torch.tensor([0, 1, 2, 3, 4, 1])
K = 5


@pytest.mark.parametrize("seed", range(5))
def test_torchvision_mixup(seed):
    torch.manual_seed(seed)
    peer = v2.MixUp(num_classes=K, alpha=0.7)
    lam = peer.make_params([X])["lam"]
    torch.manual_seed(seed)
    mixed, target = peer(X, Y)
    plan = method("mixup").plan(Batch(X, Y, given={"index": np.roll(range(6), 1), "lam": lam}), 0)
    assert torch.allclose(plan.apply(X), mixed, atol=1e-6)
    assert torch.allclose(plan.target(Y, K), target, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_torchvision_cutmix(seed):
    torch.manual_seed(seed)
    peer = v2.CutMix(num_classes=K)
    x0, y0, x1, y1 = (int(v) for v in peer.make_params([X])["box"])
    torch.manual_seed(seed)
    mixed, target = peer(X, Y)
    given = {"index": np.roll(range(6), 1), "box": (y0, y1, x0, x1)}
    plan = method("cutmix").plan(Batch(X, Y, given=given), 0)
    assert torch.equal(plan.apply(X), mixed)
    assert torch.allclose(plan.target(Y, K), target, atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("lam", [0.0, 0.3, 1.0])
def test_timm_mixup(monkeypatch, lam, smoothing):
    peer = timm_mixup.Mixup(mixup_alpha=1.0, num_classes=K, label_smoothing=smoothing)
    monkeypatch.setattr(peer, "_params_per_batch", lambda: (lam, False))
    mixed, target = peer(X.clone(), Y)
    plan = method("mixup").plan(Batch(X, Y, given={"index": range(5, -1, -1), "lam": lam}), 0)
    assert torch.allclose(plan.apply(X), mixed, atol=1e-6)
    assert torch.allclose(plan.target(Y, K, smoothing), target, atol=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_timm_cutmix(monkeypatch, seed):
    seen = []
    draw = timm_mixup.rand_bbox
    monkeypatch.setattr(
        timm_mixup, "rand_bbox", lambda *a, **k: seen.append(draw(*a, **k)) or seen[-1]
    )
    peer = timm_mixup.Mixup(mixup_alpha=0.0, cutmix_alpha=1.0, num_classes=K, label_smoothing=0.1)
    np.random.seed(seed)  # timm draws from numpy's global generator
    mixed, target = peer(X.clone(), Y)
    plan = method("cutmix").plan(Batch(X, Y, given={"index": range(5, -1, -1), "box": seen[0]}), 0)
    assert torch.equal(plan.apply(X), mixed)
    assert torch.allclose(plan.target(Y, K, 0.1), target, atol=1e-6)


def test_the_same_lam_and_center_give_torchvisions_box(monkeypatch):
    """torchvision halves the side before rounding, we after, as the original: the same box.

    Recent timm keeps the middle pixel of an odd side, so its box may be a row or column larger.
    """
    for seed in range(60):
        plan = method("cutmix").plan(Batch(X), seed)
        lam = float(plan.lam[0])
        cy, cx = (Streams(seed).stage("place").random((6, 2))[0] * X.shape[-2:]).astype(int)
        draws = iter([torch.tensor([cx]), torch.tensor([cy])])
        peer = v2.CutMix(num_classes=K)
        with monkeypatch.context() as patch:
            patch.setattr(peer, "_dist", SimpleNamespace(sample=lambda shape, lam=lam: lam))
            patch.setattr(torch, "randint", lambda *a, draws=draws, **k: next(draws))
            x0, y0, x1, y1 = peer.make_params([X])["box"]
        assert plan.region.box[0].tolist() == [y0, y1, x0, x1]
        center = iter([cy, cx])
        with monkeypatch.context() as patch:
            patch.setattr(np.random, "randint", lambda *a, center=center, **k: next(center))
            t0, t1, u0, u1 = timm_mixup.rand_bbox(X.shape, lam)
        assert (t0, u0) == (y0, x0)
        assert t1 - y1 in (0, 1)
        assert u1 - x1 in (0, 1)


def test_timm_elem_is_our_default():
    """timm's per-sample mode draws a lam and a box for each sample; so do we, unasked."""
    plan = method("cutmix").plan(Batch(X, Y), 3)
    assert len(set(plan.lam.tolist())) == 6
    assert len({tuple(b) for b in plan.region.box.tolist()}) == 6


@pytest.mark.parametrize("switch", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("mode", ["elem", "pair"])
def test_timm_elem_and_pair(monkeypatch, mode, switch):
    """Every sample, or every pair, has its own lam or box; prob leaves some of them alone."""
    peer = timm_mixup.Mixup(
        mixup_alpha=0.8, cutmix_alpha=1.0, prob=0.7, switch_prob=switch, mode=mode,
        num_classes=K, label_smoothing=0.1,
    )  # fmt: skip
    n = len(X) if mode == "elem" else len(X) // 2
    index = np.arange(len(X))[::-1]
    for seed in range(4):
        np.random.seed(seed)  # timm draws from numpy's global generator
        lam, cut = peer._params_per_elem(n)
        box = np.zeros((n, 4), int)
        cuts = iter(np.flatnonzero(cut & (lam < 1)))
        with monkeypatch.context() as patch:
            patch.setattr(peer, "_params_per_elem", lambda n, lam=lam, cut=cut: (lam.copy(), cut))
            patch.setattr(timm_mixup, "cutmix_bbox_and_lam", _recording(box, cuts))
            mixed, target = peer(X.clone(), Y)
        lam, cut, box = (np.concatenate([v, v[: len(X) - n][::-1]]) for v in (lam, cut, box))
        blend = method("mixup").plan(Batch(X, Y, given={"index": index, "lam": lam}), 0)
        paste = method("cutmix").plan(Batch(X, Y, given={"index": index, "box": box}), 0)
        pasted = torch.from_numpy(cut)
        ours = torch.where(pasted[:, None, None, None], paste.apply(X), blend.apply(X))
        label = torch.where(pasted[:, None], paste.target(Y, K, 0.1), blend.target(Y, K, 0.1))
        assert torch.allclose(mixed, ours, atol=1e-6)
        assert torch.allclose(target, label, atol=1e-6)


def _recording(box, rows, draw=timm_mixup.cutmix_bbox_and_lam):
    """timm's draw of a box, which also writes it into the next of the rows of box."""

    def recorded(*args, **kwargs):
        found = draw(*args, **kwargs)
        box[next(rows)] = found[0]
        return found

    return recorded


@pytest.mark.parametrize("mode", ["batch", "pair", "elem"])
def test_timm_refuses_an_odd_batch_and_we_do_not(mode):
    x, y = X[:5], Y[:5]
    peer = timm_mixup.Mixup(mode=mode, num_classes=K)
    with pytest.raises(AssertionError, match="even"):
        peer(x.clone(), y)
    given = {"index": [4, 3, 2, 1, 0], "lam": np.linspace(0, 1, 5)}
    plan = method("mixup").plan(Batch(x, y, given=given), 0)
    lam = plan.lam.float()[:, None]
    assert torch.allclose(plan.apply(x), x.lerp(x.flip(0), 1 - lam[..., None, None]), atol=1e-6)
    one_hot = torch.eye(K)[y]
    assert torch.allclose(plan.target(y, K), lam * one_hot + (1 - lam) * one_hot.flip(0))


def test_peers_write_over_their_input_or_share_one_lam_and_we_do_not():
    x, y = X.clone(), torch.arange(6)
    _, target = v2.MixUp(num_classes=6)(x, y)
    assert len(target.amax(1).unique()) == 1
    timm_mixup.Mixup(num_classes=6)(x, y)
    assert not torch.equal(x, X)
    plan = method("mixup").plan(Batch(X, y), 0)
    kept = X.clone()
    plan.apply(X)
    assert torch.equal(X, kept)
    assert len(plan.w_a.unique()) == 6
    shared = PerBatch(method("mixup")).plan(Batch(X, y), 0)
    assert len(shared.w_a.unique()) == 1


@pytest.mark.parametrize("cutmix", [True, False])
def test_the_deit_recipe_is_timms_switch(monkeypatch, cutmix):
    """The same coin, lam and box for the batch, and the batch paired with its own reverse."""
    peer = timm_mixup.Mixup(0.8, 1.0, switch_prob=0.5, num_classes=K, label_smoothing=0.1)
    recipe = Paired(PerBatch(method("deit", switch=float(cutmix))), "flip")
    plan = recipe.plan(Batch(X, Y), 4)
    lam = float(plan.lam[0])
    box = plan.region.plans[1].region.box[0].tolist()
    monkeypatch.setattr(peer, "_params_per_batch", lambda: (lam, cutmix))
    monkeypatch.setattr(timm_mixup, "rand_bbox", lambda *a, **k: box)
    mixed, target = peer(X.clone(), Y)
    assert torch.allclose(plan.apply(X), mixed, atol=1e-6)
    assert torch.allclose(plan.target(Y, K, 0.1), target, atol=1e-6)
