"""Mosaic: tiles, labels and both ways of fitting."""

import numpy as np
import pytest
import torch

from mixcore import Batch, Paired, method

X = torch.rand(4, 3, 40, 60, generator=torch.Generator().manual_seed(0))
Y = torch.arange(4)
GIVEN = {"index": [1, 2, 3, 0]}


def test_four_tiles_meet_at_a_point_in_the_middle_of_the_frame():
    x = torch.zeros(1, 1, 1, 1).expand(3000, 1, 40, 60)
    box = method("mosaic").plan(Batch(x), 0).share.box
    y, x = box[:, 0, 1] / 40, box[:, 0, 3] / 60
    for at in (y, x):
        assert 0.24 < at.min() < 0.28
        assert 0.72 < at.max() < 0.76
        assert np.histogram(at, 4, (0.25, 0.75))[0] == pytest.approx([750] * 4, rel=0.15)
    assert abs(np.corrcoef(y, x)[0, 1]) < 0.06


def test_the_label_follows_the_tiles():
    plan = method("mosaic").plan(Batch(X, Y, given=GIVEN), 2)
    y, x = plan.share.box[0, 0, 1], plan.share.box[0, 0, 3]
    expected = np.array([y * x, y * (60 - x), (40 - y) * x, (40 - y) * (60 - x)]) / 2400
    assert plan.target(Y, 4)[0].tolist() == pytest.approx(expected.tolist())


def test_cropped_tiles_are_the_images_own_pixels_there():
    plan = method("mosaic", fit="crop").plan(Batch(X, Y, given=GIVEN), 2)
    mixed = plan.apply(X)
    for k, (y0, y1, x0, x1) in enumerate(plan.share.box[0]):
        assert torch.equal(mixed[0, :, y0:y1, x0:x1], X[k, :, y0:y1, x0:x1])


def test_squeezed_tiles_hold_the_whole_image():
    quarters = torch.zeros(4, 1, 40, 60)
    quarters[..., :20, :30], quarters[..., 20:, 30:] = 0.25, 0.75
    plan = method("mosaic").plan(Batch(quarters, given=GIVEN), 2)
    mixed = plan.apply(quarters)[0, 0]
    for y0, y1, x0, x1 in plan.share.box[0]:
        tile = mixed[y0:y1, x0:x1]
        assert float(tile[1, 1]) == pytest.approx(0.25)
        assert float(tile[-2, -2]) == pytest.approx(0.75)
        assert float(tile[1, -2]) == pytest.approx(0)


def test_any_pairing_serves():
    y = torch.tensor([0, 1] * 8)
    x = torch.rand(16, 1, 8, 8)
    plan = Paired(method("mosaic"), "same class").plan(Batch(x, y), 1)
    assert (y[plan.index] == y[:, None]).all()


def test_a_photo_comes_twice_where_its_chain_of_partners_comes_back():
    """As printed: 3.6 different ones of the four in a shuffled batch of 16."""
    x = torch.zeros(1, 1, 1, 1).expand(16, 1, 8, 8)
    plans = [method("mosaic").plan(Batch(x), seed) for seed in range(200)]
    different = [len(set(row)) for plan in plans for row in plan.index.tolist()]
    assert np.mean(different) == pytest.approx(3.625, abs=0.1)  # cycles of 1 to 16, as likely each
