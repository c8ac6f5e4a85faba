"""AttentiveMix: which cells, how many, and openmixup's pixels by value."""

import pytest
import torch

import peers
from mixcore import Batch, method

X = torch.rand(4, 3, 28, 28, generator=torch.Generator().manual_seed(0))
MAPS = torch.rand(4, 1, 7, 7, generator=torch.Generator().manual_seed(1))
INDEX = [2, 3, 1, 0]


def planned(x=X, maps=MAPS, given=None, **options):
    batch = Batch(x, evidence={"attention": maps}, given={"index": INDEX, **(given or {})})
    return method("attentivemix", **options).plan(batch, 0)


@pytest.mark.parametrize("top", [1, 6, 20, 49])
def test_the_best_cells_of_b_go_to_a(top):
    plan = planned(top=top)
    best = torch.zeros(4, 49).scatter_(1, MAPS[INDEX].flatten(1).topk(top).indices, 1)
    cells = best.view(4, 1, 7, 7).repeat_interleave(4, 2).repeat_interleave(4, 3)
    assert torch.equal(1 - plan.mask(), cells)
    assert plan.w_b.tolist() == pytest.approx([top / 49] * 4)
    assert plan.lam is None


def test_finer_maps_are_averaged_over_the_cells():
    fine = torch.zeros(4, 1, 28, 28)
    fine[..., 0, 0] = 5  # the highest pixel, in a cell of low mean
    fine[..., 12:16, 12:16] = 1
    assert planned(maps=fine, top=1).mask()[0, 0, 13, 13] == 0


def test_a_given_share_is_rounded_down_to_bs_cells():
    counts = {lam: planned(given={"lam": lam}).w_b[0] * 49 for lam in (1.0, 0.9, 0.5, 0.0)}
    assert {lam: round(float(n)) for lam, n in counts.items()} == {1: 0, 0.9: 4, 0.5: 24, 0: 49}


def test_a_drawn_share_leaves_one_cell_at_least():
    batch = Batch(torch.zeros(2000, 1, 14, 14), evidence={"attention": torch.rand(2000, 1, 7, 7)})
    plan = method("attentivemix", count="drawn", alpha=0.1).plan(batch, 0)
    n = (plan.w_b * 49).round()
    assert int(n.min()) == 1
    given = (1 - plan.lam) * 49
    plain = (given - given.round()).abs() > 1e-6  # not within rounding of a whole number
    assert plain.sum() > 500
    assert torch.equal(n[plain], given[plain].floor().clamp(min=1))


@pytest.mark.filterwarnings("ignore:.*upsample")
@pytest.mark.parametrize("seed", range(4))
def test_the_pixels_are_openmixups_the_other_way_round(seed):
    """It pastes the sample's own cells onto its partner, and labels by the cells."""
    torch.manual_seed(seed)
    with peers.tamed():
        (mixed, mask), (_, partner, lam) = peers.module("attentivemix").attentivemix(
            X.clone(), torch.arange(4), features=MAPS, grid_scale=4, top_k=6, return_mask=True
        )
    back = partner.argsort().tolist()  # our A is its partner, so our B is its sample
    batch = Batch(X[partner], evidence={"attention": MAPS[partner]}, given={"index": back})
    plan = method("attentivemix").plan(batch, 0)
    assert torch.allclose(plan.apply(X[partner]), mixed, atol=1e-6)
    assert torch.equal(1 - plan.mask(), mask)
    assert plan.w_b.tolist() == pytest.approx([float(lam)] * 4)
