"""SaliencyMix: where the box is, and openmixup's pixels and labels by value."""

import numpy as np
import pytest
import torch

import peers
from mixcore import Batch, PerBatch, method, region

X = torch.rand(4, 3, 32, 32, generator=torch.Generator().manual_seed(0))
MAPS = torch.rand(4, 1, 32, 32, generator=torch.Generator().manual_seed(1))
INDEX = [2, 3, 1, 0]


def test_the_peak_is_the_middle_of_the_highest_cell():
    maps = torch.zeros(2, 1, 4, 8)
    maps[0, 0, 3, 5] = maps[1, 0, 0, 0] = 1
    assert region.find_peak(maps).tolist() == [[3.5 / 4, 5.5 / 8], [0.5 / 4, 0.5 / 8]]
    assert region.find_peak(torch.zeros(1, 1, 2, 2)).tolist() == [[0.25, 0.25]]


def test_every_box_sits_on_its_own_partners_peak():
    batch = Batch(X, evidence={"saliency": MAPS}, given={"index": INDEX, "lam": 0.9})
    plan = method("saliencymix").plan(batch, 0)
    for i, j in enumerate(INDEX):
        row, column = divmod(int(MAPS[j].argmax()), 32)
        half = int(32 * 0.1**0.5) // 2
        known = [max(row - half, 0), min(row + half, 32)]
        known += [max(column - half, 0), min(column + half, 32)]
        assert plan.region.box[i].tolist() == known
    assert torch.allclose(plan.w_a, plan.area)


def test_one_images_way_is_one_draw_for_the_batch():
    batch = Batch(X, evidence={"saliency": MAPS}, given={"index": INDEX})
    released = method("saliencymix", shared_share=True).plan(batch, 5)
    assert len(np.unique(released.region.box, axis=0)) == 1
    assert len(released.lam.unique()) == 1
    wrapped = PerBatch(method("saliencymix")).plan(batch, 5)
    row, column = divmod(int(MAPS[INDEX[0]].argmax()), 32)
    for plan in (released, wrapped):
        y0, y1, x0, x1 = plan.region.box[3]
        assert y0 <= row < y1
        assert x0 <= column < x1


@pytest.mark.parametrize("seed", range(6))
def test_openmixup_agrees_on_the_batch_that_it_looks_at_once(monkeypatch, seed):
    """OpenCV's detector is replaced by maps that are known; the peer takes the first partner's."""

    class Detector:
        def computeSaliency(self, image):
            found = [k for k in range(4) if np.array_equal(X[k].permute(1, 2, 0).numpy(), image)]
            return True, levels[found[0]].numpy() / 255

    levels = (MAPS[:, 0] * 255).int()  # it looks for the peak of whole grey levels
    peer = peers.module("saliencymix")
    monkeypatch.setattr(peer, "StaticSaliencyFineGrained_create", Detector)
    mix = peers.openmixup("saliencymix", X, seed, return_mask=True)
    np.random.seed(seed)
    lam = np.random.beta(1, 1)
    batch = Batch(
        X,
        evidence={"saliency": (levels / 255 * 255).int()[:, None].float()},
        given={"index": mix.index, "lam": lam},
    )
    plan = method("saliencymix", shared_share=True).plan(batch, 0)
    assert torch.equal(plan.mask(), 1 - mix.mask)
    assert torch.allclose(plan.apply(X), mix.x)
    assert plan.w_a.tolist() == pytest.approx([mix.lam] * 4)
