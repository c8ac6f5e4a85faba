"""Declarations: their checks, and their way to a dictionary and back."""

import pytest
import torch

from catalogue import ALL_KEYS, KEYS, furnished, variants
from mixcore import PlanK, method
from mixcore.params import BETA, Param
from mixcore.registry import Method, find_class, make_method
from mixcore.registry import method as register

EVERY = [(key, p) for key in ALL_KEYS for p in find_class(key).params()]


def illegal(param: Param):
    if param.kind == "flag":
        return [("yes", TypeError), (1, TypeError)]
    if param.kind == "choice":
        return [("no such word", ValueError), (None, ValueError)]
    low, high = param.accepts or (param.low, param.high)
    beyond = [low - 1, high + 1]
    wrong = [("1", TypeError), (True, TypeError), (None, TypeError)]
    if param.kind == "real":
        return wrong + [(v, ValueError) for v in [*beyond, float("nan"), float("inf")]]
    return [*wrong, (param.low + 0.5, TypeError)] + [(int(v), ValueError) for v in beyond]


@pytest.mark.parametrize(("key", "param"), EVERY, ids=lambda v: getattr(v, "name", v))
def test_illegal_values_are_refused_by_name(key, param):
    for value, error in illegal(param):
        with pytest.raises(error, match=rf"\.{param.name} must be .*got ") as refusal:
            method(key, **{param.name: value})
        assert repr(value) in str(refusal.value)


@pytest.mark.parametrize(("key", "param"), EVERY, ids=lambda v: getattr(v, "name", v))
def test_declarations_are_complete(key, param):
    assert len(param.help) > 5
    assert param.check("X.y", param.default) == param.default


@pytest.mark.parametrize("one", [v for key in ALL_KEYS for v in variants(key)], ids=repr)
def test_there_and_back(one):
    again = method(one.info.key, **one.to_dict())
    assert again == one
    assert hash(again) == hash(one)


def test_a_method_cannot_be_changed():
    with pytest.raises(AttributeError):
        method("mixup").alpha = 2


def test_whole_numbers_count_as_numbers():
    assert method("mixup", alpha=1) == method("mixup", alpha=1.0)


def test_unknown_names_are_named():
    with pytest.raises(ValueError, match=r"no method 'cutmx'. Did you mean 'cutmix'\? Known: "):
        method("cutmx")
    with pytest.raises(ValueError, match=r"CutMix has no parameter 'beta'; it has: alpha"):
        method("cutmix", beta=1)


def test_a_method_in_an_unknown_family_is_refused():
    with pytest.raises(ValueError, match="family must be one of"):

        @register("X", family="Nowhere", paper="", authors="", year=2026, summary="", look="")
        class X(Method):
            pass


def test_a_method_needs_its_evidence():
    import torch

    from mixcore import Batch, Plan
    from mixcore.regions.shapes import Whole

    @register(
        "Y", family="Blend", paper="", authors="", year=2026, summary="", look="", needs=("cam",)
    )
    class Y(Method):
        def plan(self, batch, rng):
            share = batch.evidence["cam"].mean((1, 2, 3)).numpy()
            return Plan(rng.stage("pair").permutation(len(batch)), Whole(share, batch.size))

    x = torch.rand(2, 3, 4, 4)
    with pytest.raises(ValueError, match="Y needs evidence 'cam'"):
        Y().plan(Batch(x), 0)
    seen = Batch(x, evidence={"cam": torch.full((2, 1, 2, 2), 0.5)})
    assert Y().plan(seen, 0).area.tolist() == [0.5, 0.5]
    with pytest.raises(TypeError, match=r"takes a mixcore\.Batch, got Tensor"):
        Y().plan(x, 0)


def test_a_shape_of_0_turns_mixing_off_and_64_is_nearly_half_and_half():
    x, y = torch.rand(6, 3, 24, 24), torch.arange(6)
    for key in KEYS:
        shapes = [p.name for p in find_class(key).params() if p.accepts == BETA and p.when is None]
        if not shapes:
            continue
        off = make_method(key, **dict.fromkeys(shapes, 0.0)).plan(furnished(x, y), 3)
        assert torch.equal(off.apply(x), x), key
        w_a = off.w[:, 0] if isinstance(off, PlanK) else off.w_a
        assert torch.equal(w_a, torch.ones(6, dtype=torch.float64))
        large = make_method(key, **dict.fromkeys(shapes, 64.0))
        lam = getattr(large.plan(furnished(x.expand(6, -1, -1, -1), y), 3), "lam", None)
        assert lam is None or bool(((lam - 0.5).abs() < 0.25).all()), key
        with pytest.raises(ValueError, match=r"must be in \[0, 64\], got 64\.5"):
            make_method(key, **{shapes[0]: 64.5})
