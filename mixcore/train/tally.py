"""Sums of one epoch of training: loss, hits, and label weights."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor

from mixcore.moment import Losses
from mixcore.plan import Plan

BINS = 20
BOUND = 1e4  # a cross-entropy above this is beyond repair, though it may still be a number


class Diverged(RuntimeError):  # noqa: N818, no fault of the program
    """The loss left all bounds at a step, counted from 1; `of` names whose, if not the model's."""

    def __init__(self, step: int, of: str = "") -> None:
        super().__init__(f"The loss{of and f' of the {of}'} left all bounds at step {step}.")
        self.step = step


class Tally:
    """Sums over the steps of an epoch so far, and over those since the last point of a curve.

    Losses are fetched from the device only when a point is due: a look at each step would make
    it wait. `weights` and `area` count what A's label was worth and what it covers, in 20 bins
    from 0 to 1; what lies above, as SnapMix's doubled labels do, counts in the last. Terms of a
    loss that has several, losses of players and readings are summed by their names.
    """

    def __init__(self, found: dict[str, Any] | None = None) -> None:
        found = found or {}
        self.n: int = found.get("n", 0)
        self.loss: float = found.get("loss", 0.0)
        self.right: int = found.get("right", 0)
        self.weights: list[int] = found.get("weights", [0] * BINS)
        self.area: list[int] = found.get("area", [0] * BINS)
        self._recent: tuple[int, float, int] = tuple(found.get("recent", (0, 0.0, 0)))
        self._parts: dict[str, dict[str, tuple[int, float]]] = found.get(
            "parts", {"losses": {}, "readings": {}}
        )
        self._waiting: list[tuple[int, int, Tensor, Tensor, dict[str, Any], dict[str, Any]]] = []

    def add(self, step: int, losses: Losses, total: Tensor, played: dict[str, Tensor]) -> None:
        """Note one step; nothing is waited for."""
        hits = (losses.logits.detach().argmax(1) == losses.target.argmax(1)).sum()
        terms = losses.terms if len(losses.terms) + len(played) > 1 else {}
        named = {name: term.detach() for name, term in terms.items()} | played
        n = len(losses.target)
        self._waiting.append((step, n, total.detach(), hits, named, losses.readings))
        if isinstance(losses.plan, Plan):
            plan = losses.plan
            for counts, share in ((self.weights, plan.w_a), (self.area, plan.area)):
                bins = (share * BINS).long().clamp(0, BINS - 1)
                for i, more in enumerate(torch.bincount(bins, minlength=BINS).tolist()):
                    counts[i] += more

    def settle(self) -> None:
        """Take in what waits; Diverged at the first step whose loss is no number or above BOUND."""
        for step, n, loss, hits, named, readings in self._waiting:
            value = float(loss)
            _check_bounds(value, step)
            for name, part in named.items():
                _check_bounds(self._sum_part("losses", name, part), step, name)
            for name, part in readings.items():
                self._sum_part("readings", name, part)
            self.n += n
            self.loss += n * value
            self.right += int(hits)
            m, total, right = self._recent
            self._recent = m + n, total + n * value, right + int(hits)
        self._waiting = []

    def _sum_part(self, group: str, name: str, part: Tensor | float) -> float:
        value = float(part)
        n, total = self._parts[group].get(name, (0, 0.0))
        self._parts[group][name] = n + 1, total + value
        return value

    def point(self) -> dict[str, Any]:
        """Means since the last point; "losses" and "readings" by name, where there are any."""
        n, loss, right = self._recent
        self._recent = 0, 0.0, 0
        parts = {
            group: {name: total / count for name, (count, total) in sums.items()}
            for group, sums in self._parts.items() if sums
        }  # fmt: skip
        self._parts = {group: {} for group in self._parts}
        return {"loss": loss / max(1, n), "accuracy": right / max(1, n), **parts}

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
            "area": self.area, "recent": self._recent, "parts": self._parts,
        }  # fmt: skip


def _check_bounds(value: float, step: int, of: str = "") -> None:
    """Diverged for what is no number or above BOUND; a loss that is ascended may be below 0."""
    if not math.isfinite(value) or abs(value) > BOUND:
        raise Diverged(step + 1, of.replace("_", " "))
