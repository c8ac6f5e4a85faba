"""The hybrid: any grid, a class token that joins when it should, nothing hidden in the features."""

import pytest
import torch

from mixcore import naming
from mixcore.evidence.models.hybrid import CHANNELS, DIM, Hybrid, make_positions
from mixcore.evidence.models.lite0_halves import Seer, compute_features, compute_logits


@pytest.mark.parametrize("late", [True, False])
@pytest.mark.parametrize("grid", [(8, 8), (14, 14), (5, 9)])
def test_any_grid_gives_logits(late, grid):
    model = Hybrid(late=late)
    assert model(torch.randn(2, CHANNELS, *grid)).shape == (2, 1000)
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(1.11e6, rel=0.01)


@pytest.mark.parametrize("late", [True, False])
def test_the_class_token_joins_in_its_block(late):
    model = Hybrid(late=late)
    tokens = []
    for block in model.blocks:
        block.register_forward_pre_hook(lambda m, inputs: tokens.append(inputs[0].shape[1]))
    model(torch.randn(1, CHANNELS, 4, 4))
    assert tokens == ([16, 16, 17] if late else [17, 17, 17])


def test_features_are_standardised_inside():
    model = Hybrid()
    x = torch.randn(2, CHANNELS, 4, 4)
    wanted = model(x)
    model.mean.fill_(5)
    model.std.fill_(3)
    assert torch.allclose(model(x * 3 + 5), wanted, atol=1e-4)


def test_positions_tell_all_cells_apart_and_agree_between_grids():
    coarse = make_positions(8, 8)
    assert coarse.shape == (64, DIM)
    apart = torch.cdist(coarse, coarse) + torch.eye(64) * 9
    assert float(apart.min()) > 0.5
    fine = make_positions(24, 24).view(24, 24, DIM)[1::3, 1::3].flatten(0, 1)  # the same places
    assert torch.allclose(fine, coarse, atol=1e-5)
    assert float(coarse.abs().max()) <= 0.5


def test_rows_and_columns_are_not_swapped():
    rows_alike = make_positions(4, 6).view(4, 6, DIM)
    half = DIM // 2
    assert torch.equal(rows_alike[:, 0, :half], rows_alike[:, 5, :half])
    assert torch.equal(rows_alike[0, :, half:], rows_alike[3, :, half:])
    assert not torch.equal(rows_alike[0, 0, :half], rows_alike[1, 0, :half])


def test_lite0_in_two_halves_is_lite0():
    lite0 = naming.load().model
    x = torch.rand(2, 3, 96, 64)
    with torch.no_grad():
        found = compute_features(lite0, x)
        assert found.shape == (2, CHANNELS, 6, 4)
        assert torch.allclose(compute_logits(lite0, found), lite0((x - 0.5) / 0.5), atol=1e-5)
        seer = Seer(lite0, Hybrid(), "late")
        assert torch.equal(seer(x), seer.hybrid(found))
