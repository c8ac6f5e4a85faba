"""Shares of evidence: inside a box without enlarging the map, the same as under its mask."""

import numpy as np
import pytest
import torch

from mixcore import label
from mixcore.regions.shapes import Box


@pytest.mark.parametrize("cells", [(1, 1), (7, 7), (14, 9), (64, 64), (24, 40)])
@pytest.mark.parametrize("size", [(24, 40), (33, 17)])
def test_inside_a_box_is_under_its_mask(cells, size):
    """For maps coarser than the frame, finer ones, and those of its own size."""
    random = np.random.default_rng(0)
    rows, columns = (np.sort(random.integers(0, n + 1, (30, 2)), 1) for n in size)
    box = Box(np.concatenate([rows, columns], 1), size)
    maps = torch.rand(30, 1, *cells, generator=torch.Generator().manual_seed(0)) ** 3
    maps[4] = 0  # a picture without evidence has it evenly
    expected = label.share_under_mask(maps, ~box.mask())
    assert label.share_inside_box(maps, box) == pytest.approx(expected, abs=2e-6)
    assert label.share_inside_box(maps, box)[4] == pytest.approx(1 - box.area()[4])


def test_nothing_and_everything():
    maps = torch.rand(2, 1, 5, 5, generator=torch.Generator().manual_seed(1))
    box = Box(np.array([[0, 9, 0, 9], [4, 4, 2, 7]]), (9, 9))
    assert label.share_inside_box(maps, box).tolist() == [1, 0]
