"""Augmentation of HARD, which learns where student and teacher disagree.

Nix, Burg, Sinz, "HARD: Hard Augmentations for Robust Distillation", 2023. No code is public; the
outline is the paper's, formulas and numbers are ours. The student learns the teacher's answer to an
augmented picture g(x). The augmentor learns to raise their divergence there, as long as the
teacher still gives g(x) about the answer that it gives x:

    student:    min KL(T(g x) || S(g x))
    augmentor:  max reward KL(T(g x) || S(g x)) - penalty KL(T(x) || T(g x))

Here g moves the picture by sigma * eps, eps standard normal, and sigma is learned (family "shift");
or moves, turns and scales it, each with a sigma of its own (family "affine"). Both players may step
each time, or in turns: see `Turns`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mixcore.distill.soft_labels import diverge

FAMILIES = {"shift": ("shift",), "affine": ("shift", "turn", "scale")}
BOUNDS = {"shift": (0.01, 0.3), "turn": (0.02, 1.0), "scale": (0.01, 0.5)}
"""Between which each sigma stays: a share of the side, radians, and a logarithm of the size."""
START = 0.025  # sigma at first, as a share of the side; others begin as far above their least
DRAWS = 4  # normal numbers a picture: x, y, turn, scale


def shift_images(x: Tensor, shift: Tensor) -> Tensor:
    """Pictures moved by a share of their side; black comes in, and gradients flow to the shift.

    Args:
        x: (b, c, h, w).
        shift: (b, 2) or (2,), to the right and down, as a share of width and height.

    Returns:
        (b, c, h, w), bilinear; x itself, but for rounding, where the shift is 0.

    Example:
        >>> import torch
        >>> from mixcore.distill.hard_augmentor import shift_images
        >>> x = torch.eye(4)[None, None]
        >>> shift_images(x, torch.tensor([0.25, 0.0]))[0, 0].abs().round().int()
        tensor([[0, 1, 0, 0],
                [0, 0, 1, 0],
                [0, 0, 0, 1],
                [0, 0, 0, 0]], dtype=torch.int32)
    """
    shift = shift.expand(len(x), 2)
    none = torch.zeros_like(shift[:, 0])
    return _bend(x, shift, none, none)


def _bend(x: Tensor, shift: Tensor, turn: Tensor, scale: Tensor) -> Tensor:
    """Pictures scaled by exp(scale), turned by radians, then moved; read backwards as grids are."""
    small, (h, w) = (-scale).exp(), x.shape[-2:]
    cos, sin, tall = small * turn.cos(), small * turn.sin(), h / w
    rows = torch.stack([cos, tall * sin, -sin / tall, cos], 1).view(-1, 2, 2)
    theta = torch.cat([rows, -rows @ (2 * shift)[..., None]], 2)
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    return F.grid_sample(x, grid.to(x), padding_mode="zeros", align_corners=False)


class Augmentor(nn.Module):
    """Movements of pictures whose width is learned.

    Its parameters are the logarithms of the sigmas, which stay within BOUNDS by `clamp`. What is
    drawn is given to it, so that its draws are the caller's.

    Args:
        family: "shift", or "affine" for moves, turns and sizes.
        start: sigma of the moves at first, as a share of the side; of the others as far above
            their least.

    Raises:
        ValueError: for an unknown family and a start outside of BOUNDS.

    Example:
        >>> import torch
        >>> from mixcore.distill.hard_augmentor import Augmentor
        >>> augmentor = Augmentor("affine")
        >>> augmentor(torch.rand(2, 3, 8, 8), torch.randn(2, 4)).shape
        torch.Size([2, 3, 8, 8])
        >>> {name: round(sigma.item(), 3) for name, sigma in augmentor.sigmas.items()}
        {'shift': 0.025, 'turn': 0.05, 'scale': 0.025}
    """

    def __init__(self, family: str = "shift", start: float = START) -> None:
        super().__init__()
        if family not in FAMILIES:
            known = ", ".join(map(repr, FAMILIES))
            raise ValueError(f"The augmentor's family must be one of {known}, got {family!r}.")
        low, high = BOUNDS["shift"]
        if not low <= start <= high:
            raise ValueError(f"The augmentor's start must be from {low} to {high}, got {start!r}.")
        self.kinds = FAMILIES[family]
        sigmas = [min(start / low * BOUNDS[kind][0], BOUNDS[kind][1]) for kind in self.kinds]
        self.log_sigma = nn.Parameter(torch.tensor(sigmas, dtype=torch.float32).log())

    @property
    def sigmas(self) -> dict[str, Tensor]:
        """The width of each kind of movement, by name."""
        return dict(zip(self.kinds, self.log_sigma.exp(), strict=True))

    def forward(self, x: Tensor, eps: Tensor) -> Tensor:
        """Pictures x (b, c, h, w), moved by draws eps (b, 4) of a standard normal."""
        return move_images(x, eps.to(self.log_sigma), self.sigmas)

    @torch.no_grad()
    def clamp(self) -> None:
        """Bring every sigma back between its bounds; call it after each step."""
        for i, kind in enumerate(self.kinds):
            low, high = BOUNDS[kind]
            self.log_sigma[i].clamp_(math.log(low), math.log(high))


def move_images(x: Tensor, eps: Tensor, sigmas: dict[str, Tensor]) -> Tensor:
    """Pictures x (b, c, h, w) moved by draws eps (b, 4) times these widths; all 0 leaves them."""
    none = torch.zeros_like(eps[:, 0])
    turn = eps[:, 2] * sigmas["turn"] if "turn" in sigmas else none
    scale = eps[:, 3] * sigmas["scale"] if "scale" in sigmas else none
    return _bend(x, eps[:, :2] * sigmas["shift"], turn, scale)


def teach(student: Tensor, teacher: Tensor) -> Tensor:
    """The student's loss KL(T(g x) || S(g x)); the teacher gets no gradient.

    Args:
        student: logits (b, k) of the augmented pictures.
        teacher: logits (b, k) of the same.

    Example:
        >>> import torch
        >>> from mixcore.distill.hard_augmentor import teach
        >>> z = torch.tensor([[2.0, 0.0]])
        >>> round(float(teach(z, z)), 4), round(float(teach(-z, z)), 4)
        (0.0, 1.5232)
    """
    return diverge(student, teacher.detach(), 1.0).mean()


class Challenge(NamedTuple):
    """The augmentor's loss and what it is made of, means over the batch.

    disagreement  KL(T(g x) || S(g x)), which it raises
    drift         KL(T(x) || T(g x)), which it keeps low
    """

    loss: Tensor
    disagreement: Tensor
    drift: Tensor


def challenge(
    student: Tensor, teacher: Tensor, clean: Tensor, *, reward: float = 1.0, penalty: float = 1.0
) -> Challenge:
    """The augmentor's loss: penalty KL(T(x) || T(g x)) - reward KL(T(g x) || S(g x)).

    Gradients flow through both networks to the pictures: both must be left out of the step.

    Args:
        student: logits (b, k) of the augmented pictures.
        teacher: logits (b, k) of the same.
        clean: logits (b, k) of the teacher for the pictures as they are.
        reward: weight of the disagreement of teacher and student.
        penalty: weight of the teacher's own change of mind; large, it drives to the identity.

    Raises:
        ValueError: for shapes that differ.

    Example:
        >>> import torch
        >>> from mixcore.distill.hard_augmentor import challenge
        >>> z = torch.tensor([[2.0, 0.0]])
        >>> round(float(challenge(-z, z, z).loss), 4), round(float(challenge(z, z, -z).loss), 4)
        (-1.5232, 1.5232)
    """
    disagreement = diverge(student, teacher, 1.0).mean()
    drift = diverge(teacher, clean.detach(), 1.0).mean()
    return Challenge(penalty * drift - reward * disagreement, disagreement, drift)


class Turns(nn.Module):
    """Whose turn it is, where the players move one at a time; kept in a buffer.

    The student moves until the disagreement is below `lower`, then the augmentor until it is above
    `upper`.

    Raises:
        ValueError: unless 0 <= lower < upper.

    Example:
        >>> from mixcore.distill.hard_augmentor import Turns
        >>> turns = Turns(0.1, 0.5)
        >>> [turns.update(d) for d in (0.3, 0.05, 0.3, 0.6, 0.3)]  # the student's?
        [True, False, False, True, True]
    """

    student: Tensor

    def __init__(self, lower: float, upper: float) -> None:
        super().__init__()
        if not 0 <= lower < upper:
            raise ValueError(
                "Turns change at a lower and an upper disagreement, 0 <= lower < upper, got "
                f"{lower!r} and {upper!r}."
            )
        self.lower, self.upper = lower, upper
        self.register_buffer("student", torch.ones((), dtype=torch.bool, device="cpu"))

    def update(self, disagreement: float) -> bool:
        """Hear of the disagreement now, and say whether the next step is the student's."""
        own = bool(self.student)
        own = disagreement >= self.lower if own else disagreement > self.upper
        self.student.fill_(own)
        return own
