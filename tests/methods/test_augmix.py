"""AugMix: its sum, its laws of chance, its operations, and independent mixes for its loss."""

from collections import Counter

import numpy as np
import pytest
import torch

from mixcore import Batch, method
from mixcore.warps.views import View


def images(b=6, c=3, h=24, w=20):
    return torch.rand(b, c, h, w, generator=torch.Generator().manual_seed(1))


def plan_of(b=6, seed=0, **parameters):
    return method("augmix", **parameters).plan(Batch(images(b, 1, 2, 2)), seed)


def test_the_mix_is_the_clean_photo_and_the_weighted_chains():
    x = images()
    plan = method("augmix").plan(Batch(x), 4)
    frame = (0, 24, 0, 20)
    for i, weights in enumerate(plan.area):
        chains = [view.piece(x[i], i, frame) for view in plan.warps[1:]]
        assert plan.warps[0] is None
        expected = weights[0] * x[i].double()
        expected += sum(w * c.double() for w, c in zip(weights[1:], chains, strict=True))
        assert torch.allclose(plan.apply(x)[i].double(), expected, atol=1e-6)
    assert torch.equal(plan.target(torch.ones(6).long(), 3)[:, 1], torch.ones(6))


@pytest.mark.parametrize(("alpha", "k"), [(1.0, 3), (0.3, 3), (2.0, 5)])
def test_weights_follow_their_laws(alpha, k):
    area = plan_of(6000, alpha=alpha, chains=k).area.numpy()
    m = 1 - area[:, 0]
    assert m.mean() == pytest.approx(0.5, abs=0.015)
    assert m.var() == pytest.approx(1 / (4 * (2 * alpha + 1)), rel=0.05)
    clear = m > 0.05
    w = area[clear, 1:] / m[clear, None]
    assert w.mean(0) == pytest.approx([1 / k] * k, abs=0.02)
    assert w[:, 0].var() == pytest.approx((k - 1) / (k**2 * (k * alpha + 1)), rel=0.1)
    assert np.corrcoef(m[clear], w[:, 0])[0, 1] == pytest.approx(0, abs=0.05)


def test_chains_are_one_to_depth_long_with_all_operations_alike_often():
    for depth in (1, 3, 5):
        lengths = [len(c) for view in plan_of(3000, depth=depth).warps[1:] for c in view.chains]
        share = np.bincount(lengths, minlength=depth + 1)[1:] / len(lengths)
        assert share == pytest.approx([1 / depth] * depth, abs=0.02)
    for everything, n in ((False, 9), (True, 13)):
        plan = plan_of(4000, all_operations=everything)
        names = Counter(name for view in plan.warps[1:] for c in view.chains for name, _ in c)
        total = sum(names.values())
        twice = ("shear", "translate")  # one across, one down
        share = {name: count / total for name, count in names.items()}
        assert share == pytest.approx({s: (2 if s in twice else 1) / n for s in share}, rel=0.1)
        assert len(share) == n - 2
        assert ("sharpness" in share) == everything


def test_severity_is_how_far_operations_go():
    for severity in (3, 10):
        steps = {}
        for view in plan_of(3000, severity=severity, all_operations=True).warps[1:]:
            for name, values in (step for chain in view.chains for step in chain):
                steps.setdefault(name, []).append(values)
        top = severity / 10
        degrees = np.abs(steps["rotate"])
        assert degrees.max() == pytest.approx(30 * top, abs=1)
        assert (degrees == np.rint(degrees)).all()
        assert np.abs(steps["shear"]).max() == pytest.approx(0.3 * top, rel=0.02)
        assert np.abs(steps["translate"]).max() == pytest.approx(top / 3, rel=0.02)
        assert {b for (b,) in steps["posterize"]} == ({4, 3} if severity == 3 else {4, 3, 2, 1})
        assert np.min(steps["solarize"]) == pytest.approx(1 - top, abs=0.01)
        assert np.max(steps["brightness"]) == pytest.approx(0.1 + 1.8 * top, rel=0.02)
        assert np.sign(steps["rotate"]).mean() == pytest.approx(0, abs=0.1)


def test_turning_one_parameter_leaves_the_other_draws():
    base = plan_of()
    assert plan_of(alpha=0.2).warps == base.warps
    five = plan_of(chains=5)
    assert five.warps[:4] == base.warps
    assert torch.equal(five.area[:, 0], base.area[:, 0])
    for short, long in zip(base.warps[1].chains, plan_of(depth=5).warps[1].chains, strict=True):
        assert list(short) == list(long)[: len(short)]
    for mild, strong in zip(base.warps[1].chains, plan_of(severity=9).warps[1].chains, strict=True):
        assert [name for name, _ in mild] == [name for name, _ in strong]


def test_plans_gives_independent_mixes_of_the_same_photos():
    x = images()
    augmix = method("augmix")
    one, two = augmix.plans(Batch(x), 8, n=2)
    assert not torch.equal(one.apply(x), two.apply(x))
    assert (
        abs(
            np.corrcoef(*(p.area[:, 0] for p in augmix.plans(Batch(images(2000, 1, 2, 2)), 0)))[
                0, 1
            ]
        )
        < 0.07
    )
    again = augmix.plans(Batch(x), 8, n=3)
    assert torch.equal(again[1].apply(x), two.apply(x))


def test_normalized_images_are_refused_before_anything_is_written():
    x = images() * 4 - 2
    kept = x.clone()
    plan = method("augmix").plan(Batch(x), 1)
    with pytest.raises(
        ValueError, match=r"needs images in \[0, 1\], got values from -2 to 2; mix first"
    ):
        plan.apply(x, in_place=True)
    assert torch.equal(x, kept)


def test_a_plan_is_data():
    view = plan_of().warps[1]
    assert eval(repr(view), {"View": View}) == view
