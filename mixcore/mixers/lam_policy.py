"""AdaMixUp's policy: a network that says, pair by pair, which ratios lam are safe.

Guo et al., "MixUp as Locally Linear Out-Of-Manifold Regularization" (AAAI 2019). Softmax of three
logits gives (alpha, width, rest); lam = alpha + u * width with u uniform in [0, 1], so that lam
lies in an interval inside of [0, 1] and gradients reach both of its ends.

Ours, where the released code differs: the policy reads both pictures, one after the other along the
channels; the released one reads half of their sum under noise that is drawn anew each time, which
`blend_by_noise` is. And the width may have a floor: nothing in the loss holds it up, so that the
learned interval shrinks to a point, often at a ratio that mixes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

WIDEST = 0.5  # floor


@dataclass(frozen=True, eq=False)
class LamInterval:
    """Intervals of lam, [alpha, alpha + width] for each pair (..., b); lam is the first's share."""

    alpha: Tensor
    width: Tensor

    def draw(self, u: Tensor) -> Tensor:
        """lam at u (..., b), uniform in [0, 1]; both ends get its gradient."""
        return self.alpha + u * self.width

    def detach(self) -> LamInterval:
        """The same without a graph."""
        return LamInterval(self.alpha.detach(), self.width.detach())


def bound_interval(logits: Tensor, floor: float | Tensor = 0.0) -> LamInterval:
    """The interval that a policy's logits mean.

    Args:
        logits: (..., b, 3).
        floor: the least width, 0 to WIDEST; 0 is as published. One number, or (..., 1) of them.

    Returns:
        alpha >= 0 and width >= floor, with alpha + width <= 1.

    Raises:
        ValueError: for other than three logits, and a floor out of range.

    Example:
        >>> import torch
        >>> from mixcore.mixers.lam_policy import bound_interval
        >>> interval = bound_interval(torch.tensor([[0.0, -9.0, 0.0]]), floor=0.2)
        >>> [round(float(end), 2) for end in (interval.alpha, interval.alpha + interval.width)]
        [0.4, 0.6]
    """
    if logits.shape[-1] != 3:
        raise ValueError(
            f"A policy has three logits a pair, alpha, width and rest, got {logits.shape[-1]}."
        )
    ends = (float(floor.min()), float(floor.max())) if isinstance(floor, Tensor) else (floor, floor)
    if not 0 <= ends[0] <= ends[1] <= WIDEST:
        raise ValueError(f"The least width must be in [0, {WIDEST:g}], got {ends[1]:g}.")
    alpha, width, _ = logits.softmax(-1).unbind(-1)
    return LamInterval((1 - floor) * alpha, floor + (1 - floor) * width)


def join_pair(one: Tensor, other: Tensor, axis: int = 1) -> Tensor:
    """What the policy reads of a pair: both, along the channels."""
    return torch.cat([one, other], axis)


def blend_by_noise(one: Tensor, other: Tensor, noise: Tensor) -> Tensor:
    """What the released policy reads: (n1 * one + n2 * other) / 2.

    noise (2, ...) is from draw_noise, of the samples' shape: two pairs alike are read differently.
    """
    return (noise[0] * one + noise[1] * other) / 2


def draw_noise(shape: tuple[int, ...], random: torch.Generator | None = None) -> Tensor:
    """Normal noise (2, *shape), cut off at two standard deviations as the released code's is."""
    found = torch.empty(2, *shape, dtype=torch.float32, device="cpu")
    return nn.init.trunc_normal_(found, a=-2, b=2, generator=random)


def make_body(channels: int, units: int = 100) -> nn.Module:
    """A small body for a policy: pictures (b, channels, h, w) in [0, 1] to (b, units)."""
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3, stride=2, padding=1), nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, units),
    )  # fmt: skip


class LamPolicy(nn.Module):
    """Policy of pictures: a body of its own, then three logits.

    Args:
        body: gives (b, units) of what join_pair or blend_by_noise made, such as a small network.
        units: how many it gives; the released code has 100.
        floor: the least width of an interval.

    Example:
        >>> import torch
        >>> from mixcore.mixers.lam_policy import LamPolicy, join_pair
        >>> body = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(2 * 64, 100))
        >>> policy = LamPolicy(body)
        >>> a, b = torch.rand(2, 4, 1, 8, 8)
        >>> policy(join_pair(a, b)).width.shape
        torch.Size([4])
    """

    def __init__(self, body: nn.Module, units: int = 100, floor: float = 0.0) -> None:
        super().__init__()
        self.body, self.floor = body, floor
        self.head = nn.Linear(units, 3)

    def forward(self, pair: Tensor) -> LamInterval:
        """The intervals of b pairs."""
        return bound_interval(self.head(self.body(pair).relu()), self.floor)


def mix_by_ratio(one: Tensor, other: Tensor, lam: Tensor) -> Tensor:
    """lam * one + (1 - lam) * other, lam (..., b) over samples or labels (..., b, ...)."""
    weight = lam.reshape(*lam.shape, *[1] * (one.ndim - lam.ndim))
    return weight * one + (1 - weight) * other
