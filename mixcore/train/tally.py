"""Sums of one epoch of training: loss, hits, and label weights."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan

BINS = 20
BOUND = 1e4  # a cross-entropy above this is beyond repair, though it may still be a number


class Diverged(RuntimeError):  # noqa: N818, no fault of the program
    """The loss left all bounds at a step, counted from 1."""

    def __init__(self, step: int) -> None:
        super().__init__(f"The loss left all bounds at step {step}.")
        self.step = step


class Tally:
    """Sums over the steps of an epoch so far, and over those since the last point of a curve.

    Losses are fetched from the device only when a point is due: a look at each step would make
    it wait. `weights` and `area` count what A's label was worth and what it covers, in 20 bins
    from 0 to 1; what lies above, as SnapMix's doubled labels do, counts in the last.
    """

    def __init__(self, found: dict[str, Any] | None = None) -> None:
        found = found or {}
        self.n: int = found.get("n", 0)
        self.loss: float = found.get("loss", 0.0)
        self.right: int = found.get("right", 0)
        self.weights: list[int] = found.get("weights", [0] * BINS)
        self.area: list[int] = found.get("area", [0] * BINS)
        self._recent: tuple[int, float, int] = tuple(found.get("recent", (0, 0.0, 0)))
        self._waiting: list[tuple[int, int, Tensor, Tensor]] = []

    def add(
        self, step: int, loss: Tensor, logits: Tensor, target: Tensor, plan: AnyPlan | None
    ) -> None:
        """Note one step; nothing is waited for."""
        hits = (logits.detach().argmax(1) == target.argmax(1)).sum()
        self._waiting.append((step, len(target), loss.detach(), hits))
        if isinstance(plan, Plan):
            for counts, share in ((self.weights, plan.w_a), (self.area, plan.area)):
                bins = (share * BINS).long().clamp(0, BINS - 1)
                for i, more in enumerate(torch.bincount(bins, minlength=BINS).tolist()):
                    counts[i] += more

    def settle(self) -> None:
        """Take in what waits; Diverged at the first step whose loss is no number or above BOUND."""
        for step, n, loss, hits in self._waiting:
            value = float(loss)
            if not math.isfinite(value) or value > BOUND:
                raise Diverged(step + 1)
            self.n += n
            self.loss += n * value
            self.right += int(hits)
            m, total, right = self._recent
            self._recent = m + n, total + n * value, right + int(hits)
        self._waiting = []

    def point(self) -> dict[str, float]:
        """Means since the last point."""
        n, loss, right = self._recent
        self._recent = 0, 0.0, 0
        return {"loss": loss / max(1, n), "accuracy": right / max(1, n)}

    def epoch(self) -> dict[str, Any]:
        """Means over the epoch, and the counts."""
        n = max(1, self.n)
        return {
            "train_loss": self.loss / n, "train_accuracy": self.right / n,
            "label_weights": self.weights, "areas": self.area,
        }  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """What a checkpoint must remember."""
        return {
            "n": self.n, "loss": self.loss, "right": self.right, "weights": self.weights,
            "area": self.area, "recent": self._recent,
        }  # fmt: skip
