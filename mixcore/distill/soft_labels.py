"""Distillation by soft labels, at a fixed temperature or at the logits' own spread (MIX-KD).

Plain distillation: Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015.
MIX-KD: Choi, Jeon, Shukla, Turaga, "Understanding the Role of Mixup in Knowledge Distillation: An
Empirical Study", WACV 2023, and its code: logits of teacher and student are each divided by their
own standard deviation over the classes, the cross-entropy reads the divided ones too, and the
divergence has no factor T * T. So a student's loss stays what it is where all its logits are
multiplied by a number > 0: nothing holds the size of its weights.

Letters: b samples, k classes; z_s and z_t are logits of student and teacher.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

GAMMA, ALPHA = 0.1, 0.9  # of cross-entropy and divergence, as released
TEMPERATURE = 4.0  # of plain distillation, as in the same study
FLAT = 1e-12  # variance below which logits have no spread to go by


def measure_spread(logits: Tensor) -> Tensor:
    """Standard deviation of each sample's logits over the classes, the divisor being k - 1.

    Gradients flow through it. Logits that are all alike have no spread: it is 1 for them, and its
    gradient 0, where the root itself would give none.

    Args:
        logits: (..., k), k at least 2.

    Returns:
        (..., 1), above 0.

    Raises:
        ValueError: for fewer than two classes.

    Example:
        >>> import torch
        >>> from mixcore.distill.soft_labels import measure_spread
        >>> measure_spread(torch.tensor([[1.0, 2.0, 3.0], [5.0, 5.0, 5.0]]))
        tensor([[1.],
                [1.]])
    """
    if logits.ndim < 1 or logits.shape[-1] < 2:
        raise ValueError(
            f"A spread over classes needs logits (..., k) of k >= 2, got {tuple(logits.shape)}."
        )
    variance = logits.var(-1, keepdim=True)
    return torch.where(variance > FLAT, variance, torch.ones_like(variance)).sqrt()


def soften(logits: Tensor, temperature: float | None = None) -> Tensor:
    """Logits over a fixed temperature, or over their own spread where that is None.

    Args:
        logits: (..., k).
        temperature: above 0; None for each sample's own spread, see `measure_spread`.

    Returns:
        (..., k), whose softmax is the soft label.

    Raises:
        ValueError: for a temperature that is not above 0.

    Example:
        >>> import torch
        >>> from mixcore.distill.soft_labels import soften
        >>> z = torch.tensor([[1.0, 2.0, 3.0]])
        >>> bool(torch.allclose(soften(z), soften(100 * z)))
        True
        >>> soften(z, 4.0)
        tensor([[0.2500, 0.5000, 0.7500]])
    """
    if temperature is None:
        return logits / measure_spread(logits)
    if not temperature > 0:
        raise ValueError(f"A temperature must be above 0, got {temperature!r}.")
    return logits / temperature


def diverge(student: Tensor, teacher: Tensor, temperature: float | None = None) -> Tensor:
    """KL(softmax of the teacher || softmax of the student), both softened; 0 where they agree.

    Args:
        student: z_s (..., k).
        teacher: z_t of the same shape.
        temperature: above 0; None for each network's own spread.

    Returns:
        (...), nats a sample, never below 0 but for rounding.

    Raises:
        ValueError: for shapes that differ, and for a temperature that is not above 0.

    Example:
        >>> import torch
        >>> from mixcore.distill.soft_labels import diverge
        >>> z = torch.tensor([[1.0, 2.0, 4.0]])
        >>> round(float(diverge(3 * z, z)), 6), round(float(diverge(3 * z, z, 1.0)), 3)
        (0.0, 0.542)
    """
    if student.shape != teacher.shape:
        raise ValueError(
            "Student and teacher must answer alike, got logits "
            f"{tuple(student.shape)} and {tuple(teacher.shape)}."
        )
    own = soften(student, temperature).log_softmax(-1)
    known = soften(teacher, temperature).log_softmax(-1)
    return (known.exp() * (known - own)).sum(-1)


class SoftLoss(NamedTuple):
    """The two terms of a distillation loss, weighted, as they enter the sum."""

    cross_entropy: Tensor
    distillation: Tensor

    @property
    def total(self) -> Tensor:
        """What is minimized."""
        return self.cross_entropy + self.distillation


def distill(
    student: Tensor,
    teacher: Tensor,
    target: Tensor,
    *,
    temperature: float | None = None,
    gamma: float = GAMMA,
    alpha: float = ALPHA,
    squared: bool = False,
) -> SoftLoss:
    """gamma CE(target, student) + alpha KL(teacher || student), means over the batch.

    With the spread for a temperature it is MIX-KD's loss as released. At a fixed temperature the
    cross-entropy reads the logits as they are, and `squared` multiplies the divergence by T * T,
    which keeps the size of its gradients (Hinton et al. 2015); MIX-KD's code leaves that out.

    Args:
        student: z_s (b, k).
        teacher: z_t (b, k), for the same mixes; no gradient flows to it.
        target: (b, k) soft labels, mixed as the pictures are.
        temperature: above 0; None for each network's own spread.
        gamma: weight of the cross-entropy.
        alpha: weight of the divergence.
        squared: whether the divergence is multiplied by T * T; nothing to the spread.

    Returns:
        The two terms; `.total` is their sum.

    Raises:
        ValueError: for shapes that differ, and for a temperature that is not above 0.

    Example:
        >>> import torch
        >>> from mixcore.distill.soft_labels import distill
        >>> z, target = torch.tensor([[2.0, 0.0]]), torch.tensor([[1.0, 0.0]])
        >>> loss = distill(z, 5 * z, target)  # alike, but for their size
        >>> round(float(loss.cross_entropy), 4), round(float(loss.distillation), 4)
        (0.0218, 0.0)
    """
    own = soften(student) if temperature is None else student
    factor = temperature**2 if squared and temperature is not None else 1.0
    return SoftLoss(
        gamma * F.cross_entropy(own, target),
        alpha * factor * diverge(student, teacher.detach(), temperature).mean(),
    )
