"""Distillation by soft labels: what each temperature does, and where gradients go."""

import doctest

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from mixcore.distill import soft_labels
from mixcore.distill.soft_labels import ALPHA, GAMMA, distill, diverge, measure_spread, soften

seeds = st.integers(0, 2**32 - 1)


def draw(seed, k, n=5):
    """Logits of a student and of a teacher (n, k), and soft labels (n, k)."""
    random = torch.Generator().manual_seed(seed)
    student, teacher, target = (
        3 * torch.randn(n, k, generator=random, dtype=torch.float64) for _ in range(3)
    )
    return student, teacher, target.softmax(1)


@given(seed=seeds, k=st.integers(2, 9), c=st.floats(1e-2, 1e2), shift=st.floats(-9, 9))
def test_the_spread_makes_losses_free_of_scale(seed, k, c, shift):
    student, teacher, target = draw(seed, k)
    loss = distill(student, teacher, target)
    for one, other in ((c * student, teacher), (student, c * teacher), (student + shift, teacher)):
        again = distill(one, other, target)
        assert torch.allclose(torch.stack([*again]), torch.stack([*loss]), atol=1e-8)
    fixed = distill(student, teacher, target, temperature=4.0)
    assert not torch.allclose(distill(3 * student, teacher, target, temperature=4.0).total,
                              fixed.total)  # fmt: skip


@given(seed=seeds, k=st.integers(2, 9))
def test_values_are_those_of_the_formula(seed, k):
    student, teacher, target = draw(seed, k)
    own, known = (z / z.std(1, keepdim=True) for z in (student, teacher))
    loss = distill(student, teacher, target)
    p = known.softmax(1)
    kl = (p * (p.log() - own.softmax(1).log())).sum(1).mean()
    assert torch.allclose(loss.cross_entropy, GAMMA * F.cross_entropy(own, target))
    assert torch.allclose(loss.distillation, ALPHA * kl)
    assert torch.allclose(loss.total, loss.cross_entropy + loss.distillation)
    fixed = distill(student, teacher, target, temperature=4.0, gamma=0.5, alpha=2.0, squared=True)
    kl = F.kl_div((student / 4).log_softmax(1), (teacher / 4).softmax(1), reduction="batchmean")
    assert torch.allclose(fixed.cross_entropy, 0.5 * F.cross_entropy(student, target))
    assert torch.allclose(fixed.distillation, 2 * 16 * kl)
    plain = distill(student, teacher, target, temperature=4.0, gamma=0.5, alpha=2.0)
    assert torch.allclose(16 * plain.distillation, fixed.distillation)


@given(seed=seeds, k=st.integers(2, 9))
def test_a_divergence_is_none_only_where_both_agree(seed, k):
    student, teacher, _ = draw(seed, k)
    assert torch.allclose(diverge(teacher, teacher), torch.zeros(5).double(), atol=1e-12)
    assert (diverge(student, teacher, 2.0) >= -1e-12).all()


def test_logits_that_are_all_alike_have_numbers_and_gradients():
    flat = torch.full((3, 4), 2.0, requires_grad=True)
    loss = distill(flat, torch.eye(4)[:3], torch.eye(4)[:3])
    loss.total.backward()
    assert torch.isfinite(loss.total)
    assert torch.isfinite(flat.grad).all()
    assert flat.grad.abs().sum() > 0
    still = torch.zeros(3, 4, requires_grad=True)
    (measure_spread(still) ** 2).sum().backward()
    assert (still.grad == 0).all()


def test_the_teacher_gets_no_gradient_and_the_student_s_flows_through_its_spread():
    student, teacher, target = (z.requires_grad_() for z in draw(3, 6))
    distill(student, teacher, target.detach()).total.backward()
    assert teacher.grad is None
    # Along its own direction a loss that is free of scale has no slope; without the gradient
    # through the spread it would have one.
    centered = student - student.mean(1, keepdim=True)
    assert (student.grad * centered).sum(1).abs().max() < 1e-12
    held = student.detach().requires_grad_()
    spread = measure_spread(held).detach()
    diverge(
        held / spread, teacher.detach() / measure_spread(teacher.detach()), 1.0
    ).sum().backward()
    assert (held.grad * centered.detach()).sum(1).abs().max() > 1e-3


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"temperature must be above 0, got 0"):
        soften(torch.zeros(1, 3), 0)
    with pytest.raises(ValueError, match=r"k >= 2, got \(4, 1\)"):
        measure_spread(torch.zeros(4, 1))
    with pytest.raises(ValueError, match=r"\(2, 3\) and \(2, 4\)"):
        diverge(torch.zeros(2, 3), torch.zeros(2, 4))


def test_examples():
    assert doctest.testmod(soft_labels).failed == 0
