"""Real labels: batches, targets, Mixer and mix for regression, and rows of a table."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

import mixcore
from catalogue import furnished
from mixcore import Batch, Mixer, OneOf, Paired, PerBatch, PlanK, Sometimes, method, mix
from mixcore.methods import methods
from mixcore.registry import find_class

ROWS = torch.rand(12, 5, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
X = torch.rand(12, 3, 16, 16, generator=torch.Generator().manual_seed(2))
Y = torch.linspace(-3, 3, 12, dtype=torch.float64)
Y2 = torch.stack([Y, Y**2], 1).float()


def real_batch(x, y):
    """A batch with all that any method may need, and real labels."""
    return replace(furnished(x), y=y, regression=True)


@pytest.mark.parametrize("y", [Y, Y2], ids=["(b,)", "(b, d)"])
@pytest.mark.parametrize("key", methods("real"))
def test_every_method_mixes_real_labels_by_its_weights(key, y):
    plan = find_class(key)().plan(real_batch(X, y), 3)
    target = plan.target(y)
    assert (target.shape, target.dtype) == (y.shape, y.dtype)
    index, w = plan.index, plan.w if isinstance(plan, PlanK) else None
    if w is None:
        index = torch.stack([torch.arange(12), index], 1)
        w = torch.stack([plan.w_a, plan.w_b], 1)
    expected = torch.einsum("bk,bk...->b...", w, y.double()[index])
    assert torch.allclose(target.double(), expected, atol=1e-6)
    assert y.min() - 1e-6 <= target.min()
    assert target.max() <= y.max() + 1e-6
    if find_class(key).info.sources == 1:
        assert torch.equal(target, y)


@pytest.mark.parametrize("key", sorted(set(methods()) - set(methods("real"))))
def test_methods_of_classes_refuse_real_labels(key):
    with pytest.raises(ValueError, match="weighs the labels of classes, so it cannot mix real"):
        find_class(key)().plan(real_batch(X, Y), 0)
    with pytest.raises(ValueError, match="cannot"):
        Mixer(key, regression=True)


@pytest.mark.parametrize("key", sorted(set(methods()) - set(methods("classes"))))
def test_methods_of_real_labels_refuse_classes(key):
    for refused in (
        lambda: find_class(key)().plan(furnished(X, torch.arange(12)), 0),
        lambda: Mixer(key, 10),
        lambda: Mixer(Sometimes(method(key), 0.5), 10),
        lambda: mix(X, torch.arange(12), key, num_classes=12, rng=0),
    ):
        with pytest.raises(ValueError, match=r"mixes real labels, not classes; give regression=T"):
            refused()


def test_kinds_of_labels_are_facts_that_can_be_asked_for():
    assert "mixup" in set(methods("real")) & set(methods("classes"))
    assert "snapmix" not in methods("real")
    assert "cmixup" not in methods("classes")
    assert set(methods("real")) | set(methods("classes")) == set(mixcore.methods())
    assert mixcore.methods("real") == methods("real")
    with pytest.raises(ValueError, match="labels must be 'classes' or 'real', got 'ranks'"):
        methods("ranks")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: Batch(X, Y), TypeError, r"\(class indices\), got torch.float64; .*regression=Tr"),
        (lambda: Mixer("mixup", 4)(X, Y), TypeError, "for real labels give regression=True"),
        (lambda: Mixer("mixup"), TypeError, "needs num_classes, .* give regression=True instead"),
        (lambda: mix(X, Y, "mixup", rng=0), TypeError, "mix needs num_classes"),
        (lambda: Mixer("mixup", 4, regression=True), TypeError, "num_classes .* got 4 with regre"),
        (
            lambda: Mixer("mixup", regression=True, smoothing=0.1),
            ValueError,
            r"smoothing .* 0\.1",
        ),
        (lambda: mix(X, Y, "mixup", rng=0, regression=True, smoothing=0.1), ValueError, "smoothin"),
        (lambda: Batch(X, torch.arange(12), regression=True), TypeError, r"convert with y.float"),
        (lambda: Batch(X, [1.0] * 12, regression=True), TypeError, "torch.Tensor of labels, got l"),
        (
            lambda: Batch(X, Y[:5], regression=True),
            ValueError,
            r"shape \(12,\) or \(12, d\), .*5",
        ),
        (lambda: Batch(X, Y / 0 * 0, regression=True), ValueError, "y must be finite"),
        (
            lambda: Batch(ROWS.long()),
            TypeError,
            r"rows \(b, d\) must be floating",
        ),
    ],
)
def test_what_does_not_go_together_is_refused_in_a_sentence(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_targets_of_a_plan_say_what_they_lack():
    plan = method("mixup").plan(Batch(X), 0)
    with pytest.raises(TypeError, match="for class indices give num_classes"):
        plan.target(torch.arange(12))
    with pytest.raises(TypeError, match="real labels are mixed without num_classes"):
        plan.target(Y, 4)
    with pytest.raises(ValueError, match=r"must have shape \(12,\) or \(12, d\), got \(5,\)"):
        plan.target(Y[:5])
    with pytest.raises(ValueError, match=r"smoothing is for classes, got 0\.1 for real"):
        plan.target(Y, smoothing=0.1)
    with pytest.raises(ValueError, match="do not sum to 1"):
        plan.weighing(np.full(12, 0.9), np.full(12, 0.9)).target(Y)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_targets_keep_dtype_and_whole_weights_are_exact(dtype):
    plan = method("mixup").plan(Batch(X, given={"lam": np.r_[np.ones(6), np.full(6, 0.3)]}), 0)
    target = plan.target(Y.to(dtype))
    assert target.dtype == dtype
    assert torch.equal(target[:6], Y.to(dtype)[:6])
    known = 0.3 * Y + 0.7 * Y[plan.index]
    assert torch.allclose(
        target[6:].double(), known[6:], atol=2e-2 if dtype.itemsize == 2 else 1e-6
    )


@pytest.mark.parametrize("key", methods())
def test_rows_of_a_table_are_blended_or_refused(key):
    maps = dict.fromkeys(("object", "cam", "attention", "saliency"), torch.rand(12, 1, 4, 4))
    real = key in methods("real")
    y = Y if real else torch.arange(12)
    batch = Batch(ROWS, y, evidence=maps, grounds=ROWS, regression=real)
    if key not in ("mixup", "cmixup", "dmixup", "manifoldmix"):
        with pytest.raises(ValueError, match=r"works on pictures .* not on rows of a table"):
            find_class(key)().plan(batch, 0)
        return
    plan = find_class(key)().plan(batch, 0)
    if isinstance(plan, PlanK):
        expected = torch.einsum("bk,bkd->bd", plan.w, ROWS[plan.index])
    else:
        lam = plan.lam[:, None]
        expected = lam * ROWS + (1 - lam) * ROWS[plan.index]
    assert torch.allclose(plan.apply(ROWS), expected)


RECIPES = [
    method("cmixup"),
    Sometimes(method("cmixup"), 0.5),
    OneOf(method("mixup"), method("cmixup", bandwidth=0.05)),
    PerBatch(method("mixup")),
    Paired(method("mixup"), "near label", bandwidth=0.5),
    Paired(method("mixup"), "nearest label"),
]


@pytest.mark.parametrize("y", [Y, Y2], ids=["(b,)", "(b, d)"])
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda r: type(r).__name__)
def test_rows_and_labels_are_mixed_alike_by_any_recipe(recipe, y):
    """A label that is a linear function of the row stays it in every mix."""
    if y.ndim == 2 and getattr(recipe, "by", "") == "nearest label":
        with pytest.raises(ValueError, match="needs one number a sample, got labels of shape"):
            recipe.plan(Batch(ROWS, y, regression=True), 0)
        return
    rows = torch.cat([y.double().view(12, -1), ROWS], 1)
    mixer = Mixer(recipe, regression=True, seed=3)
    mixed, target = mixer(rows, y)
    assert (mixed.shape, mixed.dtype) == (rows.shape, rows.dtype)
    labels = mixed[:, : 1 if y.ndim == 1 else 2]
    assert torch.allclose(labels, target.double().view(12, -1), atol=1e-5)
    assert not torch.equal(mixed, rows)
    own = rows.clone()
    again, _ = Mixer(recipe, regression=True, seed=3, in_place=True)(own, y)
    assert again is own
    assert torch.allclose(own, mixed, atol=1e-6)


@pytest.mark.parametrize("wide", [3, 6000], ids=["one call", "row by row"])
def test_rows_are_written_where_they_are_wanted(wide):
    rows = torch.rand(8, wide, generator=torch.Generator().manual_seed(3))
    batch = Batch(rows, Y[:8], regression=True)
    for recipe in (method("mixup"), Sometimes(method("mixup"), 0.5), RECIPES[2]):
        plan = recipe.plan(batch, 1)
        fresh, out, own = plan.apply(rows), torch.empty_like(rows), rows.clone()
        assert plan.apply(rows, out=out) is out
        assert plan.apply(own, in_place=True) is own
        assert torch.equal(out, fresh)
        assert torch.equal(own, fresh)
        asking = rows.clone().requires_grad_()
        plan.apply(asking).sum().backward()
        assert float(asking.grad.sum()) == pytest.approx(rows.numel(), rel=1e-4)


def test_a_plan_of_pictures_is_not_for_rows():
    plan = method("cutmix").plan(Batch(X), 0)
    with pytest.raises(ValueError, match=r"x must have shape \(b, c, h, w\), got \(12, 5\)"):
        plan.apply(ROWS)


def test_oneof_leaves_cmixup_its_pairing_but_paired_decides():
    y = torch.tensor([0.0, 1000.0]).repeat(6)
    batch = Batch(ROWS, y, regression=True)
    plan = OneOf(method("cmixup", bandwidth=0.01), method("cmixup")).plan(batch, 0)
    assert torch.equal(y[plan.index[:, 1]] if isinstance(plan, PlanK) else y[plan.index], y)
    decided = Paired(method("cmixup"), "roll").plan(batch, 0)
    assert decided.index.tolist() == np.roll(np.arange(12), 1).tolist()
    nested = Paired(OneOf(method("cmixup"), method("mixup")), "roll").plan(batch, 0)
    assert nested.index.tolist() == decided.index.tolist()


def test_classes_are_mixed_to_the_bit_as_ever():
    """With the same seed real labels of a table move as the soft classes of its pictures do."""
    x, y = X[:, :, :1, :1], torch.arange(12) % 4
    mixed, soft = mix(x, y, "mixup", num_classes=4, rng=5)
    rows, target = mix(x[..., 0, 0], y.double(), "mixup", regression=True, rng=5)
    assert torch.equal(rows, mixed[..., 0, 0])
    assert torch.allclose(soft.double() @ torch.arange(4.0).double(), target, atol=1e-6)


def test_collate_and_the_last_epochs():
    samples = [(row, float(label)) for row, label in zip(ROWS, Y, strict=True)]
    mixer = Mixer("cmixup", regression=True, bandwidth=0.2, seed=4)
    batches = list(DataLoader(samples, batch_size=6, collate_fn=mixer.collate))
    assert [(x.shape, y.shape, y.dtype) for x, y in batches] == [((6, 5), (6,), torch.float64)] * 2
    mixed = mixer.collate([{"x": row, "target": label} for row, label in samples])
    assert list(mixed) == ["x", "target"]
    assert not torch.equal(mixed["x"], ROWS)
    mixer.mixup_enabled = False
    for labels in (Y, Y2):
        alone, target = mixer(ROWS, labels)
        assert alone is ROWS
        assert torch.equal(target, labels)
        assert target.dtype == labels.dtype


def test_a_last_batch_of_any_number_is_mixed():
    samples = list(zip(ROWS[:8], Y[:8], strict=True))
    mixer = Mixer("cmixup", regression=True, bandwidth=2.0)
    batches = list(DataLoader(samples, batch_size=7, collate_fn=mixer.collate))
    assert [len(y) for _, y in batches] == [7, 1]
    assert torch.allclose(batches[1][0], ROWS[7:8])  # alone, so its own partner
    assert torch.allclose(batches[1][1], Y[7:8])


def test_a_stream_goes_on_where_it_stood():
    first, second = (Mixer("cmixup", regression=True, seed=9) for _ in range(2))
    first(ROWS, Y)
    second.load_state_dict(first.state_dict())
    assert all(map(torch.equal, first(ROWS, Y), second(ROWS, Y)))


@pytest.mark.parametrize("by", ["same class", "other class"])
def test_pairings_of_classes_refuse_real_labels(by):
    with pytest.raises(ValueError, match=f"Pairing by '{by}' needs classes, but these .* real"):
        Paired(method("mixup"), by).plan(Batch(ROWS, Y, regression=True), 0)


def test_near_label_needs_real_labels_and_alone_has_a_bandwidth():
    for batch in (Batch(X), Batch(X, torch.arange(12))):
        with pytest.raises(
            ValueError, match=r"'near label' needs real labels; give Batch\(x, y, r"
        ):
            Paired(method("mixup"), "near label").plan(batch, 0)
    with pytest.raises(ValueError, match="bandwidth is of 'near label' alone, not of 'flip'"):
        Paired(method("mixup"), "flip", bandwidth=0.1)
    with pytest.raises(ValueError, match="bandwidth must be > 0, got 0"):
        Paired(method("mixup"), "near label", bandwidth=0)


def test_nearest_and_farthest_go_by_real_labels_too():
    y = torch.tensor([0.1, 0.15, 0.9, 0.87, 0.5])
    batch = Batch(ROWS[:5], y, regression=True)
    nearest = Paired(method("mixup"), "nearest label").plan(batch, 0).index
    assert nearest.tolist()[:4] == [1, 0, 3, 2]
    farthest = Paired(method("mixup"), "farthest label").plan(batch, 0).index
    assert farthest.tolist()[:4] == [2, 2, 0, 0]


def test_a_regression_learns_in_anybody_s_loop():
    torch.manual_seed(0)
    truth = ROWS.new_tensor([1.0, -2.0, 0.5, 0.0, 3.0])
    x, y = torch.randn(256, 5, dtype=torch.float64), None
    y = x @ truth
    model = torch.nn.Linear(5, 1, dtype=torch.float64)
    adam = torch.optim.Adam(model.parameters(), 0.1)
    mixer = Mixer("cmixup", regression=True)
    for rows in itertools.islice(itertools.cycle(torch.arange(256).split(64)), 200):
        mixed, target = mixer(x[rows], y[rows])
        loss = torch.nn.functional.mse_loss(model(mixed)[:, 0], target)
        adam.zero_grad()
        loss.backward()
        adam.step()
    assert torch.allclose(model.weight[0], truth, atol=1e-2)  # a mix of a plane is on it
