"""Reduction of losses of single samples, and the value of each one's class."""

from __future__ import annotations

from torch import Tensor

REDUCTIONS = ("mean", "sum", "none")


def pick_class(values: Tensor, y: Tensor) -> Tensor:
    """The value (..., b) that each sample's class y (..., b) has among values (..., b, k)."""
    return values.gather(-1, y[..., None])[..., 0]


def reduce_losses(losses: Tensor, reduction: str, dim: int | None = None) -> Tensor:
    """The mean or the sum of losses over all their dimensions or over one, or as they are."""
    if reduction not in REDUCTIONS:
        known = ", ".join(map(repr, REDUCTIONS))
        raise ValueError(f"reduction must be one of {known}, got {reduction!r}.")
    if reduction == "none":
        return losses
    return losses.mean(dim) if reduction == "mean" else losses.sum(dim)
