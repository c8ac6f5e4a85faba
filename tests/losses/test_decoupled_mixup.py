"""Decoupled Mixup: each class is scored without the other one, and only where two are mixed."""

import doctest

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from mixcore.losses import decoupled_mixup as module
from mixcore.losses.decoupled_mixup import MODES, decoupled_mixup, decoupled_term, log_phi

seeds = st.integers(0, 2**32 - 1)
classes = st.integers(3, 8)
powers = st.sampled_from([0.0, 0.5, 1.0, 2.0])


def draw_mixes(seed, k, n=6, scale=3.0):
    """Logits (n, k) in double precision, two different classes each, and shares."""
    random = torch.Generator().manual_seed(seed)
    logits = scale * torch.randn(n, k, generator=random, dtype=torch.float64)
    y_a = torch.randint(k, (n,), generator=random)
    y_b = (y_a + torch.randint(1, k, (n,), generator=random)) % k
    lam = 0.01 + 0.98 * torch.rand(n, generator=random, dtype=torch.float64)
    return logits, y_a, y_b, lam


def mix_labels(y_a, y_b, lam, k):
    return lam[:, None] * F.one_hot(y_a, k) + (1 - lam[:, None]) * F.one_hot(y_b, k)


@given(seed=seeds, k=classes, eta=st.floats(0, 1), power=powers)
def test_values_are_those_of_the_paper(seed, k, eta, power):
    logits, y_a, y_b, lam = draw_mixes(seed, k)
    p = logits.softmax(1)
    rows = torch.arange(6)
    phi_a = p[rows, y_a] / (1 - p[rows, y_b])
    phi_b = p[rows, y_b] / (1 - p[rows, y_a])
    term = -eta * lam**power * phi_a.log() - eta * (1 - lam) ** power * phi_b.log()
    found = decoupled_term(logits, y_a, y_b, lam, eta=eta, power=power, reduction="none")
    torch.testing.assert_close(found, term, rtol=1e-6, atol=1e-9)
    whole = decoupled_mixup(logits, y_a, y_b, lam, eta=eta, power=power)
    plain = F.cross_entropy(logits, mix_labels(y_a, y_b, lam, k))
    torch.testing.assert_close(whole, plain + term.mean(), rtol=1e-6, atol=1e-9)


@given(seed=seeds, k=st.integers(2, 8), mode=st.sampled_from(MODES))
def test_without_eta_it_is_cross_entropy(seed, k, mode):
    logits, y_a, y_b, lam = draw_mixes(seed, k)
    found = decoupled_mixup(logits, y_a, y_b, lam, eta=0, mode=mode)
    torch.testing.assert_close(found, F.cross_entropy(logits, mix_labels(y_a, y_b, lam, k)))


@given(seed=seeds, k=classes)
def test_phi_does_not_depend_on_the_other_class_and_is_above_p(seed, k):
    logits, y_a, y_b, _ = draw_mixes(seed, k)
    logits.requires_grad_()
    phi = log_phi(logits, y_a, y_b)
    phi.sum().backward()
    assert (logits.grad.gather(1, y_b[:, None]) == 0).all()
    moved = logits.detach().scatter_add(1, y_b[:, None], torch.ones(6, 1).double())
    assert (log_phi(moved, y_a, y_b) - phi).abs().max() < 1e-12  # by a finite difference
    own = logits.log_softmax(1).gather(1, y_a[:, None])[:, 0]
    assert (phi >= own - 1e-12).all()
    assert (phi <= 0).all()


@given(seed=seeds, k=st.integers(4, 8))
def test_other_classes_may_change_places(seed, k):
    logits, y_a, y_b, lam = draw_mixes(seed, k, n=1)
    others = [c for c in range(k) if c not in (int(y_a), int(y_b))]
    places = torch.arange(k)
    places[others] = torch.tensor(others).roll(1)
    torch.testing.assert_close(
        decoupled_mixup(logits[:, places], y_a, y_b, lam), decoupled_mixup(logits, y_a, y_b, lam)
    )


@given(seed=seeds)
def test_of_two_classes_nothing_is_left(seed):
    logits, y_a, y_b, lam = draw_mixes(seed, 2, scale=10)
    logits.requires_grad_()
    term = decoupled_term(logits, y_a, y_b, lam, eta=1.0)
    term.backward()
    assert term.item() == 0
    assert (logits.grad == 0).all()


@given(seed=seeds, k=st.integers(2, 8))
def test_pairs_of_one_class_and_what_is_not_mixed_are_plain(seed, k):
    logits, y_a, y_b, lam = draw_mixes(seed, k)
    logits.requires_grad_()
    never = torch.tensor([0.0, 1.0, 5e-4, 1 - 5e-4, 1.0, 0.0], dtype=torch.float64)
    for other, share in ((y_a, lam), (y_b, never)):
        for power in (0.0, 1.0):
            term = decoupled_term(logits, y_a, other, share, eta=1.0, power=power)
            assert term.item() == 0
    loss = decoupled_mixup(logits, y_a, y_a, lam, eta=1.0)
    torch.testing.assert_close(loss, F.cross_entropy(logits, y_a))
    loss.backward()
    assert logits.grad.isfinite().all()


@given(seed=seeds, k=classes)
def test_half_and_half_is_not_left_out(seed, k):
    """As it is in the released code, which tells classes apart by their shares."""
    logits, y_a, y_b, _ = draw_mixes(seed, k)
    half = torch.full((6,), 0.5, dtype=torch.float64)
    term = decoupled_term(logits, y_a, y_b, half, reduction="none")
    assert (term > 0).all()
    near = decoupled_term(logits, y_a, y_b, half + 1e-9, reduction="none")
    torch.testing.assert_close(term, near)


@given(seed=seeds, k=classes, power=powers)
def test_modes_share_the_term_out(seed, k, power):
    logits, y_a, y_b, lam = draw_mixes(seed, k)
    each = {
        mode: decoupled_term(logits, y_a, y_b, lam, power=power, mode=mode, reduction="none")
        for mode in MODES
    }
    torch.testing.assert_close(each["less"] + each["more"], each["both"])
    smaller = torch.where(lam < 0.5, y_a, y_b), torch.where(lam < 0.5, y_b, y_a)
    least = torch.minimum(lam, 1 - lam)
    torch.testing.assert_close(each["less"], -0.1 * least**power * log_phi(logits, *smaller))
    all_of_a = decoupled_term(
        logits, y_a, y_b, lam, power=power, mode="less", threshold=1.0, reduction="none"
    )
    torch.testing.assert_close(all_of_a, -0.1 * lam**power * log_phi(logits, y_a, y_b))


@given(seed=seeds, k=classes, power=powers, mode=st.sampled_from(MODES))
def test_exchanging_a_and_b_changes_nothing_and_each_sample_is_its_own(seed, k, power, mode):
    logits, y_a, y_b, lam = draw_mixes(seed, k)
    options = {"power": power, "mode": mode, "reduction": "none"}
    whole = decoupled_mixup(logits, y_a, y_b, lam, **options)
    turned = decoupled_mixup(logits, y_b, y_a, 1 - lam, **options)
    torch.testing.assert_close(whole, turned, rtol=1e-9, atol=1e-9)
    for i in range(6):
        alone = decoupled_mixup(logits[i : i + 1], y_a[i : i + 1], y_b[i : i + 1],
                                lam[i : i + 1], **options)  # fmt: skip
        torch.testing.assert_close(whole[i : i + 1], alone)


def test_slopes_are_those_of_finite_differences():
    logits, y_a, y_b, lam = draw_mixes(3, 5, scale=1)
    assert torch.autograd.gradcheck(
        lambda z: decoupled_mixup(z, y_a, y_b, lam, eta=0.5, power=0.5), logits.requires_grad_()
    )


def test_the_term_never_pulls_a_class_of_the_mix_down():
    """Cross-entropy does, where the network is surer of a class than its label."""
    logits, y_a, y_b, lam = draw_mixes(0, 6, n=200)
    logits.requires_grad_()
    decoupled_term(logits, y_a, y_b, lam, eta=1.0, reduction="sum").backward()
    for y in (y_a, y_b):
        assert (logits.grad.gather(1, y[:, None]) <= 0).all()
    logits.grad = None
    decoupled_mixup(logits, y_a, y_b, lam, eta=0, reduction="sum").backward()
    assert (logits.grad.gather(1, y_a[:, None]) > 0.1).any()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("size", [1, 60, 20_000])
def test_half_precision_stays_finite(dtype, size):
    logits = (size * torch.eye(4)).to(dtype).requires_grad_()
    y_a, y_b = torch.tensor([0, 1, 2, 3]), torch.tensor([1, 2, 0, 2])
    lam = torch.from_numpy(np.array([0.2, 0.5, 0.9, 0.5]))
    loss = decoupled_mixup(logits, y_a, y_b, lam)
    loss.backward()
    exact = decoupled_mixup(logits.detach().double(), y_a, y_b, lam)
    assert loss.dtype == dtype
    assert loss.item() == pytest.approx(exact.item(), rel=0.02)
    assert logits.grad.isfinite().all()


def test_networks_of_many_seeds_are_judged_at_once():
    one, other = draw_mixes(0, 4), draw_mixes(1, 4)
    both = [torch.stack(pair) for pair in zip(one, other, strict=True)]
    losses = decoupled_mixup(*both, reduction="none")
    torch.testing.assert_close(losses[1], decoupled_mixup(*other, reduction="none"))


def test_what_is_refused():
    logits, y_a, y_b, lam = draw_mixes(0, 4)
    with pytest.raises(ValueError, match="mode must be one of 'both', 'less', 'more', got 'most'"):
        decoupled_mixup(logits, y_a, y_b, lam, mode="most")
    with pytest.raises(ValueError, match="reduction must be one of"):
        decoupled_mixup(logits, y_a, y_b, lam, reduction="max")
    with pytest.raises(ValueError, match="at least two classes"):
        decoupled_term(logits[:, :1], y_a, y_b, lam)
    with pytest.raises(ValueError, match=r"'other' must be \(..., b\) as the logits \(6, 4\)"):
        decoupled_term(logits, y_a, y_b[:3], lam)


def test_the_examples_are_true():
    results = doctest.testmod(module)
    assert (results.failed, results.attempted > 10) == (0, True)
