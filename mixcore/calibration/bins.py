"""Bins of confidence, and what is true inside them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from mixcore.calibration.outcomes import Outcomes

N_BINS = 15  # Guo et al. 2017
BINNINGS = ("equal_width", "equal_mass")


@dataclass(frozen=True, eq=False)
class Bins:
    """The bars of a reliability diagram, n_bins of each, float64; empty bins hold NaN.

    low, high   where a bin begins and ends; of equal mass: its least and largest confidence
    count       how many samples lie in it; they sum to n
    confidence  their mean confidence
    accuracy    the share of them that is right
    """

    low: Tensor
    high: Tensor
    count: Tensor
    confidence: Tensor
    accuracy: Tensor

    @property
    def gap(self) -> Tensor:
        """(n_bins,) confidence minus accuracy: above 0 where the model is too sure of itself."""
        return self.confidence - self.accuracy

    @property
    def ece(self) -> float:
        """Mean size of the gap, each bin weighed by its samples, in [0, 1]."""
        return float((self.gap.abs().nan_to_num() * self.count).sum() / self.count.sum())

    @property
    def mce(self) -> float:
        """Largest size of a gap, in [0, 1], however few samples its bin holds."""
        return float(self.gap.abs().nan_to_num().max())


def reliability(outcomes: Outcomes, n_bins: int = N_BINS, binning: str = "equal_width") -> Bins:
    """Confidence against accuracy in n_bins >= 1 bins (DeGroot & Fienberg 1983).

    equal_width  (lo, hi], all as wide, the first one closed
    equal_mass   as many samples in each as ties allow; equal confidences stay together
    """
    check_bins(n_bins)
    confidence, weight = outcomes.confidence, outcomes.weight
    if binning == "equal_width":
        at = equal_width(confidence, n_bins, outcomes.precision)
        edges = torch.arange(n_bins + 1, dtype=torch.float64, device="cpu") / n_bins
        low, high = edges[:-1], edges[1:]
    elif binning == "equal_mass":
        at = equal_mass(confidence, n_bins, weight)
        low, high = _ends(confidence, at, n_bins)
    else:
        raise ValueError(f"binning must be one of {', '.join(BINNINGS)}, got {binning!r}.")
    count = torch.bincount(at, weight, n_bins)
    mean = [torch.bincount(at, weight * v, n_bins) / count for v in _columns(outcomes)]
    return Bins(low, high, count, *mean)


def _columns(outcomes: Outcomes) -> tuple[Tensor, Tensor]:
    return outcomes.confidence, outcomes.correct


def equal_width(values: Tensor, n_bins: int, precision: torch.dtype) -> Tensor:
    """The bin of each value in [0, 1]: (lo, hi], the first closed; 0 to n_bins - 1.

    precision is the values' own before they became float64: an edge is rounded as they were.
    """
    inner = torch.arange(1, n_bins, dtype=torch.float64, device="cpu") / n_bins
    return torch.bucketize(values, inner.to(precision).double())


def equal_mass(values: Tensor, n_bins: int, weight: Tensor) -> Tensor:
    """The bin of each value (n,) so that all bins weigh alike, but for ties.

    A value goes where the middle of all that equal it falls when they are put in order; without
    ties and weights rank r of n goes to bin floor((r + 1/2) n_bins / n).
    """
    _, tie = torch.unique(values, return_inverse=True)
    mass = torch.bincount(tie, weight)
    middle = mass.cumsum(0) - mass / 2
    return (middle * n_bins / mass.sum()).floor().long().clamp(max=n_bins - 1)[tie]


def _ends(values: Tensor, at: Tensor, n_bins: int) -> tuple[Tensor, Tensor]:
    empty = torch.full((n_bins,), torch.nan, dtype=torch.float64, device="cpu")
    low = empty.scatter_reduce(0, at, values, "amin", include_self=False)
    return low, empty.scatter_reduce(0, at, values, "amax", include_self=False)


def check_bins(n_bins: int) -> None:
    """Raise unless n_bins is a whole number of at least 1."""
    if isinstance(n_bins, bool) or not isinstance(n_bins, int):
        raise TypeError(f"n_bins must be a whole number, got {n_bins!r}.")
    if n_bins < 1:
        raise ValueError(f"n_bins must be at least 1, got {n_bins}.")
