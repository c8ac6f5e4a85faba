"""Where a peer is wrong: what it does, on values, and that ours does not.

Bugs of peers that have no package here are in test_bugs, as faults put into ours.
"""

import numpy as np
import pytest
import torch

import peers
from mixcore import Batch, Seen, method
from mixcore.evidence.map import Evidence

SQUARE, TALL, WIDE = (32, 32), (40, 28), (28, 40)


def white_on_black(size):
    """Six images, white and black by turns."""
    x = torch.zeros(6, 1, *size)
    x[::2] = 1
    return x


def off(x, mixed, index, w_a):
    """How far the brightness of mixed white and black images is from what the labels say."""
    white = x[:, 0, 0, 0].double()
    worth = w_a * white + (1 - w_a) * white[index]
    return float((mixed.double().mean((1, 2, 3)) - worth).abs().max())


def ours_off(key, size, **options):
    """The same for ours, the worst of some seeds."""
    x = white_on_black(size)
    plans = [method(key, **options).plan(Batch(x), seed) for seed in range(20)]
    return max(off(x, plan.apply(x), plan.index, plan.w_a) for plan in plans)


def theirs(name, size, seeds=20, **options):
    """openmixup's mixes of white and black images, one a seed."""
    x = white_on_black(size)
    options = {**peers.RELEASED.get(name, {}), **options}
    return x, [peers.openmixup(name, x, seed, **options) for seed in range(seeds)]


@pytest.mark.parametrize("name", ["mixup", "cutmix", "resizemix", "gridmix"])
def test_openmixup_labels_what_is_seen(name):
    """The measure itself: on square frames most of its functions are right."""
    x, mixes = theirs(name, SQUARE)
    assert max(off(x, m.x, m.index, m.lam) for m in mixes) < 1e-5


def test_openmixup_smoothmix_labels_are_inverted():
    """It returns the mean of the bump, which is B's share, where A's weight is read."""
    x, mixes = theirs("smoothmix", SQUARE)
    assert max(off(x, m.x, m.index, m.lam) for m in mixes) > 0.3
    assert max(off(x, m.x, m.index, 1 - m.lam) for m in mixes) < 1e-5
    assert ours_off("smoothmix", SQUARE) < 1e-5


def test_openmixup_smoothmix_ignores_alpha_and_lam():
    x = torch.rand(6, 1, *SQUARE)
    plain = peers.openmixup("smoothmix", x)
    for options in ({"lam": 0.0}, {"lam": 1.0}, {"lam": 0.5, "alpha": 9.0}):
        other = peers.openmixup("smoothmix", x, **options)
        assert torch.equal(other.x, plain.x)
        assert other.lam == plain.lam
    plan = method("smoothmix").plan(Batch(x, given={"lam": 1.0}), 0)
    assert torch.equal(plan.apply(x), x)


def test_openmixup_smoothmix_needs_a_square_frame():
    with pytest.raises(RuntimeError, match="size of tensor"):
        peers.openmixup("smoothmix", white_on_black(TALL))
    assert ours_off("smoothmix", TALL) < 1e-5


def test_openmixup_resizemix_mask_is_transposed():
    """The mask is right only where the box lies on the diagonal."""
    x, mixes = theirs("resizemix", SQUARE, return_mask=True)
    apart = [(m.x != x)[::2].any(1) != m.mask[::2, 0].bool() for m in mixes if _crossed(m)]
    mended = [(m.x != x)[::2].any(1) != m.mask.mT[::2, 0].bool() for m in mixes if _crossed(m)]
    assert sum(bool(a.any()) for a in apart) > 0.8 * len(apart)
    assert not any(bool(m.any()) for m in mended)
    plan = method("resizemix").plan(Batch(x, given={"index": [1, 0, 3, 2, 5, 4]}), 3)
    assert torch.equal(plan.apply(x) != x, plan.mask() == 0)


def _crossed(mix):
    """Whether every white image has a black partner, so that all pasted pixels show."""
    return all(j % 2 for j in mix.index[::2])


def test_openmixup_resizemix_takes_height_for_width():
    """Where h != w, boxes stay in the square at the corner, or the paste does not fit."""
    reached, failed = torch.zeros(TALL, dtype=torch.bool), 0
    for seed in range(60):
        x = torch.arange(6.0).view(-1, 1, 1, 1).expand(-1, 1, *TALL)
        try:
            mixed = peers.openmixup("resizemix", x, seed).x
        except RuntimeError:
            failed += 1
        else:
            reached |= (mixed != x).any(0)[0]
    assert failed > 5
    assert not reached[TALL[1] :].any()
    many = method("resizemix").plan(Batch(torch.zeros(200, 1, *TALL)), 0)
    assert (many.mask() == 0).any(0)[0].all()


@pytest.mark.parametrize("size", [TALL, WIDE])
def test_openmixup_gridmix_takes_height_for_width(size):
    """It draws the cut in a frame of w by h pixels, so one end of ours never sees a hole."""
    h, w = size
    small = {"cut_area_ratio": (0.3, 0.6), "cut_aspect_ratio": 1.0, "return_mask": True}
    _, mixes = theirs("gridmix", size, seeds=60, **small)
    reached = torch.stack([m.mask[0, 0].bool() for m in mixes]).any(0)
    beyond, within = (reached[w:], reached[:w]) if h > w else (reached[:, h:], reached[:, :h])
    assert not beyond.any()
    assert within.float().mean() > 0.9
    assert ours_off("gridmix", size) < 1e-5
    many = method("gridmix").plan(Batch(torch.zeros(300, 1, *size)), 0)
    assert (many.mask() == 0).any(0)[0].float().mean() > 0.99


def test_openmixup_gridmix_is_never_pure():
    """At lam 1 every patch still has a hole of a pixel."""
    x = torch.rand(6, 1, *SQUARE)
    peer = peers.openmixup("gridmix", x, 0, lam=1.0, return_mask=True, **peers.RELEASED["gridmix"])
    assert peer.mask.sum() > 0
    plan = method("gridmix").plan(Batch(x, given={"lam": 1.0}), 0)
    assert torch.equal(plan.apply(x), x)


def test_openmixup_fmix_labels_a_fixed_lam_that_it_did_not_mask_with():
    """Asked for a lam, it draws another for the mask, and may label with the one asked for."""
    x, mixes = theirs("fmix", SQUARE, lam=0.2, return_mask=True)
    gaps = [abs(m.lam - float(m.mask.mean())) for m in mixes]
    assert max(gaps) > 0.4
    assert not all(m.lam == pytest.approx(0.2) for m in mixes)
    plan = method("fmix").plan(Batch(x, given={"lam": 0.2}), 0)
    assert plan.mask().mean().item() == pytest.approx(0.2, abs=1e-3)


def test_openmixup_fmix_reformulated_still_mixes_the_label():
    """The reformulation draws lam ~ Beta(alpha + 1, alpha) and gives A the whole label. The
    port does the first and not the second, so A is favoured twice."""
    x = torch.zeros(6, 1, 8, 8)
    lam = [
        peers.openmixup("fmix", x, seed, size=(8, 8), reformulate=True).lam for seed in range(300)
    ]
    assert np.mean(lam) == pytest.approx(2 / 3, abs=0.04)
    assert method("fmix", reformulate=True).plan(Batch(x), 0).w_a.tolist() == [1] * 6


def test_released_fmix_knows_one_wave_across():
    """Real and imaginary parts are taken from rows 0 and 1 of the frequency grid instead of its
    last axis, in OpenMixup as in the authors' code: across the frame the field has no wave but the
    longest. The paper's formula and ours have all of them."""
    n = 32
    np.random.seed(0)
    field = peers.module("fmix").make_low_freq_image
    with peers.tamed():
        waves = np.stack([np.abs(np.fft.fft2(field(1.0, (n, n))[0])) for _ in range(20)])
    across = waves.sum((0, 1))[: n // 2 + 1]
    assert across[2:].max() < 1e-9 * across[1]
    down = waves.sum((0, 2))[: n // 2 + 1]
    assert down[2:].min() > 1e-3 * down[1]
    plan = method("fmix", decay=1.0).plan(Batch(torch.zeros(20, 1, n, n)), 0)
    own = plan.region.field().numpy()
    across = np.abs(np.fft.fft2(own)).sum((0, 1))[: n // 2]
    assert across[2:].min() > 1e-3 * across[1]


def attentive(seed, **options):
    """openmixup's attentivemix of six images whose maps are known: the mask, A's share."""
    maps = torch.rand(6, 1, 4, 4, generator=torch.Generator().manual_seed(9))
    options = {"features": maps, "grid_scale": 8, "return_mask": True} | options
    return peers.openmixup("attentivemix", torch.rand(6, 1, *SQUARE), seed, **options)


@pytest.mark.filterwarnings("ignore:.*upsample")
def test_openmixup_attentivemix_swallows_beta_and_grid_size():
    """Its documentation has Beta(alpha, 8) and a grid size; the function knows neither."""
    for seed in range(4):
        plain = attentive(seed, top_k=None, alpha=2.0)
        told = attentive(seed, top_k=None, alpha=2.0, beta=8, grid_size=14)
        assert torch.equal(plain.mask, told.mask)
        assert plain.lam == told.lam
    shares = [attentive(seed, top_k=None, alpha=2.0).lam for seed in range(200)]
    assert np.mean(shares) == pytest.approx(0.5, abs=0.06)  # Beta(2, 8) has mean 0.2


def test_openmixup_saliencymix_sees_one_image_of_the_batch(monkeypatch):
    """One peak, that of the first partner, places the box in all mixes."""
    looked = []

    class Detector:
        def computeSaliency(self, image):
            looked.append(image.copy())
            return True, image.mean(2)

    monkeypatch.setattr(peers.module("saliencymix"), "StaticSaliencyFineGrained_create", Detector)
    x = torch.rand(6, 3, *SQUARE, generator=torch.Generator().manual_seed(0))
    mix = peers.openmixup("saliencymix", x, 1, return_mask=True)
    assert len(looked) == 1
    assert np.array_equal(looked[0], x[mix.index[0]].permute(1, 2, 0).numpy())
    assert (mix.mask == mix.mask[:1]).all()
    batch = Batch(x, evidence={"saliency": x.mean(1, keepdim=True)}, given={"lam": 0.8})
    ours = method("saliencymix").plan(batch, 1).mask()
    assert len(ours.flatten(1).unique(dim=0)) == 6


def test_openmixup_transmix_gives_each_gpu_the_weights_the_wrong_way_round(monkeypatch):
    """All of the attention on A's half: on one GPU A gets the label, on several B does."""
    x, attn = torch.rand(4, 3, *SQUARE), torch.zeros(4, 1, 17, 17)
    mask = torch.zeros(4, 1, *SQUARE)
    mask[..., :16, :] = 1  # 1 is B's
    attn[:, :, 0, 1 + 8 :] = 1 / 8
    own = {"attn": attn, "patch_shape": (4, 4), "mask": mask, "lam": 0.5, "ratio": 0.0}
    peer = peers.module("transmix")
    shuffled = lambda x, **_: (x, torch.arange(4), torch.arange(4))  # noqa: E731
    monkeypatch.setattr(peer, "batch_shuffle_ddp", shuffled)
    with peers.tamed():
        alone = peer.transmix(x.clone(), torch.arange(4), **own)[1][2]
        several = peer.transmix(x.clone(), torch.arange(4), dist_mode=True, **own)[1][2]
    assert alone.tolist() == [1] * 4
    assert several.tolist() == [0] * 4
    plan = method("transmix", blend=1.0).plan(Batch(x, given={"box": (0, 16, 0, 32)}), 0)
    seen = Seen(Evidence(attn[:, :, 0, 1:].view(4, 1, 4, 4), "A's half"))
    assert method("transmix", blend=1.0).reweigh(plan, seen).w_a.tolist() == [1] * 4
