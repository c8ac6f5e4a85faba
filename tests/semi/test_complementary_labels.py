"""Complementary labels, the noise that pairs make of them, and clusters that avoid it."""

import doctest

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import mixcore
from mixcore import Batch, pair
from mixcore.experiments.toy_data import GaussianClasses
from mixcore.losses.complementary import mixed_complementary, scl_nl
from mixcore.pair import choose_partners, find_clusters, pair_in_clusters
from mixcore.semi import complementary_labels
from mixcore.semi.complementary_labels import (
    draw_complementary,
    expect_noise,
    find_contradictions,
    measure_noise,
    share_of_same_class,
)

seeds = st.integers(0, 2**32)
sizes = st.integers(1, 40)


def draw_points(n, seed=0, classes=10, noise=1.0):
    """Samples of Gaussian classes, and the class of each."""
    random = np.random.default_rng(seed)
    means = GaussianClasses.make(random, classes=classes, dims=16, norm=4, noise=noise)
    return means.draw(n, random)


@given(n=sizes, seed=seeds)
def test_one_cluster_is_mixup_and_a_cluster_each_is_no_mixing(n, seed):
    batch = Batch(torch.rand(n, 1, 2, 2))
    together = pair_in_clusters(np.full(n, 7), seed)
    assert together.tolist() == choose_partners("shuffle", batch, seed).tolist()
    apart = pair_in_clusters(np.random.default_rng(seed).permutation(n), seed)
    assert apart.tolist() == list(range(n))


@given(clusters=st.lists(st.integers(0, 4), min_size=1, max_size=30), seed=seeds)
def test_partners_are_of_the_same_cluster_and_each_is_one_once(clusters, seed):
    clusters = np.array(clusters)
    index = pair_in_clusters(clusters, seed)
    assert (clusters[index] == clusters).all()
    assert sorted(index) == list(range(len(clusters)))


def test_partners_of_a_cluster_are_all_alike_likely():
    clusters, seen = np.array([0, 1, 0, 0, 1, 2]), np.zeros((6, 6))
    for seed in range(3000):
        seen[np.arange(6), pair_in_clusters(clusters, seed)] += 1
    same = clusters[:, None] == clusters
    assert seen / 3000 == pytest.approx(same / same.sum(1, keepdims=True), abs=0.04)


@given(n=st.integers(2, 30), clusters=st.integers(1, 40), seed=seeds)
def test_clusters_go_by_points_alone_and_end_at_one_a_point(n, clusters, seed):
    points = np.random.default_rng(seed).standard_normal((n, 3))
    found = find_clusters(points, clusters, seed)
    assert ((found >= 0) & (found < clusters)).all()
    assert (found == find_clusters(points, clusters, seed)).all()
    if clusters == 1:
        assert not found.any()
    if clusters >= n:
        assert len(set(found)) == n


def test_clusters_of_points_that_are_far_from_zero_and_alike():
    points = np.array([[0.0, 0], [0, 1e-3], [1, 0], [1, 1e-3]]) + 1e6
    near = find_clusters(points, 2, 0)
    assert near[0] == near[1] != near[2] == near[3]
    assert not find_clusters(np.ones((5, 2)), 3, 0).any()


@pytest.mark.parametrize(("shape", "clusters"), [((3,), 1), ((0, 2), 1), ((3, 2), 0)])
def test_what_cannot_be_clustered_is_refused(shape, clusters):
    with pytest.raises(ValueError, match="at least one cluster"):
        find_clusters(np.zeros(shape), clusters, 0)


@given(seed=seeds, classes=st.integers(2, 9))
def test_a_complementary_label_is_never_the_class(seed, classes):
    y = np.random.default_rng(seed).integers(classes, size=50)
    ybar = draw_complementary(y, classes, seed)
    assert ((ybar >= 0) & (ybar < classes) & (ybar != y)).all()


def test_all_wrong_classes_are_alike_likely():
    ybar = draw_complementary(np.full(9000, 2), 4, 0)
    assert np.bincount(ybar, minlength=4) / 9000 == pytest.approx(
        [1 / 3, 1 / 3, 0, 1 / 3], abs=0.02
    )


def test_labels_that_cannot_be():
    for y, classes in (([0, 3], 3), ([-1], 3), ([0], 1)):
        with pytest.raises(ValueError, match="at least two classes"):
            draw_complementary(np.array(y), classes, 0)
    with pytest.raises(ValueError, match="at least two classes, got 1"):
        expect_noise(1)


@given(seed=seeds)
def test_pairs_of_one_class_and_of_none_make_no_noise(seed):
    y = np.random.default_rng(seed).integers(5, size=60)
    ybar = draw_complementary(y, 5, seed)
    for clusters in (y, np.arange(60)):
        assert measure_noise(y, ybar, pair_in_clusters(clusters, seed)) == 0
        assert expect_noise(5, share_of_same_class(y, clusters)) == 0
    index = pair_in_clusters(np.zeros(60), seed)
    wrong = find_contradictions(y, ybar, index)
    assert (wrong[:, 0] == (ybar == y[index])).all()
    assert (wrong[:, 1] == (ybar[index] == y)).all()
    rate, lam = measure_noise(y, ybar, index), np.full(60, 0.5)
    assert rate / 2 <= measure_noise(y, ybar, index, lam) <= rate


def test_noise_of_random_pairs_is_what_is_expected():
    n, classes = 40_000, 10
    y = np.random.default_rng(0).integers(classes, size=n)
    ybar, index = draw_complementary(y, classes, 1), pair_in_clusters(np.zeros(n), 2)
    assert measure_noise(y, ybar, index) == pytest.approx(expect_noise(classes), abs=0.008)
    lam = np.random.default_rng(3).random(n)
    assert measure_noise(y, ybar, index, lam) == pytest.approx(1 / classes, abs=0.006)
    assert share_of_same_class(y, np.zeros(n)) == pytest.approx(1 / classes, abs=0.001)


def test_noise_within_clusters_is_what_is_expected_of_their_classes():
    x, y = draw_points(4000, noise=1.6)
    clusters = find_clusters(x, 12, 0)
    expected = expect_noise(10, share_of_same_class(y, clusters))
    rates = []
    for seed in range(8):
        ybar = draw_complementary(y, 10, seed)
        rates.append(measure_noise(y, ybar, pair_in_clusters(clusters, seed)))
    assert 0.02 < expected < 0.15
    assert np.mean(rates) == pytest.approx(expected, abs=0.006)


def test_clusters_of_samples_have_far_less_noise_than_random_pairs():
    x, y = draw_points(500)
    ybar = draw_complementary(y, 10, 0)
    one, many = (
        measure_noise(y, ybar, pair_in_clusters(find_clusters(x, count, 0), 0)) for count in (1, 25)
    )
    assert one > 0.14
    assert many < 0.05


def test_a_batch_is_mixed_within_its_clusters_by_any_method():
    x, ybar, clusters = torch.rand(6, 1, 4, 4), torch.tensor([0, 1, 2, 0, 1, 2]), [0, 1, 0, 1, 0, 2]
    batch = Batch(x).paired(pair_in_clusters(np.array(clusters), 0))
    plan = mixcore.method("mixup").plan(batch, 0)
    assert (np.array(clusters)[plan.index] == clusters).all()
    assert plan.apply(x)[5].equal(x[5])
    logits = torch.randn(6, 3)
    losses = mixed_complementary(scl_nl, logits, ybar, plan, reduction="none")
    torch.testing.assert_close(losses[5], scl_nl(logits[5:], ybar[5:]))


def test_the_examples_are_true():
    for module in (complementary_labels, pair):
        results = doctest.testmod(module)
        assert (results.failed, results.attempted > 2) == (0, True)
