"""VisibleMix, our own: the weight by hand, and that it tracks what is really left of scenes."""

import json
import sys

import numpy as np
import pytest
import torch

from mixcore import Batch, method, pictures
from mixcore.data import ASSETS, scenes
from mixcore.registry import find_class

X = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(0))


def maps(*cells):
    """4 x 4 maps, each 1 in one cell and .1 elsewhere."""
    found = torch.full((len(cells), 1, 4, 4), 0.1)
    for one, (row, column) in zip(found, cells, strict=True):
        one[0, row, column] = 1
    return torch.nn.functional.interpolate(found, (16, 16), mode="nearest")


def planned(known, box, **options):
    batch = Batch(X, evidence=known, given={"index": [1, 0], "box": box})
    return method("visiblemix", **options).plan(batch, 0)


def test_the_weight_by_hand():
    """The box covers the top left quarter: A loses its cell there, and gains nothing by area."""
    attention = maps((0, 0), (3, 3))
    box = (0, 8, 0, 8)
    stands_out = planned({"attention": attention}, box)
    # A's one cell is covered, B's is not taken: nothing of either is in sight, so area it is.
    assert stands_out.w_a.tolist() == pytest.approx([0.75, 0.5], abs=1e-6)
    raw = planned({"attention": attention}, box, minus_mean=False)
    lost, brought = 1.3 / 2.5, 0.4 / 2.5
    assert float(raw.w_a[0]) == pytest.approx((1 - lost) / (1 - lost + brought), abs=1e-6)
    assert float(raw.w_a[1]) == pytest.approx((1 - brought) / (1 - brought + lost), abs=1e-6)
    assert torch.allclose(raw.w_a + raw.w_b, torch.ones(2, dtype=torch.float64))


def test_times_cam_is_the_geometric_mean():
    attention, cam = maps((0, 0), (3, 3)), maps((0, 1), (3, 3))
    both = planned(
        {"attention": attention, "cam": cam}, (0, 8, 0, 4), evidence="attention x CAM",
        minus_mean=False,
    )  # fmt: skip
    a = (attention[0] * cam[0]).sqrt()
    b = (attention[1] * cam[1]).sqrt()
    s_a, s_b = 1 - a[:, :8, :4].sum() / a.sum(), b[:, :8, :4].sum() / b.sum()
    assert float(both.w_a[0]) == pytest.approx(float(s_a / (s_a + s_b)), abs=1e-5)
    with pytest.raises(ValueError, match="needs evidence 'cam' of the clean images"):
        planned({"attention": attention}, (0, 8, 0, 4), evidence="attention x CAM")


def test_with_exact_masks_it_is_the_truth_that_area_misses():
    made = [scenes.make(seed, 64) for seed in range(40)]
    alpha = torch.from_numpy(np.stack([scene.alpha for scene in made])[:, None])
    x = pictures.to_tensor(*(scene.image for scene in made))
    batch = Batch(x, evidence={"attention": alpha})
    plan = method("visiblemix", minus_mean=False).plan(batch, 2)
    mask = plan.mask().double()
    own = alpha.double() / alpha.double().sum((1, 2, 3), keepdim=True)
    s_a = (own * mask).sum((1, 2, 3))
    s_b = (own[plan.index] * (1 - mask)).sum((1, 2, 3))
    seen = s_a + s_b > 0.01
    truth = s_a / (s_a + s_b)
    assert torch.allclose(plan.w_a[seen], truth[seen], atol=1e-4)
    assert float((plan.area - truth)[seen].abs().mean()) > 0.1


def test_the_numbers_it_tells_are_those_of_the_report():
    report = json.loads((ASSETS / "evidence/report.json").read_text())
    said = find_class("visiblemix").info.says
    for sentence, data in zip(said, ("composites", "real"), strict=True):
        weights = report[data]["weights"]
        assert f"{weights['n']:,} pairs" in sentence
        for label in ("clean late attention, minus mean", "clean late x CAM, true class", "area"):
            error = f"{weights['labels'][label]['mae']['value']:.3f}".removeprefix("0")
            assert error in sentence
            assert error in sys.modules["mixcore.methods.visiblemix"].__doc__
