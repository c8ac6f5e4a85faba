"""Losses for complementary labels: what each is, where it ends, and how mixes are labeled."""

import doctest

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

import mixcore
from mixcore.losses import complementary
from mixcore.losses.complementary import (
    FORMS,
    LOSSES,
    correct_risks,
    dm,
    fwd,
    mcl,
    mixed_complementary,
    scl_exp,
    scl_nl,
    ure,
    ure_risks,
    weigh_complementary,
)

seeds = st.integers(0, 2**32 - 1)
classes = st.integers(2, 8)


def draw_logits(seed, k, n=6, scale=3.0):
    """Logits (n, k) in double precision, and a class that each sample is not."""
    random = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(n, k, generator=random, dtype=torch.float64)
    return logits, torch.randint(k, (n,), generator=random)


def draw_transition(seed, k):
    """A transition matrix with an empty diagonal, far enough from a singular one."""
    random = np.random.default_rng(seed)
    q = random.uniform(0.5, 1.5, (k, k)) * (1 - np.eye(k))
    return torch.from_numpy(q / q.sum(1, keepdims=True))


@given(seed=seeds, k=classes)
def test_values_are_those_of_the_papers(seed, k):
    logits, ybar = draw_logits(seed, k)
    s = logits.softmax(1)
    own = s[torch.arange(6), ybar]
    p = 1 - s
    q = p.softmax(1)[torch.arange(6), ybar]
    expected = {
        "SCL-NL": -(1 - own).log(),
        "SCL-EXP": own.exp(),
        "FWD": -((1 - own) / (k - 1)).log(),
        "DM": -q.log() * (1 + (1 - own) / (k - 1)),
        "URE": -logits.log_softmax(1).sum(1)
        + (k - 1) * logits.log_softmax(1)[torch.arange(6), ybar],
    }
    assert expected.keys() == LOSSES.keys()
    for name, loss in LOSSES.items():
        losses = loss(logits, ybar, reduction="none")
        torch.testing.assert_close(losses, expected[name], msg=name, rtol=1e-6, atol=1e-9)
        torch.testing.assert_close(loss(logits, ybar), losses.mean())
        torch.testing.assert_close(loss(logits, ybar, reduction="sum"), losses.sum())


@given(seed=seeds, k=classes)
def test_a_sure_and_right_network_pays_least(seed, k):
    logits, ybar = draw_logits(seed, k)
    never = logits.scatter(1, ybar[:, None], -torch.inf)
    for loss, least in ((scl_nl, 0), (scl_exp, 1), (fwd, np.log(k - 1))):
        if loss is not fwd:
            assert loss(never, ybar).item() == pytest.approx(least, abs=1e-9)
        assert (loss(logits, ybar, reduction="none") >= least - 1e-9).all()
    for loss in (scl_nl, scl_exp, fwd, dm):
        more = logits.scatter_add(1, ybar[:, None], torch.ones(6, 1, dtype=torch.float64))
        assert (loss(more, ybar, reduction="none") > loss(logits, ybar, reduction="none")).all()


@given(seed=seeds, k=classes)
def test_forward_correction_of_even_labels_is_negative_learning(seed, k):
    logits, ybar = draw_logits(seed, k)
    torch.testing.assert_close(fwd(logits, ybar), scl_nl(logits, ybar) + np.log(k - 1))


@given(seed=seeds, k=st.integers(3, 6))
def test_forward_correction_is_least_where_the_network_is_the_truth(seed, k):
    transition = draw_transition(seed, k)
    truth = draw_logits(seed, k, n=1)[0].softmax(1).log().requires_grad_()
    likely = truth.detach().exp() @ transition
    losses = fwd(truth.expand(k, k), torch.arange(k), transition, reduction="none")
    (likely[0] * losses).sum().backward()
    assert truth.grad.abs().max().item() < 1e-9


@given(seed=seeds, k=st.integers(3, 6), even=st.booleans())
def test_the_unbiased_risk_is_the_cross_entropy_on_average(seed, k, even):
    transition = None if even else draw_transition(seed, k)
    q = (1 - torch.eye(k).double()) / (k - 1) if even else transition
    logits, _ = draw_logits(seed, k, n=1)
    each = ure(logits.expand(k, k), torch.arange(k), transition, reduction="none")
    torch.testing.assert_close(q @ each, -logits.log_softmax(1)[0], rtol=1e-6, atol=1e-8)


def test_the_unbiased_risk_by_drawn_labels():
    """And the risk of each class, which is what may not be negative."""
    k, n, random = 4, 40_000, np.random.default_rng(0)
    y = random.integers(k, size=n)
    ybar = torch.from_numpy((y + random.integers(1, k, size=n)) % k)
    y = torch.from_numpy(y)
    logits = torch.randn(n, k, generator=torch.Generator().manual_seed(0)) + 2 * F.one_hot(y, k)
    each = ure(logits, ybar, reduction="none")
    gap = (each.mean() - F.cross_entropy(logits, y)).item()
    assert abs(gap) < 4 * (each.std() / n**0.5).item() < 0.2
    true = torch.stack([F.cross_entropy(logits, y, reduction="none")[y == c].sum() / n
                        for c in range(k)])  # fmt: skip
    torch.testing.assert_close(ure_risks(logits, ybar), true, atol=0.06, rtol=0)
    torch.testing.assert_close(ure_risks(logits, ybar).sum(), ure(logits, ybar))


def test_corrections_bound_what_would_fall_for_ever():
    ybar = torch.tensor([0, 1, 2])
    logits = (-20 * torch.eye(3)).requires_grad_()  # sure that no sample is what it is not
    assert ure(logits, ybar).item() < -5
    assert ure(logits, ybar, correction="nn").item() == 0
    ure(logits, ybar, correction="ga").backward()
    climbed = logits.grad.clone()
    logits.grad = None
    ure(logits, ybar).backward()
    torch.testing.assert_close(climbed, -logits.grad)  # as all risks here are negative


def test_a_correction_leaves_risks_alone_that_are_possible():
    risks = torch.tensor([[0.5, 0.25], [0.5, -0.25]])
    assert correct_risks(risks, "nn").tolist() == [0.75, 0.5]
    assert correct_risks(risks, "ga").tolist() == [0.75, 0.25]
    assert correct_risks(risks, "none").tolist() == [0.75, 0.25]


@given(seed=seeds, k=classes)
def test_several_labels_by_the_paper_and_one_as_negative_learning(seed, k):
    logits, ybar = draw_logits(seed, k)
    one = F.one_hot(ybar, k).bool()
    torch.testing.assert_close(mcl(logits, one), (2 * k - 2) * scl_nl(logits, ybar))
    kept = torch.randint(k, (6,), generator=torch.Generator().manual_seed(seed))
    excluded = (torch.rand(6, k, generator=torch.Generator().manual_seed(seed)) < 0.5) | one
    excluded[torch.arange(6), kept] = False
    excluded[torch.arange(6), (kept + 1) % k] = True
    p = (logits.softmax(1) * ~excluded).sum(1)
    factor = (2 * k - 2) / excluded.sum(1)
    for form, loss in {"mae": 1 - p, "exp": (-p).exp(), "log": -p.log()}.items():
        losses = mcl(logits, excluded, form=form, reduction="none")
        torch.testing.assert_close(losses, factor * loss, rtol=1e-6, atol=1e-9)


def list_losses(k):
    """All losses as functions of logits and ybar."""
    several = {
        f"MCL {form}": lambda z, y, form=form: mcl(z, F.one_hot(y, k).bool(), form=form)
        for form in FORMS
    }
    corrected = {
        f"URE {how}": lambda z, y, how=how: ure(z, y, correction=how) for how in ("nn", "ga")
    }
    return {**LOSSES, **several, **corrected}


@pytest.mark.parametrize("name", list_losses(4))
@pytest.mark.parametrize("size", [0, 1, 50, 1000])
def test_slopes_are_finite_however_sure_the_network_is(name, size):
    logits = (size * torch.eye(4)).requires_grad_()
    for ybar in (torch.arange(4), torch.arange(4).roll(1)):
        logits.grad = None
        value = list_losses(4)[name](logits, ybar)
        value.backward()
        assert value.isfinite()
        assert logits.grad.isfinite().all()


def test_negative_learning_keeps_its_slope_where_it_is_wrong_and_sure():
    logits = torch.tensor([[40.0, 0, 0]]).requires_grad_()
    value = scl_nl(logits, torch.tensor([0]))
    value.backward()
    assert value.item() == pytest.approx(40 - np.log(2), rel=1e-5)
    assert logits.grad[0, 0].item() == pytest.approx(1)


@pytest.mark.parametrize("name", list_losses(4))
def test_slopes_are_those_of_finite_differences(name):
    logits, ybar = draw_logits(3, 4, n=5, scale=1)
    assert torch.autograd.gradcheck(
        lambda z: list_losses(4)[name](z, ybar), logits.requires_grad_()
    )


def mix_logits(k=4, n=8):
    """A mix of n samples by mixup, logits of the mixed ones, and what each sample is not."""
    plan = mixcore.method("mixup").plan(mixcore.Batch(torch.rand(n, 1, 2, 2)), rng=1)
    return (*draw_logits(5, k, n=n), plan)


def test_a_mix_is_two_losses_with_weights():
    logits, ybar, plan = mix_logits()
    for loss in LOSSES.values():
        own, other = (loss(logits, y, reduction="none") for y in (ybar, ybar[plan.index]))
        losses = mixed_complementary(loss, logits, ybar, plan, reduction="none")
        torch.testing.assert_close(losses, plan.w_a * own + plan.w_b * other)
        torch.testing.assert_close(mixed_complementary(loss, logits, ybar, plan), losses.mean())
    excluded = F.one_hot(ybar, 4).bool()
    torch.testing.assert_close(
        mixed_complementary(mcl, logits, excluded, plan),
        6 * mixed_complementary(scl_nl, logits, ybar, plan),
    )


def test_a_loss_of_the_mixed_label_would_be_another():
    """For what is linear in the label it is the same: only there a soft target may be taken."""
    logits, ybar, plan = mix_logits()
    soft = plan.target(ybar, 4).double()
    s = logits.softmax(1)
    of_soft = -(1 - (soft * s).sum(1)).log().mean()
    assert abs((of_soft - mixed_complementary(scl_nl, logits, ybar, plan)).item()) > 0.01
    log_s = logits.log_softmax(1)
    linear = (-log_s.sum(1) + 3 * (soft * log_s).sum(1)).mean()
    torch.testing.assert_close(
        linear, mixed_complementary(ure, logits, ybar, plan), atol=1e-5, rtol=0
    )


def test_risks_of_a_mix_are_mixed_before_they_are_corrected():
    logits, ybar, plan = mix_logits()
    terms = mixed_complementary(ure_risks, logits, ybar, plan, reduction="none")
    assert terms.shape == logits.shape
    torch.testing.assert_close(terms.sum(1).mean(), mixed_complementary(ure, logits, ybar, plan))
    assert correct_risks(terms.mean(0), "nn") >= terms.sum(1).mean()


def test_networks_of_many_seeds_are_judged_at_once():
    logits, ybar = draw_logits(0, 4)
    other, ybar_other = draw_logits(1, 4)
    both, labels = torch.stack([logits, other]), torch.stack([ybar, ybar_other])
    for loss in LOSSES.values():
        losses = loss(both, labels, reduction="none")
        torch.testing.assert_close(losses[1], loss(other, ybar_other, reduction="none"))
    weights = torch.full((2, 6), 0.3), torch.full((2, 6), 0.7)
    mixed = weigh_complementary(scl_nl, both, (labels, labels.flip(0)), weights, reduction="none")
    own, partner = (scl_nl(other, y, reduction="none") for y in (ybar_other, ybar))
    torch.testing.assert_close(mixed[1], 0.3 * own + 0.7 * partner)
    for how in ("nn", "ga"):
        risks = ure(both, labels, correction=how)
        torch.testing.assert_close(risks[1], ure(other, ybar_other, correction=how))


def test_what_is_refused():
    logits, ybar = draw_logits(0, 4)
    even = torch.full((4, 4), 0.25)
    for loss in LOSSES.values():
        with pytest.raises(ValueError, match="ybar"):
            loss(logits, ybar[:3])
        with pytest.raises(ValueError, match="at least two classes"):
            loss(logits[:, :1], ybar)
        with pytest.raises(ValueError, match="reduction must be one of 'mean', 'sum', 'none'"):
            loss(logits, ybar, reduction="max")
    with pytest.raises(ValueError, match="singular"):
        ure(logits, ybar, even)
    with pytest.raises(ValueError, match="whole batch"):
        ure(logits, ybar, correction="nn", reduction="none")
    with pytest.raises(ValueError, match="correction must be one of"):
        ure(logits, ybar, correction="max")
    with pytest.raises(ValueError, match=r"shape \(4, 4\), got \(3, 3\)"):
        fwd(logits, ybar, even[:3, :3])
    with pytest.raises(ValueError, match="rows that sum to 1"):
        fwd(logits, ybar, 2 * even)
    with pytest.raises(ValueError, match="never a complementary label"):
        fwd(logits, ybar, torch.eye(4)[[0, 0, 1, 2]])
    with pytest.raises(ValueError, match="form must be one of"):
        mcl(logits, F.one_hot(ybar, 4).bool(), form="mse")
    with pytest.raises(ValueError, match="excluded must be bool"):
        mcl(logits, F.one_hot(ybar, 4))
    for none_or_all in (False, True):
        with pytest.raises(ValueError, match="and not all"):
            mcl(logits, torch.full((6, 4), none_or_all))


def test_the_examples_are_true():
    results = doctest.testmod(complementary)
    assert (results.failed, results.attempted > 20) == (0, True)
