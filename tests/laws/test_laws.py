"""Laws that every two-source method obeys, or says in its own file why it rightly breaks one.

Laws of mixes with any number of sources are in test_laws_k.py.
"""

import re
from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from timm.models.vision_transformer import VisionTransformer

from catalogue import KEYS, PAIR_KEYS, PAIRS, furnished, legal, others, switched_on, variants
from mixcore import plan as plan_module
from mixcore.registry import Method, find_class

EXEMPTIONS = {
    ("automix", "brightness"),
    ("automix", "ends"),
    ("automix", "nested"),
    ("cutmix", "brightness"),
    ("deda", "brightness"),
    ("fmix", "brightness"),
    ("fmix", "nested"),
    ("freemix", "brightness"),
    ("snapmix", "brightness"),
    ("snapmix", "sum"),
    ("visiblemix", "brightness"),
}


def name(method: Method) -> str:
    changed = {k: v for k, v in method.to_dict().items() if v != type(method)().to_dict()[k]}
    return f"{type(method).__name__}({', '.join(f'{k}={v}' for k, v in changed.items())})"


BREAKERS = {
    "brightness": {
        *(name(variant) for variant in variants("automix") if variant.label == "lam"),
        "CutMix(correct_lam=False)",
        "FMix(reformulate=True)",
        "FreeMix(label=lam)",
        "FreeMix(label=whole A)",
        *(name(variant) for key in ("snapmix", "visiblemix") for variant in variants(key)),
    },
    "ends": {name(variant) for variant in variants("automix")},
    "nested": {
        "FMix(max_soft=0.5)",
        "FMix(max_soft=0.25)",
        *(name(variant) for variant in variants("automix")),
    },
    "sum": {name(variant) for variant in variants("snapmix")},
}


every_variant = pytest.mark.parametrize("method", PAIRS, ids=name)
every_method = pytest.mark.parametrize("key", PAIR_KEYS)
path = pytest.fixture(params=["one call", "image by image"])


@path
def either_path(request, monkeypatch):
    """Both ways of applying a plan; the second is otherwise kept for large images."""
    if request.param == "image by image":
        monkeypatch.setattr(plan_module, "SMALL", 0)


def images(b=5, c=3, h=20, w=27, dtype=torch.float32, seed=0):
    return torch.rand(b, c, h, w, generator=torch.Generator().manual_seed(seed)).to(dtype)


def batch_of(x, y=None, **given_):
    return furnished(x, torch.arange(len(x)) % 4 if y is None else y, **given_)


shapes = st.tuples(
    st.integers(1, 7), st.sampled_from([1, 3]), st.integers(1, 33), st.integers(1, 33)
)
seeds = st.integers(0, 2**32)


@every_variant
@given(shape=shapes, seed=seeds)
def test_same_seed_same_plan_and_inputs_stay(method, shape, seed):
    x = images(*shape)
    kept = x.clone()
    one, two = method.plan(batch_of(x), seed), method.plan(batch_of(x), seed)
    assert torch.equal(one.apply(x), two.apply(x))
    assert torch.equal(one.w_a, two.w_a)
    assert torch.equal(x, kept)


@every_variant
@given(shape=shapes, seed=seeds)
def test_numbers_are_in_range_and_shapes_agree(method, shape, seed):
    x = images(*shape)
    b, _, h, w = shape
    plan = method.plan(batch_of(x), seed)
    mask = plan.mask(h, w)
    assert mask.shape == (b, 1, h, w)
    assert mask.min() >= 0
    assert mask.max() <= 1
    if " label" in method.to_dict().get("pairing", ""):  # one may be nearest to several
        assert 0 <= plan.index.min() <= plan.index.max() < b
    else:
        assert sorted(plan.index.tolist()) == list(range(b))
    most = 2 if name(method) in BREAKERS["sum"] else 1
    for number in (plan.area, plan.w_a / most, plan.w_b / most):
        assert number.shape == (b,)
        assert number.min() >= 0
        assert number.max() <= 1
    assert torch.allclose(mask.double().mean((1, 2, 3)), plan.area, atol=1e-6)
    mixed = plan.apply(x)
    assert mixed.shape == x.shape
    assert x.min() - 1e-6 <= mixed.min()
    assert mixed.max() <= x.max() + 1e-6


@every_variant
@pytest.mark.usefixtures("either_path")
@pytest.mark.parametrize(("dtype", "atol"), [(torch.float64, 1e-7), (torch.float32, 1e-5)])
def test_white_on_black_is_as_bright_as_its_label(method, dtype, atol):
    """The law that catches a label the wrong way round, a swapped axis, an uncorrected area."""
    x = torch.zeros(6, 3, 31, 18, dtype=dtype)
    x[::2] = 1
    batch = batch_of(x, index=[1, 0, 3, 2, 5, 4])
    off = 0.0
    for seed in range(8):
        plan = method.plan(batch, seed)
        bright = plan.apply(x).double().mean((1, 2, 3))
        worth = torch.where(x[:, 0, 0, 0] == 1, plan.w_a, plan.w_b)
        off = max(off, float((bright - worth).abs().max()))
    if name(method) in BREAKERS["brightness"]:
        assert off > 1e-3
    else:
        assert off <= atol


@every_variant
@given(shape=shapes, seed=seeds)
def test_target_rows_sum_to_one(method, shape, seed):
    x = images(*shape)
    y = torch.arange(len(x)) % 3
    plan = method.plan(batch_of(x, y), seed)
    exempt = name(method) in BREAKERS["sum"]
    total = (plan.w_a + plan.w_b).float() if exempt else torch.ones(len(x))
    for smoothing in (0.0, 0.1):
        target = plan.target(y, 4, smoothing)
        assert target.shape == (len(x), 4)
        assert torch.allclose(target.sum(1), total)
        assert target.min() >= 0
    alike = torch.full_like(y, 2)
    one_hot = torch.tensor([0.0, 0, 1, 0]).expand(len(x), 4)
    assert torch.allclose(plan.target(alike, 4), one_hot * total[:, None])
    expected = torch.zeros(len(x), 4, dtype=torch.float64)
    for i, j in enumerate(plan.index.tolist()):
        expected[i, y[i]] += plan.w_a[i]
        expected[i, y[j]] += plan.w_b[i]
    assert torch.allclose(plan.target(y, 4).double(), expected)


@every_variant
@pytest.mark.usefixtures("either_path")
@given(seed=seeds)
def test_all_of_a_is_a(method, seed):
    x = images()
    plan = method.plan(batch_of(x, lam=1.0), seed)
    if name(method) in BREAKERS["ends"]:
        others = plan.index != torch.arange(5)
        assert bool((plan.mask()[others] < 1).any()) or not bool(others.any())
        return
    assert torch.equal(plan.apply(x), x)
    assert torch.equal(plan.w_a, torch.ones(5, dtype=torch.float64))


@every_variant
@given(seed=seeds)
def test_less_lam_never_gives_a_pixel_back(method, seed):
    """With a fixed seed lam only lets B's region grow; so it neither moves nor is redrawn."""
    x = images(b=3)
    masks = [
        method.plan(batch_of(x, lam=lam), seed).mask() for lam in (0.0, 0.2, 0.5, 0.55, 0.9, 1.0)
    ]
    slack = 0.3 if name(method) in BREAKERS["nested"] else 1e-6
    for less, more in pairwise(masks):
        assert (less <= more + slack).all()
    assert masks[0].mean() < masks[-1].mean()


WITH_ALPHA = [k for k in PAIR_KEYS if "alpha" in find_class(k)().to_dict() and k != "automix"]


@pytest.mark.parametrize("key", WITH_ALPHA)  # AutoMix's masks are not nested
@given(seed=seeds, alpha=st.floats(0.05, 8))
def test_turning_alpha_leaves_the_region_where_it_was(key, seed, alpha):
    x = images(b=4)
    before = find_class(key)(alpha=1.0).plan(batch_of(x), seed).mask()
    after = find_class(key)(alpha=alpha).plan(batch_of(x), seed).mask()
    for m, n in zip(before, after, strict=True):
        assert (m <= n + 1e-6).all() or (n <= m + 1e-6).all()


@every_variant
def test_lam_follows_the_law_that_is_stated(method):
    law = method.lam_law()
    if law is None or method.to_dict().get("shared_share", False):
        return
    p, q = law
    lam = method.plan(batch_of(torch.empty(1, 1, 2, 2).expand(20_000, -1, -1, -1)), 0).lam
    assert float(lam.mean()) == pytest.approx(p / (p + q), abs=0.012)
    assert float(lam.var()) == pytest.approx(p * q / ((p + q) ** 2 * (p + q + 1)), rel=0.05)


@every_variant
@pytest.mark.usefixtures("either_path")
@given(seed=seeds, b=st.integers(1, 9))
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
def test_both_paths_agree(method, monkeypatch):
    x = images(b=7)
    plan = method.plan(batch_of(x), 11)
    one_call = plan.apply(x)
    monkeypatch.setattr(plan_module, "SMALL", 0)
    assert torch.allclose(plan.apply(x), one_call, atol=1e-6)


@every_variant
@pytest.mark.usefixtures("either_path")
def test_a_partner_wanted_twice_is_served_in_place_too(method):
    x = images(b=4)
    plan = method.plan(batch_of(x, index=[1, 2, 1, 1]), 5)
    own = x.clone()
    assert torch.allclose(plan.apply(own, in_place=True), plan.apply(x), atol=1e-6)


@every_variant
@pytest.mark.parametrize(("dtype", "atol"), [(torch.bfloat16, 2e-2), (torch.float16, 3e-3)])
@pytest.mark.usefixtures("either_path")
def test_dtype_is_kept(method, dtype, atol):
    x = images()
    plan = method.plan(batch_of(x), 3)
    mixed = plan.apply(x.to(dtype))
    assert mixed.dtype == dtype
    assert torch.allclose(mixed.float(), plan.apply(x), atol=atol)
    assert plan.apply(x.double()).dtype == torch.float64


@every_variant
def test_gradients_flow_through(method):
    x = images()
    plan = method.plan(batch_of(x), 3)
    asking = x.clone().requires_grad_()
    mixed = plan.apply(asking)
    assert torch.allclose(mixed.detach(), plan.apply(x), atol=1e-6)
    mixed.sum().backward()
    assert torch.isfinite(asking.grad).all()
    # Every mixed pixel is a mean of source pixels with weights that sum to one.
    assert float(asking.grad.sum()) == pytest.approx(x.numel(), rel=1e-4)


@every_variant
def test_pixels_follow_the_mask(method):
    x = images()
    plan = method.plan(batch_of(x), 9)
    if plan.warp is not None:
        return  # a bent partner has laws of its own in the method's tests
    mask = plan.mask()
    assert torch.allclose(plan.apply(x), mask * x + (1 - mask) * x[plan.index], atol=1e-6)


@cache
def transformer():
    """A small one of 24 blocks and 12 heads, with weights large enough to tell tokens apart."""
    torch.manual_seed(0)
    made = VisionTransformer(
        img_size=(40, 56), patch_size=8, embed_dim=24, depth=24, num_heads=12, num_classes=4
    )
    for parameter in made.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return made.eval()


def relabeled(method, plan, x):
    """The plan after the model has seen the mix, halfway through the training."""
    y = torch.arange(len(x)) % 4
    with torch.no_grad():
        _, seen = method.look(transformer(), plan.apply(x), y)
    return method.reweigh(plan, replace(seen, progress=0.5))


@pytest.mark.parametrize("key", KEYS)
def test_labels_made_after_the_forward_pass_are_declared(key):
    assert (
        hasattr(find_class(key), "reweigh")
        == hasattr(find_class(key), "look")
        == bool(find_class(key).info.after)
    )


@every_method
def test_every_parameter_changes_something(key):
    x = images(b=8, h=40, w=56)
    cls = find_class(key)

    def seen(**parameters):
        method = cls(**parameters)
        plans = [method.plan(batch_of(x), seed) for seed in range(21, 27)]
        if cls.info.after:
            plans = [relabeled(method, plan, x) for plan in plans[:1]]
        pixels = torch.cat([plan.apply(x).flatten().double() for plan in plans])
        labels = torch.cat([plan.w_a for plan in plans])
        return torch.cat([pixels, labels, torch.tensor([plan.depth for plan in plans])])

    for param in cls.params():
        base = switched_on(cls, param)
        for value in others(param):
            parameters = {**base, param.name: value}
            if legal(cls, parameters):
                same = torch.equal(seen(**base), seen(**parameters))
                assert not same, f"{key}.{param.name} does nothing at {value}"


@every_method
def test_samples_of_a_batch_are_mixed_differently(key):
    x = images(b=6, h=64, w=64)
    masks = find_class(key)().plan(batch_of(x), 2).mask().flatten(1)
    assert len(masks.unique(dim=0)) == 6


@every_method
def test_what_can_be_given_is_obeyed(key):
    x = images(b=3, h=24, w=24)
    mask = np.tril(np.ones((24, 24)))
    fixed = {"index": [2, 0, 1], "lam": 0.25, "box": (2, 20, 3, 9), "mask": mask}
    for what in find_class(key).info.given:
        plan = find_class(key)().plan(batch_of(x, **{what: fixed[what]}), 4)
        if what == "index":
            assert plan.index.tolist() == [2, 0, 1]
        elif what == "lam":
            assert plan.lam.tolist() == pytest.approx([0.25] * 3)
        elif what == "box":
            assert plan.mask()[1, 0].eq(0).nonzero().amin(0).tolist() == [2, 3]
            assert plan.mask()[1, 0].eq(0).sum() == 18 * 6
            assert plan.lam is None
        else:
            assert np.array_equal(plan.mask()[1, 0].numpy(), mask)
            assert plan.w_a[0] == pytest.approx(mask.mean())
    refused = set(fixed) - set(find_class(key).info.given)
    for what in refused:
        with pytest.raises(ValueError, match=f"has no {what} to fix"):
            find_class(key)().plan(batch_of(x, **{what: fixed[what]}), 4)


@every_method
def test_a_plan_can_be_looked_at_in_another_size(key):
    x = images(b=3, h=48, w=36)
    plan = find_class(key)().plan(batch_of(x), 8)
    for size in [(24, 18), (96, 72), (30, 30)]:
        mask = plan.mask(*size)
        assert mask.shape == (3, 1, *size)
        assert torch.allclose(mask.double().mean((1, 2, 3)), plan.area, atol=0.08)
        assert plan.apply(images(3, 3, *size)).shape == (3, 3, *size)


def test_the_list_of_exemptions_is_pinned():
    assert {(key, law) for key in KEYS for law in find_class(key).info.exemptions} == EXEMPTIONS
    for key in KEYS:
        assert all(len(reason) > 20 for reason in find_class(key).info.exemptions.values())


@pytest.mark.parametrize("key", KEYS)
def test_the_info_is_fit_to_be_shown(key):
    info = find_class(key).info
    assert info.key == key
    assert info.title
    assert info.paper
    assert info.authors
    assert 2017 <= info.year <= 2026
    for text in (info.summary, info.look):
        assert text.endswith(".")
        assert len(text) < 180
    for sentence in info.says:
        assert re.search(r"[(][^)]*(paper|tables|README|page)[^)]*[)]", sentence)
    for preset in info.presets.values():
        find_class(key)(**preset)
    assert len(variants(key)) > 1
    assert find_class(key).__doc__ or __import__(f"mixcore.methods.{key}", fromlist=["_"]).__doc__
