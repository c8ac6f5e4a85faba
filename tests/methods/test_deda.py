"""De-DA on scenes whose object, mask and ground are exactly known."""

import numpy as np
import pytest
import torch

from mixcore import Batch, method
from mixcore.data import scenes
from mixcore.warps.cutout import move_cutout

SIZE = 64


def batch(n=6, **given):
    made = [scenes.make(seed, SIZE) for seed in range(n)]

    def stacked(images):
        return torch.from_numpy(np.stack(images)).movedim(-1, 1).float() / 255

    return Batch(
        stacked([s.image for s in made]),
        torch.tensor([s.label for s in made]),
        evidence={"object": torch.from_numpy(np.stack([s.alpha for s in made]))[:, None]},
        grounds=stacked([s.empty for s in made]),
        given=given,
    )


STILL = {"smallest": 1.0, "largest": 1.0, "move": False, "feather": 0.0}


def test_in_its_place_the_object_is_the_image_and_the_rest_is_the_others_ground():
    known = batch(index=[1, 2, 3, 4, 5, 0])
    plan = method("deda", **STILL).plan(known, 0)
    mixed, alpha = plan.apply(known.x), known.evidence["object"]
    inside, outside = (alpha == 1).expand_as(mixed), (alpha == 0).expand_as(mixed)
    assert torch.equal(mixed[inside], known.x[inside])
    assert torch.allclose(mixed[outside], known.grounds.roll(-1, 0)[outside], atol=1e-6)
    assert inside.any()
    assert outside.any()


def test_the_label_is_whole_whatever_the_object_covers():
    known = batch()
    plan = method("deda").plan(known, 3)
    assert plan.w[:, 0].tolist() == [1.0] * 6
    classes = len(scenes.class_names())
    assert torch.equal(plan.target(known.y, classes), torch.eye(classes)[known.y])
    shown = method("deda", weight="object").plan(known, 3)
    assert torch.allclose(shown.w, shown.area)
    assert float(shown.area[:, 0].max()) < 0.9


def test_scale_and_place_follow_what_was_drawn():
    known = batch(6)
    before = (known.evidence["object"] >= 0.5).double().mean((1, 2, 3))
    for scale in (0.6, 1.0):
        mask, warp = move_cutout(known, np.full(6, scale), 1)
        after = (mask >= 0.5).double().mean((1, 2, 3))
        assert torch.allclose(after / before, torch.full_like(after, scale**2), rtol=0.08)
        for i in range(6):
            rows, columns = (mask[i, 0] >= 0.5).nonzero().T
            center = [(int(t.min()) + int(t.max()) + 1) / 2 / SIZE for t in (rows, columns)]
            assert center == pytest.approx(warp.end[i].tolist(), abs=1.5 / SIZE)


def test_places_are_spread_over_the_frame():
    x = torch.zeros(1, 3, 32, 32).expand(4000, -1, -1, -1)
    alpha = torch.zeros(1, 1, 32, 32)
    alpha[:, :, 4:12, 10:18] = 1
    known = Batch(x, evidence={"object": alpha.expand(4000, -1, -1, -1)}, grounds=x)
    _, warp = move_cutout(known, np.ones(4000), 0)
    assert warp.end.min() >= 0.125
    assert warp.end.max() <= 0.875
    assert np.histogram(warp.end, 3, (0.125, 0.875))[0] == pytest.approx([2667] * 3, rel=0.05)


def test_feather_softens_the_edge_only():
    known = batch()
    hard, _ = move_cutout(known, np.ones(6), 1, move=False)
    soft, _ = move_cutout(known, np.ones(6), 1, move=False, feather=0.02)
    between = ((soft > 0.05) & (soft < 0.95)).float().mean()
    assert between > ((hard > 0.05) & (hard < 0.95)).float().mean() + 0.02
    assert torch.allclose(hard.mean((1, 2, 3)), soft.mean((1, 2, 3)), atol=0.01)


def test_an_image_without_an_object_is_left_alone():
    known = batch()
    known.evidence["object"][2] = 0
    mixed = method("deda").plan(known, 5).apply(known.x)
    assert torch.equal(mixed[2], known.x[2])
    assert not torch.equal(mixed[1], known.x[1])


def test_grounds_of_the_same_class():
    known = batch(24)
    plan = method("deda", background="same class").plan(known, 0)
    assert torch.equal(known.y[plan.index[:, 1]], known.y)


def test_the_range_of_scales_is_in_order_by_declaration():
    params = {p.name: p for p in type(method("deda")).params()}
    assert params["smallest"].high <= params["largest"].low


@pytest.mark.parametrize("seed", range(6))
def test_an_object_at_the_frame_has_no_dark_fringe(seed):
    """White objects on white grounds are white, wherever they are put and however scaled."""
    x = torch.ones(4, 3, 20, 24)
    alpha = torch.zeros(4, 1, 20, 24)
    alpha[:2, :, :, :9] = 1
    alpha[2:, :, 8:] = 1
    batch = Batch(x, torch.arange(4), evidence={"object": alpha}, grounds=x)
    for feather in (0.0, 2.0):
        mixed = method("deda", feather=feather).plan(batch, seed).apply(x)
        assert float(mixed.min()) == pytest.approx(1, abs=1e-5)
