"""Accounts: the terms of every label add up to it, and the maps named are the very ones used."""

import numpy as np
import pytest
import torch

import mixcore
from catalogue import ALL, PAIRS, furnished
from mixcore import Batch, OneOf, method
from mixcore.account import Account, LabelSum, SumTerm, format_share, join_accounts, pair_term
from mixcore.evidence.map import Evidence
from mixcore.evidence.used_maps import LABEL, MASK
from mixcore.plan_k import PlanK
from mixcore.seen import Seen

SIDE = 32
LOOKING = ("transmix", "mixpro", "snapmix", "visiblemix", "attentivemix", "saliencymix", "deda")


def named(one):
    changed = {k: v for k, v in one.to_dict().items() if v != type(one)().to_dict()[k]}
    return f"{one.info.key} {changed}"


def batch_of(b=6, y=True, **given):
    x = torch.rand(b, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(b))
    return furnished(x, torch.arange(b) % 3 if y else None, **given)


def attention_of(b, side=8):
    values = torch.rand(b, 1, side, side, generator=torch.Generator().manual_seed(9)) ** 4
    return Evidence(values, "attention", "a model", "its last block")


def planned(one, batch, seed=3):
    """The plan with its final label, after a model has seen the mix where it must have."""
    plan = one.plan(batch, seed)
    if not one.info.after:
        return plan
    b = len(batch)
    logits = torch.randn(b, 3, generator=torch.Generator().manual_seed(1))
    return one.reweigh(plan, Seen(attention_of(b), logits, batch.y, progress=0.4))


def weights(plan):
    if isinstance(plan, PlanK):
        return plan.w.numpy()
    return torch.stack([plan.w_a, plan.w_b], 1).numpy()


@pytest.mark.parametrize("one", ALL, ids=named)
def test_terms_add_up_to_the_label_in_every_variant(one):
    for batch in (batch_of(), batch_of(2, y=one.info.key != "snapmix")):
        plan = planned(one, batch)
        assert plan.account.weights() == pytest.approx(weights(plan), abs=1e-6)
        for i in range(len(plan)):
            row = plan.account.read_row(i)
            assert row.weights() == pytest.approx(weights(plan)[i], abs=1e-6)
            assert row.describe().startswith("A: ")
            assert LabelSum(**vars(row)).to_dict()["label"] == list(row.weights())


@pytest.mark.parametrize("one", PAIRS, ids=named)
def test_accounts_follow_rows_sizes_and_new_weights(one):
    plan = planned(one, batch_of())
    chosen = np.array([4, 0, 0])
    part = plan.rows(chosen)
    assert part.account.weights() == pytest.approx(weights(plan)[chosen], abs=1e-6)
    assert plan.at(48, 40).account.weights() == pytest.approx(weights(plan), abs=1e-6)
    for whole, few in zip(plan.account.maps, part.account.maps, strict=True):
        for i, row in enumerate(chosen):
            assert torch.equal(whole.map(row), few.map(i))
    again = plan.weighing(np.full(6, 0.25))
    assert again.account.weights().tolist() == [[0.25, 0.75]] * 6
    assert len(again.account.maps) == len(plan.account.maps)


def share_of(used, i, above_least):
    """The share of map i that counts for its own source, or for A where it is of the mix."""
    mask = used.region.mask()[i : i + 1].float()
    values = Evidence(used.map(i)[None, None].float(), "used")
    if above_least:
        full = values.at(*mask.shape[-2:])
        values = Evidence(full - full.amin((2, 3), keepdim=True), "used")
    return float(values.under(1 - mask if used.source == 1 else mask))


@pytest.mark.parametrize("key", LOOKING)
def test_maps_are_the_very_ones_and_terms_are_their_sums(key):
    batch = batch_of()
    plan = planned(method(key), batch)
    maps = plan.account.maps
    assert maps
    for used in maps:
        given = attention_of(6).values if used.source is None else batch.evidence[used.name]
        for i in range(len(plan)):
            j = i if used.source in (None, 0) else int(plan.index[i])
            very = given[j, 0]
            if key == "visiblemix":
                very = Evidence(given[j : j + 1].double(), "").minus_mean().values[0, 0]
            assert torch.equal(used.map(i), very)
            if used.made == LABEL and not used.why_not:
                term = next(t for t in plan.account.terms if t.name == used.term)
                source = used.source or 0
                if term.weight[i, source]:
                    assert term.share[i, source] == pytest.approx(
                        share_of(used, i, above_least=key == "snapmix"), abs=1e-5
                    )
    assert {used.made for used in maps} == {MASK if key in LOOKING[4:] else LABEL}


def test_methods_that_look_at_nothing_name_no_map():
    for one in ALL:
        assert bool(planned(one, batch_of()).account.maps) == (
            one.info.key in LOOKING and one.to_dict().get("progress") != "off"
        )


@pytest.mark.parametrize(
    ("key", "given", "why"),
    [
        ("saliencymix", {"box": (0, 9, 0, 9)}, "the box is set by hand"),
        ("attentivemix", {"mask": torch.ones(SIDE, SIDE)}, "the mask is painted by hand"),
    ],
)
def test_a_map_that_the_hand_overruled_says_so(key, given, why):
    (used,) = method(key).plan(batch_of(**given), 0).account.maps
    assert used.why_not == why


def test_a_joined_account_is_that_of_each_sample():
    parts = method("visiblemix"), method("cutmix", correct_lam=False), method("snapmix")
    recipe = OneOf(*parts)
    plan = recipe.plan(batch_of(24), 0)
    assert plan.account.weights() == pytest.approx(weights(plan), abs=1e-6)
    kinds = {tuple(term.name for term in plan.account.read_row(i).terms) for i in range(24)}
    assert len(kinds) >= 3
    for i in range(24):
        row = plan.account.read_row(i)
        used = [one for one in plan.account.maps if one.map(i) is not None]
        assert len(used) == (0 if row.terms[0].name == "lam" else 2)
    empty = join_accounts([Account((pair_term("area", np.ones(2)),))] * 2, np.array([0, 1]))
    assert empty.weights().tolist() == [[1, 0], [1, 0]]


def test_arithmetic_is_written_as_people_write_it():
    mean = LabelSum((
        SumTerm("area", (0.5, 0.5), (0.664, 0.336)),
        SumTerm("attention of the mix", (0.5, 0.5), (0.457, 0.543)),
    ))  # fmt: skip
    assert mean.describe(("cat", "cup")) == (
        "cat: .5 × .664 area + .5 × .457 attention of the mix = .56"
    )
    ratio = LabelSum((SumTerm("attention", (1.0, 1.0), (0.5, 0.75)),), normalized=True)
    assert ratio.equation(1) == ".75 attention / (.5 + .75) = .6"
    both = LabelSum((SumTerm("class map", (1.0, 1.0), (0.7, 0.4)),))
    assert both.describe() == "A: .7 class map = .7\nB: .4 class map = .4"
    assert [format_share(v) for v in (0, 1, 0.5, 0.0004, 0.9996, 1.25)] == [
        "0", "1", ".5", "0", "1", "1.25"
    ]  # fmt: skip


def test_a_plan_without_evidence_is_accounted_for_too():
    x = torch.rand(4, 3, SIDE, SIDE)
    names = {
        "cutmix": mixcore.method("cutmix"),
        "lam": mixcore.method("cutmix", correct_lam=False),
        "whole label": mixcore.method("fmix", reformulate=True),
    }
    for name, one in names.items():
        (term,) = one.plan(Batch(x), 5).account.terms
        assert term.name == ("area" if name == "cutmix" else name)
