"""Six methods in two readings: whose label is mixed, and how much of a lesion each leaves."""

import numpy as np
import pytest
import torch

import mixcore
from mixcore.batch import Batch
from mixcore.data.lesions import make_lesions
from mixcore.mixers.larger_label import LargerLabel
from mixcore.mixers.self_mixes import (
    FLAT,
    LABEL_MIXED,
    PUBLISHED,
    READINGS,
    PasteOwnCrop,
    TwoMixes,
    is_label_mixed,
    make_recipe,
    measure_left,
)
from mixcore.regions.partition import Tiles, Weights
from mixcore.self_mix import plan_views
from mixcore.warps.views import View

ARMS = [(method, reading) for reading in READINGS for method in PUBLISHED]


def batch(n=12, channels=1):
    found = make_lesions(n, 1, side=32)
    x = torch.from_numpy(found.images)[:, None].float().repeat(1, channels, 1, 1) / 255
    masks = torch.from_numpy(found.masks)[:, None]
    return Batch(x, torch.from_numpy(found.labels), evidence={"cam": masks.float()}), masks


@pytest.mark.parametrize(("method", "reading"), ARMS)
def test_labels_are_mixed_where_it_is_said(method, reading):
    """The provenance that is declared is what plans and targets do."""
    clean, _ = batch()
    plan = make_recipe(method, reading).plan(clean, rng=0)
    mixed = (method, reading) in LABEL_MIXED
    assert is_label_mixed(plan) == mixed
    target = plan.target(clean.y, 4)
    whole = torch.nn.functional.one_hot(clean.y, 4).float()
    assert bool(torch.allclose(target, whole)) != mixed
    if reading == "released":
        assert not mixed


@pytest.mark.parametrize("method", PUBLISHED)
@pytest.mark.parametrize("channels", [1, 3])
def test_released_mixes_repeat_and_stay_pictures(method, channels):
    clean, _ = batch(channels=channels)
    recipe = make_recipe(method, "released")
    before = clean.x.clone()
    one, again, other = (recipe.plan(clean, rng=rng).apply(clean.x) for rng in (3, 3, 4))
    assert torch.equal(one, again)
    assert not torch.equal(one, other)
    assert torch.equal(clean.x, before)
    assert one.shape == clean.x.shape
    assert float(one.min()) >= -1e-5
    assert float(one.max()) <= 1 + 1e-5
    rows, plan = np.array([4, 1]), recipe.plan(clean, rng=3)
    own = np.arange(2)[:, None].repeat(plan.index.shape[1], 1)
    assert torch.allclose(plan.rows(rows, own).apply(clean.x[rows]), one[rows], atol=1e-6)


@pytest.mark.parametrize(("method", "reading"), ARMS)
def test_what_is_left_is_a_share_of_the_lesion(method, reading):
    clean, masks = batch()
    plan = make_recipe(method, reading).plan(clean, rng=2)
    left = measure_left(plan, masks)
    has = masks.flatten(1).any(1).numpy()
    assert np.isnan(left[~has]).all()
    assert ((left[has] >= 0) & (left[has] <= 1)).all()
    np.testing.assert_allclose(measure_left(plan, masks, [5, 0]), left[[5, 0]])


def test_what_is_left_is_counted_by_hand():
    mask = torch.zeros(1, 1, 8, 8, dtype=torch.bool)
    mask[0, 0, 2:4, 2:4] = True
    clean = Batch(torch.rand(1, 1, 8, 8), torch.tensor([1]))

    def left(share, *views):
        plan = plan_views(clean, share, [chain and View([chain]) for chain in views])
        return measure_left(plan, mask)[0]

    boxes = np.array([[[0, 8, 0, 8], [0, 8, 3, 8]]])  # half of the lesion is pasted over
    away, back = (("translate", (0.0, 0.5)),), (("translate", (0.0, 0.001)),)
    assert left(Tiles(boxes, (8, 8)), None, away) == pytest.approx(1)  # and the rest is there twice
    assert left(Tiles(boxes, (8, 8)), None, (("translate", (0.5, 0.5)),)) == pytest.approx(1)
    assert left(Tiles(boxes, (8, 8)), None, (FLAT,)) == pytest.approx(0.5)
    half = Weights(np.array([[0.3, 0.7]]), (8, 8))
    assert left(half, None, (FLAT,)) == pytest.approx(0.3)
    assert left(half, None, back) == pytest.approx(1)
    assert left(half, None, (("crop", (0.375, 1.0, 0.0, 1.0)),)) == pytest.approx(0.3 + 0.7 / 2)


def test_a_crop_of_the_picture_is_pasted_whole():
    clean, _ = batch()
    plan = PasteOwnCrop(0.4, 0.4).plan(clean, rng=1)
    mixed = plan.apply(clean.x)
    for i, (y0, y1, x0, x1) in enumerate(plan.share.box[:, 1].tolist()):
        windows = clean.x[i, 0].unfold(0, y1 - y0, 1).unfold(1, x1 - x0, 1)
        assert (windows == mixed[i, 0, y0:y1, x0:x1]).all(3).all(2).any()


def test_augmix_is_applied_to_its_own_mix():
    clean, masks = batch()
    plan = make_recipe("AugMix", "released").plan(clean, rng=0)
    assert isinstance(plan, TwoMixes)
    assert torch.equal(
        plan.apply(clean.x), plan.second.apply(plan.first.apply(clean.x).clamp(0, 1))
    )
    assert plan.at(64, 64).apply(torch.rand(12, 1, 64, 64)).shape == (12, 1, 64, 64)
    assert np.nanmin(measure_left(plan, masks)) > 0.3


def test_a_larger_label_is_whole_and_its_pictures_are_the_recipes():
    clean, _ = batch()
    own = mixcore.method("mixup")
    plan, same = (recipe.plan(clean, rng=5) for recipe in (LargerLabel(own), own))
    assert torch.equal(plan.apply(clean.x), same.apply(clean.x))
    assert set(plan.target(clean.y, 4).unique().tolist()) == {0, 1}
    assert torch.equal(plan.w_a == 1, same.area >= 0.5)
    with pytest.raises(TypeError, match="mix two pictures"):
        LargerLabel(mixcore.method("yoco")).plan(clean, rng=0)


def test_what_is_not_known_is_named():
    with pytest.raises(ValueError, match="reading must be one of published, released"):
        make_recipe("MixUp", "paper")
    with pytest.raises(ValueError, match="method must be one of MixUp"):
        make_recipe("mixup", "released")
    clean, masks = batch()
    with pytest.raises(ValueError, match="12 mixes, but there are 3 masks"):
        measure_left(make_recipe("YOCO", "released").plan(clean, 0), masks[:3])
