"""Geometry of last-layer features: the triangle, neural collapse, and channels."""

import pytest
import torch

from mixcore.class_geometry import (
    ClassTriangle,
    MixedFeatures,
    find_means,
    measure_alignment,
    measure_channel,
    measure_collapse,
    measure_off_chord,
)

SEEDS = range(5)


def draw(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def turn(seed, d):
    return torch.linalg.qr(draw(seed, d, d))[0]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_frame_is_that_of_a_simplex(seed):
    frame = ClassTriangle.fit(draw(seed, 3, 9)).frame
    assert torch.allclose(frame @ frame.T, torch.eye(3).double() - 1 / 3, atol=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_turn_of_features_and_rows_together_moves_nothing(seed):
    w, h, q = draw(seed, 3, 9), draw(seed + 9, 20, 9), turn(seed, 9)
    before, after = ClassTriangle.fit(w).place(h), ClassTriangle.fit(w @ q).place(h @ q)
    assert torch.allclose(before, after, atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_constant_row_moves_all_by_what_is_subtracted(seed):
    w, h, shift = draw(seed, 3, 9), draw(seed + 9, 20, 9), draw(seed + 99, 9)
    one, other = ClassTriangle.fit(w), ClassTriangle.fit(w + shift)
    assert torch.allclose(one.frame, other.frame, atol=1e-10)
    assert torch.allclose(one.place(h), other.place(h + shift), atol=1e-10)


def test_a_simplex_of_norm_one_is_an_equilateral_triangle_and_others_are_not():
    w = torch.eye(3, 7).double()
    w = w - w.mean(0)
    w = w / w.norm(dim=1, keepdim=True)
    corners = ClassTriangle.fit(w).place(w + w.mean(0))
    assert torch.allclose(corners.norm(dim=1), torch.ones(3).double())
    assert torch.allclose(torch.pdist(corners), torch.full((3,), 3**0.5).double())
    skewed = w * torch.tensor([[1.0], [2.0], [3.0]]).double()
    assert torch.pdist(ClassTriangle.fit(skewed).place(skewed)).std() > 0.1


def test_the_plane_says_how_much_it_shows():
    w = torch.eye(3, 5).double()
    triangle = ClassTriangle.fit(w)
    inside = triangle.middle + draw(0, 8, 3) @ triangle.frame
    across = triangle.middle + torch.eye(5).double()[3:]
    assert triangle.share_in_plane(inside) == pytest.approx(1)
    assert triangle.share_in_plane(across) == pytest.approx(0, abs=1e-12)


def test_measures_are_zero_of_a_collapse_and_grow_with_what_is_not():
    w = torch.eye(4, 6).double()
    w, y = w - w.mean(0), torch.arange(4).repeat(30)
    tight = measure_collapse(5 * w[y], y, w)
    for value in (tight.within, tight.lengths, tight.angles, tight.duality):
        assert value == pytest.approx(0, abs=1e-7)
    wide, wider = (measure_collapse(w[y] + s * draw(1, 120, 6), y, w).within for s in (0.1, 0.3))
    assert 0 < wide < wider
    longer = w * torch.tensor([1.0, 1.0, 1.0, 3.0]).double()[:, None]
    loose = measure_collapse(longer[y], y, w)
    assert loose.lengths > 0.1
    assert loose.angles > 0.05
    assert loose.duality > 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_nc1_is_the_trace_that_it_is_said_to_be(seed):
    y = torch.arange(3).repeat(20)
    h = draw(seed, 3, 5)[y] + 0.3 * draw(seed + 1, 60, 5)
    means = find_means(h, y, 3)
    off, out = h - means[y], means - means.mean(0)
    by_hand = torch.trace(off.T @ off / 60 @ torch.linalg.pinv(out.T @ out / 3)) / 3
    assert measure_collapse(h, y, draw(seed, 3, 5)).within == pytest.approx(float(by_hand))
    q = turn(seed, 5)
    turned = measure_collapse(7 * h @ q, y, draw(seed, 3, 5)).within
    assert turned == pytest.approx(float(by_hand))


def make_mixes(means, bend=0.0, seed=0):
    """Mixes of every pair of classes, on the chord or bent out by so much at lam = 1/2."""
    n = 400
    random = torch.Generator().manual_seed(seed)
    a, b = torch.randint(3, (2, n), generator=random)
    lam = torch.rand(n, generator=random, dtype=torch.float64)
    middle = means.mean(0)
    out = (means[a] + means[b]) / 2 - middle
    chord = lam[:, None] * means[a] + (1 - lam[:, None]) * means[b]
    return MixedFeatures(chord + bend * (a != b)[:, None] * out, a, b, lam)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_chord_has_index_one_and_a_channel_has_more(seed):
    means = torch.eye(3, 8).double() + 0.1 * draw(seed, 3, 8)
    straight, bent = make_mixes(means), make_mixes(means, bend=2.0)
    assert measure_channel(straight, means) == pytest.approx(1, abs=0.02)
    assert measure_channel(bent, means) == pytest.approx(3, abs=0.02)
    assert measure_off_chord(straight, means) == pytest.approx(0, abs=1e-12)
    assert measure_off_chord(bent, means) > 0.3


def test_mixes_of_one_class_along_their_row_are_aligned():
    w = torch.eye(3, 8).double()
    mixes = make_mixes(w)
    assert measure_alignment(mixes, w, w.mean(0)) == pytest.approx(1)
    assert measure_alignment(mixes, w[[1, 2, 0]], w.mean(0)) < 0


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: ClassTriangle.fit(torch.eye(4)), "three classes"),
        (lambda: ClassTriangle.fit(torch.ones(3, 5)), "on one line"),
        (lambda: find_means(torch.eye(3), torch.tensor([0, 0, 1]), 3), "counts are"),
        (lambda: find_means(torch.eye(3), torch.tensor([0, 1]), 2), "need features"),
        (
            lambda: measure_collapse(torch.eye(3), torch.arange(3), torch.ones(3, 2)),
            "weights must be",
        ),
        (
            lambda: measure_channel(
                MixedFeatures(torch.eye(2), *torch.tensor([[0, 1], [0, 1]]), torch.ones(2)),
                torch.eye(2),
            ),
            "None of 2 mixes",
        ),
    ],
)
def test_what_cannot_be_measured_is_said(call, said):
    with pytest.raises(ValueError, match=said):
        call()
