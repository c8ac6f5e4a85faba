"""Sometimes, OneOf, PerBatch, Paired: plans made of parts keep the laws and each part's rows."""

import numpy as np
import pytest
import torch

from catalogue import KEYS, probe
from mixcore import Batch, OneOf, Paired, PerBatch, Sometimes, method
from mixcore import plan as plan_module
from mixcore.registry import find_class
from mixcore.rng import make_streams

CUT, FADE, PASTE, FREE = (method(k) for k in ("cutmix", "mixup", "resizemix", "fmix"))
WRAPPED = [
    OneOf(CUT, FADE),
    OneOf(CUT, PASTE, FREE, odds=(1, 2, 1)),
    Sometimes(PASTE, 0.5),
    PerBatch(CUT),
    PerBatch(PASTE),
    PerBatch(OneOf(FADE, CUT)),
    Sometimes(OneOf(PASTE, PerBatch(FREE)), 0.7),
]
X = torch.rand(9, 3, 24, 20, generator=torch.Generator().manual_seed(0))
Y = torch.arange(9) % 4


@pytest.mark.parametrize("recipe", WRAPPED, ids=repr)
@pytest.mark.parametrize("small", [0, plan_module.SMALL])
def test_wrappers_keep_the_laws(recipe, small, monkeypatch):
    monkeypatch.setattr(plan_module, "SMALL", small)
    white = torch.zeros(10, 1, 24, 20)
    white[::2] = 1
    swapped = [1, 0, 3, 2, 5, 4, 7, 6, 9, 8]
    for seed in range(6):
        plan = recipe.plan(Batch(X, Y), seed)
        mixed = plan.apply(X)
        assert torch.equal(recipe.plan(Batch(X, Y), seed).apply(X), mixed)
        assert torch.equal(plan.apply(X.clone(), in_place=True), mixed)
        assert torch.equal(plan.apply(X, out=torch.empty_like(X)), mixed)
        assert torch.allclose(plan.target(Y, 4).sum(1), torch.ones(9))
        bright = recipe.plan(Batch(white, given={"index": swapped}), seed)
        worth = torch.where(white[:, 0, 0, 0] == 1, bright.w_a, bright.w_b)
        mean = bright.apply(white).double().mean((1, 2, 3))
        assert torch.allclose(mean, worth, atol=1e-5)
        assert torch.allclose(bright.mask().double().mean((1, 2, 3)), bright.area, atol=1e-6)


def test_oneof_gives_each_sample_its_own_recipe():
    plan = OneOf(CUT, FADE, odds=(3, 1)).plan(Batch(torch.rand(4000, 1, 4, 4)), 0)
    assert np.bincount(plan.region.owner) == pytest.approx([3000, 1000], rel=0.06)
    assert sorted(plan.index.tolist()) == list(range(4000))


def test_oneof_keeps_each_parts_pixels():
    plan = OneOf(CUT, PASTE).plan(Batch(X, Y), 1)
    parts = [p.apply(X) for p in plan.region.plans]
    for i, k in enumerate(plan.region.owner.tolist()):
        assert torch.equal(plan.apply(X)[i], parts[k][i])
    assert set(plan.region.owner.tolist()) == {0, 1}


def test_sometimes_leaves_the_others_byte_for_byte():
    plan = Sometimes(CUT, 0.5).plan(Batch(X, Y), 2)
    alone = plan.region.owner == 1
    assert 0 < alone.sum() < 9
    assert torch.equal(plan.apply(X)[alone], X[alone])
    assert set(plan.w_a[alone].tolist()) == {1.0}
    never, always = (Sometimes(CUT, p).plan(Batch(X, Y), 2) for p in (0.0, 1.0))
    assert torch.equal(never.apply(X), X)
    assert not (always.region.owner == 1).any()


def test_perbatch_draws_once():
    plan = PerBatch(CUT).plan(Batch(X, Y), 3)
    assert len({tuple(b) for b in plan.region.box.tolist()}) == 1
    assert len(set(plan.w_a.tolist())) == 1
    assert len(set(plan.index.tolist())) == 9


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: OneOf(), "needs at least one recipe"),
        (lambda: OneOf(CUT, FADE, odds=(1,)), "one number >= 0 a recipe"),
        (lambda: OneOf(CUT, odds=(-1,)), "one number >= 0 a recipe"),
        (lambda: Sometimes(CUT, 1.5), r"in \[0, 1\], got 1.5"),
    ],
)
def test_wrong_odds(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_wrappers_are_values():
    assert hash(OneOf(CUT, FADE)) == hash(OneOf(CUT, FADE))
    assert Sometimes(CUT, 0.3) == Sometimes(CUT, 0.3)


def of_one_layer(key):
    """The method, in its only layer where it would draw one; parts of a batch must share it."""
    return find_class(key)(
        **({"first_layer": 1, "last_layer": 1} if find_class(key).info.space == "features" else {})
    )


@pytest.mark.parametrize("key", KEYS)
def test_every_method_can_be_wrapped(key):
    batch, y = probe(8), torch.arange(8) % 4
    inner = of_one_layer(key)
    recipes = [
        Sometimes(inner, 0.5),
        OneOf(inner, inner),
        inner
        if "sum" in inner.info.exemptions or inner.info.space == "features"
        else OneOf(inner, find_class("mosaic")()),
        PerBatch(inner),
        Paired(inner, "same class"),
        Sometimes(Paired(OneOf(inner, inner), "other class"), 0.7),
    ]
    for recipe in recipes:
        for seed in range(3):
            plan = recipe.plan(batch, seed)
            mixed = plan.apply(batch.x)
            assert torch.isfinite(mixed).all()
            assert torch.equal(recipe.plan(batch, seed).apply(batch.x), mixed)
            assert torch.equal(plan.apply(batch.x.clone(), in_place=True), mixed)
            if "sum" not in inner.info.exemptions:
                assert torch.allclose(plan.target(y, 4).sum(1), torch.ones(8))


@pytest.mark.parametrize("key", KEYS)
def test_sometimes_leaves_the_others_alone_for_every_method(key):
    batch = probe(12)
    inner = find_class(key)()
    plan = Sometimes(inner, 0.5).plan(batch, 1)
    mixed = plan.apply(batch.x)
    whole = inner.plan(batch, make_streams(1).child("recipe")).apply(batch.x)
    kept = [i for i in range(12) if torch.equal(mixed[i], batch.x[i])]
    done = [i for i in range(12) if torch.allclose(mixed[i], whole[i], atol=1e-5)]
    assert len(kept) > 1
    assert sorted({*kept, *done}) == list(range(12))
    assert torch.equal(plan.target(torch.arange(12), 12)[kept], torch.eye(12)[kept])


def test_partners_are_paired_within_every_method_that_has_some():
    batch = probe(8)
    for key in KEYS:
        info = find_class(key).info
        index = Paired(find_class(key)(), "same class").plan(batch, 2).index
        index = index[:, -1] if index.ndim == 2 else index
        if info.sources > 1 and key != "freemix":
            assert (index % 4 == torch.arange(8) % 4).all(), key
            assert (index != torch.arange(8)).all() or info.sources > 2, key


def test_parts_of_unlike_plans_keep_their_pixels():
    batch = probe(10)
    mosaic, cut = find_class("mosaic")(), find_class("cutmix")()
    recipe = OneOf(mosaic, cut)
    plan = recipe.plan(batch, 5)
    random = make_streams(5)
    partners = batch.paired(plan.index[:, 1].numpy())
    random.stage("which").random(10)
    parts = [r.plan(partners, random.child(str(k))) for k, r in enumerate((mosaic, cut))]
    mixed = plan.apply(batch.x)
    owner = [
        [torch.allclose(mixed[i], p.apply(batch.x)[i], atol=1e-5) for p in parts].index(True)
        for i in range(10)
    ]
    assert set(owner) == {0, 1}
    for i, k in enumerate(owner):
        worth = plan.target(batch.y, 4)[i]
        assert torch.allclose(worth, parts[k].target(batch.y, 4)[i], atol=1e-6)


def test_weights_that_do_not_sum_to_one_stay_among_pairs():
    with pytest.raises(ValueError, match="can only be joined with mixes of two photos"):
        OneOf(find_class("snapmix")(), find_class("mosaic")()).plan(probe(8), 0)


@pytest.mark.parametrize("key", ["snapmix", "visiblemix"])
def test_one_draw_for_the_batch_is_weighed_picture_by_picture(key):
    batch = probe(8)
    plan = PerBatch(find_class(key)()).plan(batch, 3)
    assert len(np.unique(plan.region.box, axis=0)) == 1
    assert len(plan.w_a.unique()) > 4
    again = find_class(key)().weigh(plan, batch)
    assert torch.equal(again.w_a, plan.w_a)


def test_plans_gives_independent_mixes_of_one_batch():
    batch = probe(6)
    one, two = find_class("cutmix")().plans(batch, 3)
    assert not torch.equal(one.lam, two.lam)
    again = find_class("cutmix")().plans(batch, 3, n=3)
    assert torch.equal(again[1].lam, two.lam)
    assert len(again) == 3
