"""CropMix: one crop a band of areas, and the paper's fold of them, written out plainly."""

import numpy as np
import pytest
import torch

from mixcore import Batch, method
from mixcore.rng import make_streams
from mixcore.warps.views import View


def images(b=6, c=3, h=24, w=24):
    return torch.rand(b, c, h, w, generator=torch.Generator().manual_seed(1))


def crops(plan):
    """Of each sample, its crops as (b, k, 4) in the order in which they are mixed."""
    boxes = [[dict(chain)["crop"] for chain in view.chains] for view in plan.warps]
    return np.array(boxes).transpose(1, 0, 2)


def areas(plan):
    box = crops(plan)
    return (box[..., 1] - box[..., 0]) * (box[..., 3] - box[..., 2])


@pytest.mark.parametrize("smallest", [0.01, 0.3, 0.5])
@pytest.mark.parametrize("n", [2, 3, 4])
def test_there_is_one_crop_in_each_band_of_areas(n, smallest):
    plan = method("cropmix", crops=str(n), smallest=smallest).plan(Batch(images(600, 1)), 0)
    share = areas(plan)
    assert share.shape == (600, n)
    ordered = np.sort(share, 1)
    edges = smallest + (1 - smallest) / n * np.arange(n + 1)
    assert (ordered >= edges[:-1] - 1e-9).mean() > 0.97  # where none of ten tries fits, it is cut
    assert (ordered <= edges[1:] + 1e-9).all()
    first = np.bincount(share.argmin(1), minlength=n) / 600
    assert first == pytest.approx([1, 0] if n == 2 else [1 / n] * n, abs=0.07)


@pytest.mark.parametrize(("h", "w"), [(24, 24), (16, 48), (48, 16)])
def test_crops_have_sides_from_3_to_4_up_to_4_to_3(h, w):
    plan = method("cropmix", crops="4").plan(Batch(images(500, 1, h, w)), 0)
    box = crops(plan)
    ratio = (box[..., 3] - box[..., 2]) * w / ((box[..., 1] - box[..., 0]) * h)
    assert box.min() >= 0
    assert box.max() <= 1 + 1e-12
    small = areas(plan) < 0.25
    assert (np.abs(np.log(ratio[small])) <= np.log(4 / 3) + 1e-9).all()
    assert np.log(ratio[small]).mean() == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("permute", [False, True])
@pytest.mark.parametrize("operation", ["mix", "cut"])
@pytest.mark.parametrize("n", ["2", "3", "4", "random"])
def test_the_mix_is_the_fold_of_the_paper(n, operation, permute):
    """Crops and draws are the method's; the folding is done here on pixels, as the code has it."""
    cropmix = method("cropmix", crops=n, operation=operation, permute=permute)
    x, seed = images(), 11
    mixed = cropmix.plan(Batch(x), seed).apply(x)
    random = make_streams(seed)
    counts = random.stage("count").integers(2, 5, size=6) if n == "random" else np.full(6, int(n))
    boxes = cropmix._crops(Batch(x), counts, random)
    draws = cropmix._folds(Batch(x), counts, random)
    for i in range(6):
        views = [View([(("crop", tuple(b)),)]).piece(x[i], 0, (0, 24, 0, 24)) for b in boxes[i]]
        assert len(views) == counts[i]
        v = views[0]
        for other, (lam, (y0, y1, x0, x1), coin, order) in zip(views[1:], draws[i], strict=False):
            if operation == "mix":
                if permute and lam > 0.5:
                    other = other[order]
                elif permute:
                    v = v[order]
                v = lam * v + (1 - lam) * other
            else:
                below, above = (v, other) if coin else (other, v)
                v = below.clone()
                above = above[order] if permute else above
                v[:, y0:y1, x0:x1] = above[:, y0:y1, x0:x1]
        assert torch.allclose(mixed[i], v, atol=1e-6)


def test_the_number_of_crops_is_drawn_for_every_photo():
    plan = method("cropmix").plan(Batch(images(3000, 1, 2, 2)), 0)
    n = (plan.area > 0).sum(1).bincount(minlength=5)
    assert n.tolist()[2:] == pytest.approx([1000] * 3, rel=0.08)


@pytest.mark.parametrize(("n", "mu"), [(2, 0.4), (3, 0.4), (2, 2.0)])
def test_the_weights_follow_beta_of_mu_over_n(n, mu):
    plan = method("cropmix", crops=str(n), mix_ratio=mu).plan(Batch(images(4000, 1, 2, 2)), 0)
    last = plan.area[:, -1]
    assert float(last.mean()) == pytest.approx(0.5, abs=0.02)
    assert float(last.var()) == pytest.approx(1 / (4 * (2 * mu / n + 1)), rel=0.05)


def test_turning_one_parameter_leaves_the_other_draws():
    batch = Batch(images(20))
    base = method("cropmix", crops="3").plan(batch, 4)
    for turned in ({"mix_ratio": 2.0}, {"permute": True}):
        plan = method("cropmix", crops="3", **turned).plan(batch, 4)
        assert np.array_equal(crops(plan), crops(base))
    cut = method("cropmix", crops="3", operation="cut").plan(batch, 4)
    assert np.allclose(np.sort(areas(cut), 1), np.sort(areas(base), 1))  # painted in another order
    permuted = method("cropmix", crops="3", permute=True).plan(batch, 4)
    assert torch.equal(permuted.area, base.area)


def test_values_may_be_in_any_range_and_one_channel_stays_gray():
    for operation in ("mix", "cut"):
        plan = method("cropmix", operation=operation, permute=True).plan(Batch(images()), 0)
        assert torch.allclose(plan.apply(images() * 4 - 2), plan.apply(images()) * 4 - 2, atol=1e-5)
        gray = images(c=1)
        assert plan.apply(gray).shape == gray.shape
        assert torch.allclose(plan.apply(torch.full_like(gray, 0.3)), torch.tensor(0.3))
