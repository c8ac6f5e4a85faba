"""YOCO: one cut, and the same change drawn once for each half."""

import numpy as np
import pytest
import torch

from mixcore import Batch, PerBatch, Sometimes, method
from mixcore.warps.views import View


def images(b=6, c=3, h=20, w=26):
    return torch.rand(b, c, h, w, generator=torch.Generator().manual_seed(1))


def boxes(plan):
    return plan.share.box.tolist()


@pytest.mark.parametrize(("h", "w"), [(20, 26), (21, 27), (1, 9), (9, 1), (1, 1)])
def test_the_cut_is_at_half_the_height_or_half_the_width(h, w):
    plan = method("yoco").plan(Batch(torch.rand(200, 1, h, w)), 0)
    down = [[0, h, 0, w // 2], [0, h, w // 2, w]]
    across = [[0, h // 2, 0, w], [h // 2, h, 0, w]]
    count = [boxes(plan).count(kind) for kind in (down, across)]
    assert sum(count) == 200 * (2 if down == across else 1)
    assert min(count) > 70  # a fair coin
    assert plan.apply(images(200, 1, h, w)).shape == (200, 1, h, w)


@pytest.mark.parametrize("augmentation", ["random", "flip", "jitter", "rotate", "crop"])
def test_each_half_is_changed_inside_itself(augmentation):
    x = images()
    plan = method("yoco", augmentation=augmentation, strength=0.8).plan(Batch(x), 3)
    mixed = plan.apply(x)
    for i, halves in enumerate(boxes(plan)):
        for view, (y0, y1, x0, x1) in zip(plan.warps, halves, strict=True):
            half = x[i, :, y0:y1, x0:x1]
            alone = View([view.chains[i]]).piece(half, 0, (0, y1 - y0, 0, x1 - x0))
            assert torch.equal(mixed[i, :, y0:y1, x0:x1], alone)
        kinds = [[name for name, _ in view.chains[i]] for view in plan.warps]
        if augmentation in ("jitter", "rotate", "crop"):
            assert kinds[0] == kinds[1]
            assert plan.warps[0].chains[i] != plan.warps[1].chains[i]
    assert torch.equal(plan.target(torch.zeros(6).long(), 2)[:, 0], torch.ones(6))


def test_no_strength_is_no_change():
    x = images()
    for augmentation in ("random", "flip", "jitter", "rotate", "crop"):
        plan = method("yoco", augmentation=augmentation, strength=0.0).plan(Batch(x), 3)
        assert torch.equal(plan.apply(x), x)


@pytest.mark.parametrize("strength", [0.2, 0.5, 1.0])
def test_strength_is_the_odds_of_a_flip(strength):
    plan = method("yoco", augmentation="flip", strength=strength).plan(
        Batch(images(4000, 1, 2, 2)), 0
    )
    flipped = np.array([[bool(chain) for chain in view.chains] for view in plan.warps])
    assert flipped.mean() == pytest.approx(strength, abs=0.02)
    assert (flipped[0] & flipped[1]).mean() == pytest.approx(strength**2, abs=0.02)  # independent


def test_turning_one_parameter_leaves_the_other_draws():
    one, two = (method("yoco", strength=s).plan(Batch(images()), 5) for s in (0.3, 0.9))
    assert boxes(one) == boxes(two)
    weak, strong = (
        method("yoco", augmentation="rotate", strength=s).plan(Batch(images()), 5)
        for s in (0.3, 0.9)
    )
    for a, b in zip(weak.warps[0].chains, strong.warps[0].chains, strict=True):
        assert 3 * a[0][1][0] == pytest.approx(b[0][1][0])


def test_random_takes_each_of_them_alike_often():
    plan = method("yoco").plan(Batch(images(4000, 1, 2, 2)), 0)
    names = [chain[0][0] if chain else "flip" for chain in plan.warps[0].chains]
    counts = [names.count(name) for name in ("flip", "brightness", "rotate", "crop")]
    assert counts == pytest.approx([1000] * 4, rel=0.08)


def test_as_released_one_coin_and_one_change_serve_the_batch():
    x = images()
    plan = PerBatch(method("yoco")).plan(Batch(x), 2)
    assert boxes(plan) == [boxes(plan)[0]] * 6
    assert plan.warps[0] == View([plan.warps[0].chains[0]] * 6, inside=True)
    assert plan.index[:, 0].tolist() == list(range(6))
    some = Sometimes(method("yoco", augmentation="jitter"), 0.5).plan(Batch(x), 2)
    kept = (some.apply(x) == x).flatten(1).all(1)
    assert 0 < int(kept.sum()) < 6


def test_colors_need_0_to_1_but_geometry_does_not():
    normalized = images() * 4 - 2
    method("yoco", augmentation="flip").plan(Batch(normalized), 0).apply(normalized)
    with pytest.raises(ValueError, match=r"brightness needs images in \[0, 1\]"):
        method("yoco", augmentation="jitter").plan(Batch(normalized), 0).apply(normalized)
