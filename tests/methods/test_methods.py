"""What is particular to one method: the numbers of its card, and its statistics."""

import numpy as np
import pytest
import torch

from mixcore import Batch, method
from mixcore.regions.fourier import make_spectrum


def batch(n, h=32, w=32, **given):
    """A batch whose images take no memory: only its plans are looked at."""
    return Batch(torch.zeros(1, 1, 1, 1).expand(n, 1, h, w), given=given)


@pytest.mark.parametrize(("alpha", "share"), [(1.0, 0.32), (0.2, 0.29)])
def test_cutmix_gives_b_less_than_the_nominal_half(alpha, share):
    """Clipping takes from B: 0.32 of the frame on average at alpha 1, 0.29 at 0.2, never 0.50."""
    plan = method("cutmix", alpha=alpha).plan(batch(20_000, 224, 224), 0)
    assert float(plan.w_b.mean()) == pytest.approx(share, abs=0.01)
    assert float(1 - plan.lam.mean()) == pytest.approx(0.5, abs=0.02)


def test_cutmix_box_by_hand():
    """lam = 0.75 on 40 x 20 asks for sides 20 and 10; an odd side of 9 keeps 8 pixels."""
    plan = method("cutmix").plan(batch(500, 40, 20, lam=0.75), 1)
    box = plan.region.box
    inside = (box[:, 0] > 0) & (box[:, 1] < 40) & (box[:, 2] > 0) & (box[:, 3] < 20)
    assert inside.sum() > 50
    assert set((box[inside, 1] - box[inside, 0]).tolist()) == {20}
    assert set((box[inside, 3] - box[inside, 2]).tolist()) == {10}
    odd = method("cutmix").plan(batch(500, 18, 18, lam=0.75), 1).region.box
    inside = (odd[:, 0] > 0) & (odd[:, 1] < 18)
    assert set((odd[inside, 1] - odd[inside, 0]).tolist()) == {8}
    centers = method("cutmix").plan(batch(20_000, 40, 20, lam=0.97), 2).region.box
    middle = (centers[:, 0] + centers[:, 1]) / 2
    assert np.histogram(middle, 4, (0, 40))[0] == pytest.approx([5000] * 4, rel=0.08)


def test_cutmix_can_label_by_the_drawn_lam_as_the_first_release_did():
    plan = method("cutmix", correct_lam=False).plan(batch(64), 5)
    assert torch.equal(plan.w_a, plan.lam)
    assert (plan.area > plan.lam + 0.02).any()


@pytest.mark.parametrize("key", ["mixup", "cutmix", "fmix", "patchmix", "maskmix"])
def test_lam_varies_less_as_alpha_grows(key):
    spread = [
        float(method(key, alpha=a).plan(batch(4000, 8, 8), 0).lam.var()) for a in (0.2, 1.0, 5.0)
    ]
    expected = [1 / (4 * (2 * a + 1)) for a in (0.2, 1.0, 5.0)]
    assert spread == pytest.approx(expected, rel=0.1)


def test_resizemix_shares():
    """tau ~ U(0.1, 0.8) on the sides: B's mean share is 0.244, 0.174 once the frame has cut."""
    plan = method("resizemix").plan(batch(20_000, 224, 224), 0)
    assert float(1 - plan.lam.mean()) == pytest.approx(0.244, abs=0.005)
    assert float(plan.w_b.mean()) == pytest.approx(0.174, abs=0.005)
    moved = method("resizemix", on_border="shift").plan(batch(20_000, 224, 224), 0)
    assert float(moved.w_b.mean()) == pytest.approx(0.24, abs=0.006)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_resizemix_pastes_all_of_b(mode):
    """B's four quarters are all there, in order, in every box; A keeps what lies outside."""
    a, b = torch.zeros(1, 64, 48), torch.zeros(1, 64, 48)
    b[:, :32, :24], b[:, :32, 24:], b[:, 32:, :24], b[:, 32:, 24:] = 0.25, 0.5, 0.75, 1.0
    x = torch.stack([a, b])
    for seed in range(10):
        plan = method("resizemix", low=0.4, interpolation=mode).plan(
            Batch(x, given={"index": [1, 0]}), seed
        )
        y0, y1, x0, x1 = plan.region.box[0]
        mixed = plan.apply(x)[0, 0]
        high, wide = y1 - y0, x1 - x0
        if min(high, wide) < 6:
            continue
        spots = [(0.2, 0.2), (0.2, 0.8), (0.8, 0.2), (0.8, 0.8)]
        seen = [float(mixed[int(y0 + v * high), int(x0 + h * wide)]) for v, h in spots]
        assert seen == pytest.approx([0.25, 0.5, 0.75, 1.0], abs=0.02)
        assert mixed.sum() == pytest.approx(float(mixed[y0:y1, x0:x1].sum()))


def test_resizemix_with_a_full_box_is_b():
    x = torch.rand(2, 3, 30, 30)
    plan = method("resizemix").plan(Batch(x, given={"index": [1, 0], "box": (0, 30, 0, 30)}), 0)
    assert torch.allclose(plan.apply(x), x.flip(0), atol=1e-6)


def test_resizemix_does_not_shimmer():
    """A checkerboard of single pixels, made small, is grey when bilinear, black or white if not."""
    board = (torch.arange(32)[:, None] + torch.arange(32)) % 2
    x = torch.stack([torch.zeros(1, 32, 32), board[None].float()])
    for mode in ("bilinear", "nearest"):
        plan = method("resizemix", interpolation=mode).plan(
            Batch(x, given={"index": [1, 0], "box": (4, 15, 4, 15)}), 0
        )
        pasted = plan.apply(x)[0, 0, 5:14, 5:14]
        if mode == "bilinear":
            assert (pasted - 0.5).abs().max() < 0.1
        else:
            assert sorted(pasted.unique().tolist()) == [0, 1]


def test_resizemix_nearest_takes_the_pixel_at_the_center():
    ramp = torch.arange(9.0).expand(1, 9, 9)
    x = torch.stack([torch.full_like(ramp, -1), ramp])
    plan = method("resizemix", interpolation="nearest").plan(
        Batch(x, given={"index": [1, 0], "box": (0, 3, 0, 3)}), 0
    )
    assert plan.apply(x)[0, 0, 0, :3].tolist() == [1, 4, 7]


def test_resizemix_range_must_be_in_order():
    with pytest.raises(ValueError, match=r"low must be at most ResizeMix.high, got 0.5 > 0.3"):
        method("resizemix", low=0.5, high=0.3)


def test_fmix_field_is_the_plain_inverse_fourier_transform():
    for h, w, decay in [(17, 24, 1.0), (31, 33, 2.0), (32, 32, 3.0)]:
        region = method("fmix", decay=decay).plan(batch(3, h, w), 4).region
        ky, kx, amplitude = make_spectrum(h, w, decay)
        alone = (kx == 0) | (2 * kx == w)
        for i, field in enumerate(region.field().numpy()):
            full = np.zeros((h, w), complex)
            noise = region.noise[: len(ky), i] @ [1, 1j]
            full[ky, kx] = amplitude * noise * np.where(alone, 2**0.5, 2)
            plain = np.fft.ifft2(full).real
            assert np.corrcoef(field.ravel(), plain.ravel())[0, 1] > 1 - 1e-9


def _edges(mask):
    """Share of pixels that differ from their neighbour, across and down."""
    across, down = mask[:, :, 1:] != mask[:, :, :-1], mask[:, 1:] != mask[:, :-1]
    return np.array([across.mean(), down.mean()])


@pytest.mark.parametrize(
    ("decay", "card"), [(1.0, 0.55), (2.0, 0.17), (3.0, 0.105), (4.0, 0.093), (5.0, 0.090)]
)
def test_fmix_masks_have_the_statistics_of_the_full_formula(decay, card):
    """The paper's formula in full, written out plainly; 400 masks each, and the card's figures."""
    n, size = 1000, 32
    ours = method("fmix", decay=decay).plan(batch(n, size, size, lam=0.5), 0).mask()[:, 0].numpy()
    random = np.random.default_rng(1)
    f = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)[None])
    spectrum_ = random.standard_normal((n, *f.shape, 2)) @ [1, 1j]
    fields = np.fft.ifft2(spectrum_ / np.maximum(f, 1 / size) ** decay).real
    plain = fields > np.median(fields, axis=(1, 2), keepdims=True)
    assert _edges(ours) == pytest.approx(_edges(plain), rel=0.05)
    assert _edges(ours).sum() == pytest.approx(card, rel=0.06)  # the card adds both ways
    # How alike two pixels a given way apart are: the shape of the islands, in both directions.
    for lag in (2, 5, 11):
        for axis in (1, 2):
            alike = [(m == np.roll(m, lag, axis)).mean() for m in (ours, plain)]
            assert alike[0] == pytest.approx(alike[1], abs=0.02)


def test_fmix_keeps_exactly_the_count():
    lam = np.linspace(0, 1, 41)
    plan = method("fmix").plan(batch(41, 31, 33, lam=lam), 6)
    kept = plan.mask().sum((1, 2, 3)).numpy()
    exact = lam * 31 * 33
    assert ((kept == np.floor(exact)) | (kept == np.ceil(exact))).all()
    up = (kept > exact)[(exact % 1 > 0)]
    assert 8 < up.sum() < len(up) - 8  # a fair coin


def test_fmix_is_the_same_picture_at_another_size():
    region = method("fmix").plan(batch(2, 32, 32, lam=0.4), 9)
    small, large = region.mask(), region.mask(128, 128)
    assert (large[:, :, 2::4, 2::4] == small).float().mean() > 0.96


def test_fmix_soft_edge():
    plan = method("fmix", max_soft=0.2).plan(batch(1, 64, 64, lam=0.5), 2)
    mask = plan.mask()
    between = ((mask > 0) & (mask < 1)).float().mean()
    assert float(between) == pytest.approx(0.4, abs=0.01)
    assert float(mask.mean()) == pytest.approx(0.5, abs=1e-3)
    hard = method("fmix").plan(batch(1, 64, 64, lam=0.5), 2).mask()
    assert ((mask > 0.5) == (hard > 0.5)).all()  # the same shape, with a blurred edge


def test_fmix_reformulated_shifts_lam_instead_of_the_label():
    plan = method("fmix", reformulate=True).plan(batch(8000, 2, 2), 0)
    assert plan.w_a.unique().tolist() == [1.0]
    assert float(plan.lam.mean()) == pytest.approx(2 / 3, abs=0.01)  # the mean of Beta(2, 1)


def test_patch_grid_counts_whole_cells():
    plan = method("patchmix", cells=4).plan(batch(200, 32, 32, lam=0.3), 0)
    cells = plan.mask().view(200, 4, 8, 4, 8)
    assert torch.equal(cells.amax((2, 4)), cells.amin((2, 4)))
    assert plan.w_a.unique().tolist() == [5 / 16]
    up = method("maskmix", cells=4, rounding="up").plan(batch(9, 32, 32, lam=0.26), 0)
    assert up.w_a.unique().tolist() == [5 / 16]
    down = method("maskmix", cells=4, rounding="down").plan(batch(9, 32, 32, lam=0.3), 0)
    assert down.w_a.unique().tolist() == [4 / 16]


def test_maskmix_as_released():
    """Rounding up: A's mean share is 0.532 at 4 x 4 cells, never 0, and whole in 6.3 %."""
    maskmix = method("maskmix", cells=4, rounding="up")
    w_a = maskmix.plan(batch(40_000, 8, 8), 0).w_a
    assert float(w_a.mean()) == pytest.approx(0.532, abs=0.004)
    assert float((w_a == 1).double().mean()) == pytest.approx(0.063, abs=0.005)
    assert float(w_a.min()) > 0
    one = method("maskmix", cells=4, rounding="up", shared_share=True).plan(batch(16), 3)
    assert len(one.w_a.unique()) == 1
    assert len(one.mask().flatten(1).unique(dim=0)) > 8


def test_patch_grid_labels_by_pixels_where_the_frame_cuts_cells():
    plan = method("patchmix", cells=4).plan(batch(50, 30, 27, lam=0.5), 0)
    assert torch.allclose(plan.w_a, plan.mask().double().mean((1, 2, 3)))
    assert len(plan.w_a.unique()) > 5
