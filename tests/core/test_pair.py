"""Who meets whom: every way of pairing, alone and around a method."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.explore import batch_panel
from app.mixes import known_methods
from mixcore import Batch, OneOf, Paired, method, pair
from mixcore.methods.freemix import FreeMix
from mixcore.pair import chain_partners, choose_partners
from mixcore.pairings import FOR_CLASSES, PAIRINGS, WITHOUT_FEATURES
from mixcore.train.training_request import TrainingRequest

labels = st.lists(st.integers(0, 4), min_size=1, max_size=24)
seeds = st.integers(0, 2**32)


def batch_of(y, **facts):
    return Batch(torch.rand(len(y), 1, 4, 4), torch.tensor(y), **facts)


@given(y=labels, seed=seeds)
def test_permutations_use_everybody_once(y, seed):
    features = torch.rand(len(y), 3)
    for name in FOR_CLASSES:
        index = choose_partners(name, batch_of(y, features=features), seed)
        if "label" not in name:
            assert sorted(index.tolist()) == list(range(len(y))), name


@given(y=labels, seed=seeds)
def test_same_and_other_class(y, seed):
    y = np.array(y)
    same = choose_partners("same class", batch_of(y.tolist()), seed)
    assert (y[same] == y).all()
    alone = np.bincount(y)[y] == 1
    assert ((same == np.arange(len(y))) == alone).all()
    other = choose_partners("other class", batch_of(y.tolist()), seed)
    largest = np.bincount(y).max()
    assert (y[other] == y).sum() == max(0, 2 * largest - len(y))


@given(y=st.lists(st.integers(0, 99), min_size=2, max_size=20), seed=seeds)
def test_nearest_and_farthest_label(y, seed):
    y = np.array(y)
    gap = np.abs(y[:, None] - y).astype(float)
    np.fill_diagonal(gap, np.nan)
    rows = np.arange(len(y))
    near = choose_partners("nearest label", batch_of(y.tolist()), seed)
    far = choose_partners("farthest label", batch_of(y.tolist()), seed)
    assert (gap[rows, near] == np.nanmin(gap, 1)).all()
    assert (gap[rows, far] == np.nanmax(gap, 1)).all()


def test_all_that_are_equally_far_are_equally_likely():
    y = [0, 5, 5, 5, 10, 10]
    seen = np.zeros((6, 6), int)
    for seed in range(1500):
        index = choose_partners("farthest label", batch_of(y), seed)
        seen[np.arange(6), index] += 1
    expected = np.array(
        [[0, 0, 0, 0, 2, 2], [1, 0, 0, 0, 1, 1], [1, 0, 0, 0, 1, 1], [1, 0, 0, 0, 1, 1],
         [1, 0, 0, 0, 0, 0], [1, 0, 0, 0, 0, 0]]
    )  # fmt: skip
    expected = expected / expected.sum(1, keepdims=True) * 1500
    assert seen == pytest.approx(expected, abs=75)


def test_ties_are_broken_by_lot():
    index = [
        choose_partners("nearest label", batch_of([0, 1, 1, 1, 1]), seed)[0] for seed in range(60)
    ]
    assert set(index) == {1, 2, 3, 4}


def test_clusters_of_the_given_features():
    centers = torch.tensor([[0.0, 0], [9, 0], [0, 9]]).repeat_interleave(8, 0)
    features = centers + 0.1 * torch.randn(24, 2, generator=torch.Generator().manual_seed(0))
    order = torch.randperm(24, generator=torch.Generator().manual_seed(1))
    group = (torch.arange(24) // 8)[order].numpy()
    batch = Batch(torch.rand(24, 1, 4, 4), features=features[order])
    for seed in range(10):
        index = choose_partners("same cluster", batch, seed)
        assert (group[index] == group).all()
        assert (index != np.arange(24)).all()


def test_a_chain_walks_from_partner_to_partner():
    batch = Batch(torch.rand(4, 1, 4, 4), given={"index": [1, 2, 3, 0]})
    assert chain_partners(batch, 0, 4).tolist() == [
        [0, 1, 2, 3],
        [1, 2, 3, 0],
        [2, 3, 0, 1],
        [3, 0, 1, 2],
    ]


def test_paired_changes_the_partners_and_nothing_else():
    y = [0, 0, 1, 1, 2, 2, 0, 1]
    batch, recipe = batch_of(y), method("cutmix")
    plain, same = recipe.plan(batch, 3), Paired(recipe, "same class").plan(batch, 3)
    assert (np.array(y)[same.index] == y).all()
    assert torch.equal(plain.lam, same.lam)
    assert torch.equal(plain.mask(), same.mask())
    fixed = Batch(batch.x, batch.y, given={"index": [7, 6, 5, 4, 3, 2, 1, 0]})
    assert Paired(recipe, "roll").plan(fixed, 0).index.tolist() == [7, 6, 5, 4, 3, 2, 1, 0]
    nested = Paired(OneOf(recipe, method("mixup")), "same class").plan(batch, 5)
    assert (np.array(y)[nested.index] == y).all()


def test_paired_recipes_keep_their_partners_among_others():
    """OneOf only proposes partners; the recipes that choose their own do."""
    y = torch.tensor([0, 1] * 12)
    same, other = (Paired(method("cutmix"), f"{kind} class") for kind in ("same", "other"))
    plan = OneOf(same, other).plan(Batch(torch.rand(24, 1, 8, 8), y), 3)
    alike = y[plan.index[:, 1]] == y
    assert 4 < alike.sum() < 20
    first = OneOf(same, method("mixup"), odds=(1, 0)).plan(Batch(torch.rand(24, 1, 8, 8), y), 3)
    assert (y[first.index[:, 1]] == y).all()
    fixed = Batch(torch.rand(24, 1, 8, 8), y, given={"index": np.roll(np.arange(24), 1)})
    assert OneOf(same, other).plan(fixed, 3).index.tolist() == np.roll(np.arange(24), 1).tolist()


def test_all_that_offers_pairings_reads_one_declaration():
    assert tuple(pair.PAIRINGS) == tuple(PAIRINGS)
    assert known_methods.list_pairings() == FOR_CLASSES
    for declared in (TrainingRequest, FreeMix):
        options = next(one.options for one in declared.params() if one.name == "pairing")
        assert options == WITHOUT_FEATURES
    words = [batch_panel.describe_pairing(name) for name in FOR_CLASSES]
    assert len(set(words)) == len(FOR_CLASSES) == len(PAIRINGS) - 1
    assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in words)


def test_what_is_missing_is_said():
    bare = Batch(torch.rand(3, 1, 4, 4))
    for name in (name for name, facts in PAIRINGS.items() if facts.needs == "labels"):
        with pytest.raises(ValueError, match=f"Pairing by '{name}' needs labels"):
            choose_partners(name, bare, 0)
    for name in set(FOR_CLASSES) - set(WITHOUT_FEATURES):
        with pytest.raises(ValueError, match=f"Pairing by '{name}' needs features"):
            choose_partners(name, bare, 0)
    for name in (name for name, facts in PAIRINGS.items() if not facts.needs):
        assert len(choose_partners(name, bare, 0)) == 3
    with pytest.raises(ValueError, match=r"must be one of shuffle, roll, .*, got 'nobody'"):
        Paired(method("cutmix"), "nobody")
    with pytest.raises(ValueError, match="no pairing 'nobody'; known: shuffle"):
        choose_partners("nobody", bare, 0)
