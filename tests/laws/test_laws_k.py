"""Laws of mixes with any number of sources, self mixes among them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from catalogue import MANY, MANY_KEYS, furnished, legal, others, probe, switched_on
from laws.test_laws import batch_of, images, name, seeds
from mixcore.registry import find_class

every_variant = pytest.mark.parametrize("method", MANY, ids=name)
every_method = pytest.mark.parametrize("key", MANY_KEYS)
shapes = st.tuples(
    st.integers(1, 6), st.sampled_from([1, 3]), st.integers(1, 33), st.integers(1, 33)
)


@every_variant
@given(shape=shapes, seed=seeds)
def test_same_seed_same_plan_and_inputs_stay(method, shape, seed):
    x = images(*shape)
    kept = x.clone()
    one, two = method.plan(batch_of(x), seed), method.plan(batch_of(x), seed)
    assert torch.equal(one.apply(x), two.apply(x))
    assert torch.equal(one.w, two.w)
    assert torch.equal(x, kept)


@every_variant
@given(shape=shapes, seed=seeds)
def test_numbers_are_in_range_and_shapes_agree(method, shape, seed):
    x = images(*shape)
    b, _, h, w = shape
    plan = method.plan(batch_of(x), seed)
    k = plan.index.shape[1]
    masks = plan.mask(h, w)
    assert masks.shape == (b, k, h, w)
    assert masks.min() >= 0
    assert torch.allclose(masks.double().sum(1), torch.ones(b, h, w).double(), atol=1e-5)
    assert torch.allclose(masks.double().mean((2, 3)), plan.area, atol=1e-6)
    assert plan.w.shape == (b, k)
    assert plan.w.min() >= 0
    assert torch.allclose(plan.w.sum(1), torch.ones(b).double())
    assert plan.index[:, 0].tolist() == list(range(b))
    assert 0 <= plan.index.min() <= plan.index.max() < b
    mixed = plan.apply(x)
    assert mixed.shape == x.shape
    assert torch.isfinite(mixed).all()
    assert mixed.min() >= -1e-5
    assert mixed.max() <= 1 + 1e-5


@every_variant
@given(shape=shapes, seed=seeds)
def test_target_rows_sum_to_one_and_self_mixes_keep_their_label(method, shape, seed):
    x = images(*shape)
    y = torch.arange(len(x)) % 3
    plan = method.plan(furnished(x, y), seed)
    for smoothing in (0.0, 0.1):
        target = plan.target(y, 4, smoothing)
        assert target.shape == (len(x), 4)
        assert torch.allclose(target.sum(1), torch.ones(len(x)))
    if method.info.sources == 1:
        assert (plan.index == torch.arange(len(x))[:, None]).all()
        assert torch.equal(plan.target(y, 4), torch.eye(4)[y])


@every_variant
@given(seed=seeds, b=st.integers(1, 6))
def test_in_place_out_and_fresh_agree_to_the_bit(method, seed, b):
    x = images(b)
    plan = method.plan(batch_of(x), seed)
    fresh = plan.apply(x)
    buffer = torch.full_like(x, 7)
    assert plan.apply(x, out=buffer) is buffer
    assert torch.equal(buffer, fresh)
    own = x.clone()
    assert plan.apply(own, in_place=True) is own
    assert torch.equal(own, fresh)


@every_variant
@pytest.mark.parametrize(("dtype", "atol"), [(torch.bfloat16, 6e-2), (torch.float16, 2e-2)])
def test_dtype_is_kept(method, dtype, atol):
    x = images()
    plan = method.plan(batch_of(x), 3)
    mixed = plan.apply(x.to(dtype))
    assert mixed.dtype == dtype
    off = (mixed.float() - plan.apply(x.to(dtype).float())).abs()
    assert float(off.mean()) < atol / 4
    assert plan.apply(x.double()).dtype == torch.float64


@every_variant
def test_the_chosen_rows_are_the_same_mixes(method):
    x = images(b=6)
    plan = method.plan(batch_of(x), 5)
    rows = np.array([4, 1])
    some = plan.rows(rows)
    whole = plan.apply(x)
    assert torch.equal(some.w, plan.w[torch.from_numpy(rows)])
    for to, i in enumerate(rows):
        for k in range(plan.index.shape[1]):
            assert torch.equal(some.piece(x, to, k), plan.piece(x, int(i), k))
    again = plan.rows(np.arange(6))
    assert torch.equal(again.apply(x), whole)


@every_method
def test_every_parameter_changes_something(key):
    x = images(b=8, h=40, w=52)
    cls = find_class(key)

    def seen(**parameters):
        plans = [cls(**parameters).plan(batch_of(x), seed) for seed in range(21, 25)]
        return torch.cat([torch.cat([p.apply(x).flatten().double(), p.w.flatten()]) for p in plans])

    for param in cls.params():
        base = switched_on(cls, param)
        for value in others(param):
            if legal(cls, {**base, param.name: value}):
                one, two = seen(**base), seen(**{**base, param.name: value})
                same = one.shape == two.shape and torch.equal(one, two)
                assert not same, f"{key}.{param.name} does nothing at {value}"


@every_method
def test_samples_of_a_batch_are_mixed_differently(key):
    x = images(b=1, h=64, w=64).expand(6, -1, -1, -1)
    batch = furnished(x, torch.zeros(6, dtype=torch.int64))
    mixed = find_class(key)().plan(batch, 2).apply(x)
    masks = find_class(key)().plan(batch, 2).mask()
    assert len(torch.cat([mixed.flatten(1), masks.flatten(1)], 1).unique(dim=0)) == 6


@every_method
def test_what_can_be_given_is_obeyed(key):
    x = images(b=3, h=24, w=24)
    if "lam" in find_class(key).info.given:
        w = find_class(key)().plan(batch_of(x, lam=0.25), 4).w
        free = find_class(key)().plan(batch_of(x), 4).w
        assert torch.allclose(w[:, 0], torch.tensor(0.25).double())
        assert torch.allclose(w[:, 1] / w[:, 2], free[:, 1] / free[:, 2])  # as they were drawn
    fixed = {"index": [2, 0, 1], "lam": 0.25, "box": (2, 20, 3, 9), "mask": np.ones((24, 24))}
    if "index" in find_class(key).info.given:
        plan = find_class(key)().plan(batch_of(x, index=[2, 0, 1]), 4)
        assert plan.index[:, 1].tolist() == [2, 0, 1]
    for what in set(fixed) - set(find_class(key).info.given):
        with pytest.raises(ValueError, match=f"has no {what} to fix"):
            find_class(key)().plan(batch_of(x, **{what: fixed[what]}), 4)
    assert set(find_class(key).info.given) <= {"index", "lam"}


@every_method
def test_a_plan_can_be_looked_at_in_another_size(key):
    x = images(b=3, h=48, w=36)
    plan = find_class(key)().plan(batch_of(x), 8)
    for size in [(24, 18), (96, 72), (30, 30)]:
        masks = plan.mask(*size)
        assert masks.shape[-2:] == size
        assert torch.allclose(masks.double().mean((2, 3)), plan.area, atol=0.08)
        assert plan.apply(images(3, 3, *size)).shape == (3, 3, *size)


def test_methods_say_what_they_lack():
    bare = probe()
    for key in MANY_KEYS:
        for need in find_class(key).info.needs:
            batch = type(bare)(bare.x, bare.y)
            with pytest.raises(ValueError, match=r"needs (evidence|the images without)"):
                find_class(key)().plan(batch, 0)
            assert need in ("object", "grounds")
