"""What can still be seen: exact numbers by hand, through masks, blends, warps and other images."""

import numpy as np
import pytest
import torch

import mixcore
from mixcore import Batch
from mixcore.evidence import Evidence
from mixcore.evidence.visibility import (
    count_visible_pixels,
    label_weight,
    mismatch,
    visible_masks,
    visible_share,
)


def planned(key, b=2, side=32, given=None, **params):
    x = torch.rand(b, 3, side, side, generator=torch.Generator().manual_seed(0))
    info = type(mixcore.method(key)).info
    index = {"index": [*range(1, b), 0]} if "index" in info.given else {}
    return mixcore.method(key, **params).plan(Batch(x, given=index | (given or {})), rng=3)


def quarter(b=2, side=32):
    """All evidence in the top left quarter of each picture."""
    values = torch.zeros(b, 1, side, side)
    values[..., : side // 2, : side // 2] = 1
    return Evidence(values, "quarter")


def even(b=2, side=8):
    return Evidence(torch.ones(b, 1, side, side), "even")


def test_a_box_covers_a_and_shows_b():
    plan = planned("cutmix", given={"box": (0, 16, 0, 8)})
    assert visible_share(plan, quarter())[0].tolist() == pytest.approx([0.5, 0.5])
    assert label_weight(plan, quarter())[0].tolist() == pytest.approx([0.5, 0.5])
    assert float(mismatch(plan, quarter())[0]) == pytest.approx(0.875 - 0.5)
    hidden = planned("cutmix", given={"box": (0, 16, 0, 16)})
    assert label_weight(hidden, quarter())[0].tolist() == pytest.approx([0, 1])


def test_even_evidence_is_area():
    for key in ("cutmix", "fmix", "gridmix", "smoothmix", "mixup"):
        plan = planned(key)
        area = plan.area.numpy()
        assert visible_share(plan, even()).numpy() == pytest.approx(
            np.stack([area, 1 - area], 1), abs=1e-5
        )
        assert mismatch(plan, even()).numpy() == pytest.approx(abs(plan.w_a - plan.area), abs=1e-5)


def test_a_blend_shows_lam_of_everything():
    plan = planned("mixup", given={"lam": 0.3})
    assert visible_share(plan, quarter())[0].tolist() == pytest.approx([0.3, 0.7])
    assert float(mismatch(plan, quarter())[0]) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_resizing_shows_all_of_b(mode):
    params = {"interpolation": mode} if _has("resizemix", "interpolation") else {}
    plan = planned("resizemix", given={"box": (0, 16, 0, 16)}, **params)
    assert visible_share(plan, quarter())[0].tolist() == pytest.approx([0, 1])
    # 16 x 16 pixels of B's quarter are 8 x 8 in the mix.
    assert count_visible_pixels(plan, quarter().values)[0].tolist() == pytest.approx([0, 64], abs=1)


def _has(key, name):
    return name in [param.name for param in mixcore.method(key).params()]


def test_tiles_show_all_that_is_squeezed_and_a_part_of_what_is_cut():
    squeezed = planned("mosaic", b=4)
    assert visible_share(squeezed, quarter(4))[0].tolist() == pytest.approx([1] * 4)
    gap = abs(squeezed.w[0] - 0.25).sum() / 2
    assert float(mismatch(squeezed, quarter(4))[0]) == pytest.approx(float(gap))
    cut = planned("mosaic", b=4, fit="crop")
    assert visible_share(cut, even(4)).numpy() == pytest.approx(cut.area.numpy())


def test_the_ground_of_b_shows_nothing_of_its_object():
    objects = quarter().values
    x = torch.rand(2, 3, 32, 32)
    batch = Batch(x, given={"index": [1, 0]}, evidence={"object": objects}, grounds=x)
    plan = mixcore.method("deda", smallest=1.0, largest=1.0).plan(batch, rng=0)
    assert visible_share(plan, quarter())[0].tolist() == pytest.approx(
        [1, 0], abs=0.08
    )  # soft edge
    assert float(mismatch(plan, quarter(), "pixels")[0]) == pytest.approx(0)


def test_two_truths_differ_where_one_object_is_larger():
    values = quarter().values.clone()
    values[0] = 1  # A fills its picture
    evidence = Evidence(values, "object")
    plan = planned("cutmix", given={"box": (0, 16, 0, 32)})
    assert label_weight(plan, evidence)[0].tolist() == pytest.approx([0.5 / 1.5, 1 / 1.5])
    assert label_weight(plan, evidence, "pixels")[0].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_nothing_in_sight_is_no_number():
    values = torch.zeros(2, 1, 32, 32)
    values[0, :, :16], values[1, :, 16:] = 1, 1
    plan = planned("cutmix", given={"box": (0, 16, 0, 32)})
    assert torch.isnan(mismatch(plan, Evidence(values, "halves"))[0])


def test_what_has_no_answer_is_one_sentence():
    with pytest.raises(ValueError, match="self mix"):
        visible_share(planned("augmix"), even())
    with pytest.raises(ValueError, match="2 mixes, but there are 3 maps"):
        visible_share(planned("cutmix"), even(3))
    with pytest.raises(ValueError, match="truth must be one of own, pixels"):
        label_weight(planned("cutmix"), even(), "area")


@pytest.mark.parametrize("key", ["cutmix", "fmix", "resizemix", "mixup"])
def test_what_is_shown_weighs_any_map(key):
    plan, e = planned(key), quarter()
    maps = e.at(32, 32)[plan.index[1]].squeeze(), e.at(32, 32)[1].squeeze()
    kept = visible_masks(plan, 1)
    assert kept.shape == (2, 32, 32)
    by_hand = [float((maps[1] * kept[0]).sum()), float((maps[0] * kept[1]).sum())]
    assert visible_share(plan, e)[1].tolist() == pytest.approx(by_hand, abs=1e-6)


def test_weights_that_do_not_sum_to_one_count_by_their_shares():
    plan = planned("cutmix", given={"box": (0, 16, 0, 16)}).weighing([0.9, 0.9], [0.3, 0.9])
    assert mismatch(plan, even())[0] == pytest.approx(0, abs=1e-6)
    assert mismatch(plan, even())[1] == pytest.approx(0.25, abs=1e-6)


def test_visiblemix_labels_by_the_very_shares_that_are_visible():
    x = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    maps = torch.rand(3, 1, 7, 7, generator=torch.Generator().manual_seed(1))
    method = mixcore.method("visiblemix")
    for seed in range(5):
        plan = method.plan(Batch(x, evidence={"attention": maps}), rng=seed)
        found = Evidence(maps, "attention").minus_mean()
        ours = torch.where(
            (plan.index == torch.arange(3)), torch.nan, label_weight(plan, found)[:, 0]
        )
        theirs = torch.where(ours.isnan(), torch.nan, plan.w_a)
        assert ours.numpy() == pytest.approx(theirs.numpy(), abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("key", ["resizemix", "snapmix"])
def test_what_is_squeezed_is_shown_as_the_long_way_round_finds_it(key):
    from mixcore.evidence.visibility import _shown, _sources

    x, cam = torch.rand(3, 3, 40, 56), torch.rand(3, 1, 7, 7)
    for seed in range(4):
        plan = mixcore.method(key).plan(Batch(x, evidence={"cam": cam}), rng=seed)
        whole = _sources(plan, 3)
        for i in range(3):
            assert torch.equal(visible_masks(plan, i), _shown(whole, whole.mask().double(), i))
    empty = mixcore.method("resizemix").plan(Batch(x, given={"box": (8, 8, 0, 9)}), rng=0)
    assert visible_masks(empty)[1].max() == 0
