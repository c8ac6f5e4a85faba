"""Seen: a model's outputs on the mixed images, for labels made after the forward pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor

from mixcore.evidence.map import Evidence


@dataclass(frozen=True, eq=False)
class Seen:
    """A model's outputs on mixed images, as `method.reweigh(plan, seen)` reads them.

    Args:
        attention: evidence of the MIXED images, b maps (b, 1, h, w).
        logits: of the mixed images, (b, k).
        y: labels of the clean images, (b,) whole numbers.
        progress: the share of the training that is done, in [0, 1].

    Raises:
        ValueError: for progress outside [0, 1].

    Example:
        >>> import mixcore, torch
        >>> seen = mixcore.Seen(logits=torch.zeros(4, 10), y=torch.arange(4), progress=0.25)
    """

    attention: Evidence | None = None
    logits: Tensor | None = None
    y: Tensor | None = None
    progress: float | None = None

    def __post_init__(self) -> None:
        if self.progress is not None and not 0 <= self.progress <= 1:
            raise ValueError(f"Seen.progress must be in [0, 1], got {self.progress}.")


def look_at_mixes(
    model: Any,
    mixed: Tensor,
    y: Tensor | None = None,
    *,
    layer: int = 1,
    head: int = 0,
    progress: float | None = None,
) -> tuple[Tensor, Seen]:
    """One forward pass of the mixed images, read as it runs: the logits, and what was seen.

    layer  block whose class token is read, counted from the last, which is 1
    head   one head, counted from 1, or 0 for their mean

    Costs under 1 % of the pass; the logits keep their gradients. ValueError for a model without
    such attention.
    """
    from mixcore.evidence.kinds.attention import AttentionRows
    from mixcore.unwrap import hear_hooks

    with AttentionRows(model, block=-layer) as rows, hear_hooks(model):
        logits = model(mixed)
    attention = rows.read(head - 1 if head else None)
    return logits, Seen(attention, logits.detach(), y, progress)
