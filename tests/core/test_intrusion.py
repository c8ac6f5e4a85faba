"""Mixes nearest to a third class: exact, whatever the blocks, and against brute force."""

import pytest
import torch

from mixcore import intrusion
from mixcore.intrusion import find_intrusions, find_neighbors


def draw(seed, n=60, m=40, d=7, classes=4):
    random = torch.Generator().manual_seed(seed)
    reference, points = torch.randn(n, d, generator=random), torch.randn(m, d, generator=random)
    y = torch.randint(classes, (n,), generator=random)
    pairs = torch.randint(classes, (m, 2), generator=random)
    return points, pairs, reference, y


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("seed", range(3))
def test_neighbors_are_those_of_brute_force(seed, k):
    points, pairs, reference, y = draw(seed)
    found = find_intrusions(points, pairs, reference, y, k)
    for i, point in enumerate(points.tolist()):
        far = [
            sum((p - r) ** 2 for p, r in zip(point, other, strict=True))
            for other in reference.tolist()
        ]
        order = sorted(range(len(far)), key=far.__getitem__)[:k]
        assert found.neighbors.index[i].tolist() == order
        assert found.neighbors.distance[i].tolist() == pytest.approx([far[j] ** 0.5 for j in order])
        third = [int(y[j]) not in pairs[i].tolist() for j in order]
        assert bool(found.third[i]) == third[0]
        assert float(found.share[i]) == pytest.approx(sum(third) / k)
        assert int(found.label[i]) == int(y[order[0]])
    assert found.rate == pytest.approx(float(found.third.double().mean()))


def test_blocks_change_nothing(monkeypatch):
    points, pairs, reference, y = draw(5)
    whole = find_intrusions(points, pairs, reference, y, 2)
    monkeypatch.setattr(intrusion, "ROOM", 3 * len(reference))
    parts = find_intrusions(points, pairs, reference, y, 2)
    assert torch.equal(whole.neighbors.index, parts.neighbors.index)
    assert torch.equal(whole.neighbors.distance, parts.neighbors.distance)


def test_a_common_offset_costs_no_digits():
    near = torch.tensor([[1e6, 1.0], [1e6, 1.25]])
    found = find_neighbors(torch.tensor([[1e6, 1.25]]), near, 1)
    assert found.index.item() == 1
    assert found.distance.item() == 0


def test_what_is_left_out_is_not_found_and_ties_go_to_the_first():
    reference = torch.tensor([[0.0], [0.0], [2.0]])
    points = torch.zeros(2, 1)
    assert find_neighbors(points, reference).index.flatten().tolist() == [0, 0]
    left = find_neighbors(points, reference, leave_out=torch.tensor([[0], [1]]))
    assert left.index.flatten().tolist() == [1, 0]


def test_a_mix_of_one_class_can_intrude_and_pictures_are_flattened():
    reference = torch.stack([torch.zeros(1, 2, 2), torch.ones(1, 2, 2)])
    found = find_intrusions(
        torch.ones(2, 1, 2, 2), torch.tensor([[0, 0], [1, 0]]), reference, torch.tensor([0, 1])
    )
    assert found.third.tolist() == [True, False]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reference": torch.zeros(60, 3)}, "of one shape"),
        ({"k": 61}, "k must be from 1 to the 60"),
        ({"k": 0}, "k must be"),
        ({"leave_out": torch.zeros(3, 1, dtype=torch.long)}, "a row a point"),
        ({"points": torch.full((40, 7), torch.nan)}, "points must be finite"),
        ({"classes": torch.zeros(40, 3)}, "classes must be"),
        ({"y": torch.zeros(3)}, "classes must be"),
    ],
)
def test_what_does_not_fit_is_said(change, said):
    points, pairs, reference, y = draw(0)
    given = {"points": points, "classes": pairs, "reference": reference, "y": y, **change}
    with pytest.raises(ValueError, match=said):
        find_intrusions(**given)
