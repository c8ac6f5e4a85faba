"""The protocol's pictures and pairs: fixed, held out, and their truths right by counting."""

import numpy as np
import pytest

from mixcore.data.stamps import stamps
from mixcore.evidence.study import composites
from mixcore.evidence.study.composites import SIDE, JudgedSet


@pytest.fixture(scope="module")
def judged():
    return composites.make_composites(24)


@pytest.fixture(scope="module")
def mixes(judged):
    return composites.make_pairs(judged, 80)


def test_composites_are_held_out_and_of_the_size_that_is_claimed(judged):
    held = {s.file: s for s in stamps() if s.split == "held-out"}
    assert judged.images.shape == (24, SIDE, SIDE, 3)
    assert len(np.unique(judged.sources)) <= len(held)
    assert set(judged.classes) <= {s.imagenet for s in held.values()}
    boxes = judged.boxed().mean((1, 2))
    assert boxes.min() > 0.13
    assert boxes.max() < 0.62
    assert (judged.boxed() | ~judged.masks).all()  # every object lies in its box
    again = composites.make_composites(3)
    assert np.array_equal(again.images, judged.images[:3])


def test_a_box_is_the_masks_hull():
    masks = np.zeros((1, SIDE, SIDE), bool)
    masks[0, 10, 50] = masks[0, 30, 20] = True
    found = JudgedSet(np.zeros((1, SIDE, SIDE, 3), np.uint8), masks, ((),), np.array([0])).boxed()
    wanted = np.zeros_like(masks)
    wanted[0, 10:31, 20:51] = True
    assert np.array_equal(found, wanted)


def test_truths_are_what_counting_pixels_gives(judged, mixes):
    assert (judged.sources[mixes.a] != judged.sources[mixes.b]).all()
    kept = mixes.kept()
    left_a = (judged.masks[mixes.a] & kept).sum((1, 2))
    left_b = (judged.masks[mixes.b] & ~kept).sum((1, 2))
    s_a = left_a / judged.masks[mixes.a].sum((1, 2))
    s_b = left_b / judged.masks[mixes.b].sum((1, 2))
    assert np.allclose(mixes.own, s_a / (s_a + s_b))
    assert np.allclose(mixes.pixels, left_a / (left_a + left_b))


def test_boxes_lie_inside_and_their_area_is_uniform(judged):
    boxes = composites.make_pairs(judged, 1500).boxes
    y0, y1, x0, x1 = boxes.T
    assert boxes.min() >= 0
    assert boxes.max() <= SIDE
    assert (y1 - y0 == x1 - x0).all()
    shares = np.sort((y1 - y0) * (x1 - x0) / SIDE**2)
    assert np.abs(shares - np.linspace(0, 1, len(shares))).max() < 0.06


def test_pairs_are_repeatable_and_can_be_limited(judged, mixes):
    again = composites.make_pairs(judged, 80)
    assert np.array_equal(again.boxes, mixes.boxes)
    small = composites.make_pairs(judged, 20, largest=0.2)
    used = np.concatenate([small.a, small.b])
    assert (judged.masks[used].mean((1, 2)) <= 0.2).all()
    with pytest.raises(ValueError, match="at least 2 sources"):
        composites.make_pairs(judged, 5, largest=0.0)
