"""Outcomes: predictions and labels of n samples, checked here once."""

from __future__ import annotations

from copy import copy
from functools import cached_property

import torch
from torch import Tensor


class Outcomes:
    """Probabilities of n samples over k classes, and the classes they really have.

    y       (n,) whole numbers in [0, k)
    probs   (n, k) in [0, 1], each row summing to 1; or
    logits  (n, k) finite, as they are before the softmax

    Exactly one of the two, by name. Raises TypeError for soft labels and for values that are not
    floating point, ValueError for wrong shapes and values.

    weight (n,) is how often each sample counts: once, until `weighted` says otherwise.
    """

    def __init__(
        self, y: Tensor, *, probs: Tensor | None = None, logits: Tensor | None = None
    ) -> None:
        if logits is not None and probs is None:
            check_values("logits", logits)
            self.log_probs = logits.detach().cpu().double().log_softmax(1)
            self.probs, self.precision = self.log_probs.exp(), torch.float64
        elif probs is not None and logits is None:
            check_values("probs", probs)
            _check_sums(probs)
            self.probs, self.precision = probs.detach().cpu().double(), probs.dtype
            self.log_probs = self.probs.log()
        else:
            raise ValueError("Outcomes needs exactly one of probs= and logits=.")
        self.y = check_labels(y, *self.probs.shape)
        self.weight = torch.ones(len(y), dtype=torch.float64, device="cpu")

    def __len__(self) -> int:
        return len(self.y)

    @cached_property
    def _top(self) -> tuple[Tensor, Tensor]:
        values, classes = self.probs.max(1)  # the first of equal ones
        return values, classes

    @property
    def confidence(self) -> Tensor:
        """(n,) the largest probability of each sample."""
        return self._top[0]

    @property
    def correct(self) -> Tensor:
        """(n,) 1 where the prediction is the label, else 0."""
        return (self._top[1] == self.y).double()

    @property
    def surprise(self) -> Tensor:
        """(n,) minus the log of the probability that the label was given, in nats."""
        return -self.log_probs.gather(1, self.y[:, None])[:, 0]

    @property
    def squares(self) -> Tensor:
        """(n,) squared distance of the probabilities from the label's corner, in [0, 2]."""
        own = self.probs.gather(1, self.y[:, None])[:, 0]
        return self._lengths - 2 * own + 1

    @cached_property
    def _lengths(self) -> Tensor:
        return self.probs.square().sum(1)

    def weighted(self, weight: Tensor) -> Outcomes:
        """The same samples, each counted weight (n,) times."""
        other = copy(self)  # with what is computed already
        other.weight = weight.double()
        return other

    def labeled(self, y: Tensor) -> Outcomes:
        """The same predictions beside other labels (n,)."""
        other = copy(self)
        other.y = check_labels(y, *self.probs.shape)
        return other


def check_values(name: str, values: Tensor) -> None:
    """Raise unless values are finite floating-point numbers of shape (n, k), n >= 1, k >= 2."""
    if not isinstance(values, Tensor) or not values.is_floating_point():
        kind = values.dtype if isinstance(values, Tensor) else type(values).__name__
        raise TypeError(f"{name} must be a floating-point tensor (n, k), got {kind}.")
    if values.ndim != 2 or len(values) < 1 or values.shape[1] < 2:
        raise ValueError(
            f"{name} must be (n, k) with n >= 1 samples and k >= 2 classes, got "
            f"{tuple(values.shape)}; two classes have two columns, torch.stack([1 - p, p], 1)."
        )
    if not bool(values.isfinite().all()):
        raise ValueError(f"{name} must be finite, got NaN or infinity.")


def _check_sums(probs: Tensor) -> None:
    low, high = float(probs.min()), float(probs.max())
    if low < 0 or high > 1:
        raise ValueError(
            f"probs must lie in [0, 1], got {low:g} to {high:g}; give logits= if they are logits."
        )
    off = float((probs.double().sum(1) - 1).abs().max())
    if off > max(1e-4, 4 * torch.finfo(probs.dtype).eps):
        raise ValueError(
            f"each row of probs must sum to 1, got a row that is {off:.3g} off; give logits= if "
            "they are logits."
        )


def check_labels(y: Tensor, n: int, k: int) -> Tensor:
    """y as (n,) int64 on the CPU; raises unless it is n class numbers in [0, k)."""
    if not isinstance(y, Tensor) or y.is_floating_point() or y.is_complex() or y.ndim > 1:
        kind = f"{y.dtype} {tuple(y.shape)}" if isinstance(y, Tensor) else type(y).__name__
        raise TypeError(
            f"y must be a tensor (n,) of class numbers, got {kind}; a soft or mixed label was "
            "never right or wrong, so measure calibration on clean pictures."
        )
    if y.shape != (n,):
        raise ValueError(f"y must hold one label for each of {n} samples, got {tuple(y.shape)}.")
    y = y.detach().cpu().long()
    low, high = int(y.min()), int(y.max())
    if low < 0 or high >= k:
        raise ValueError(f"y must lie in [0, {k}) as there are {k} classes, got {low} to {high}.")
    return y
