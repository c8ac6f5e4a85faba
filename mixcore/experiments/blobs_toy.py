"""Three blobs in a line: mixes of the outer two land on the middle one; with AdaMixUp.

Small networks of any seeds learn them at once: plain, by Mixup, or by AdaMixUp with a least width
of the policy's intervals or without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mixcore.experiments.batched_mlp import BatchedMLP, train_batched
from mixcore.losses.intrusion_head import intrusion_loss, measure_head
from mixcore.mixers.lam_policy import LamInterval, bound_interval, join_pair, mix_by_ratio

CLASSES, GAP, NOISE = 3, 2.0, 0.3  # blobs, their distance, and their standard deviation
UNITS, BATCH, LR = 64, 128, 3e-3
TESTED = 2000
PLAIN, MIXUP, POLICY = "plain", "mixup", "policy"
LIKELY = 0.4, 0.6  # lam at which a mix of the outer blobs lands on the middle one


def find_middles() -> np.ndarray:
    """The middle of each blob, (3, 2) float32."""
    return np.array([[-GAP, 0], [0, 0], [GAP, 0]], np.float32)


def draw_blobs(n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Samples x (n, 2) float32 and their classes y (n,)."""
    y = random.integers(CLASSES, size=n)
    x = find_middles()[y] + NOISE * random.standard_normal((n, 2))
    return x.astype(np.float32), y


@dataclass(frozen=True)
class BlobArm:
    """One network: its way of training (PLAIN, MIXUP, POLICY), its seed, and the least width."""

    way: str
    seed: int
    floor: float = 0.0


@dataclass(frozen=True)
class PolicyMoment:
    """Means over pairs at one step: the interval of lam, and how often the head is right."""

    step: int
    alpha: float
    width: float
    head: float


class BlobsToy:
    """Networks in training, all of one way."""

    def __init__(self, arms: Sequence[BlobArm]) -> None:
        self.arms, seeds = tuple(arms), [arm.seed for arm in arms]
        self.way = arms[0].way
        if any(arm.way != self.way for arm in arms):
            raise ValueError("Networks are trained together in one way only.")
        self.net = BatchedMLP((2, UNITS, UNITS, CLASSES), seeds)
        self.policy = BatchedMLP((4, UNITS, 3), seeds)
        self.head = BatchedMLP((UNITS, 1), seeds)
        self._floors = torch.from_numpy(np.array([[arm.floor] for arm in arms], np.float32))
        self._random = [np.random.default_rng([seed, 7]) for seed in seeds]
        self.moments: list[list[PolicyMoment]] = []  # an entry a noted step: one a network

    def train(
        self, steps: int, on_step: Callable[[int], object] = lambda done: None, every: int = 20
    ) -> None:
        """All of them for so many steps; the policy is noted every so many."""

        def loss(step: int) -> Tensor:
            x, target = self._draw()
            if self.way == PLAIN:
                return _measure_loss(self.net(x), target)
            if self.way == MIXUP:
                mixed, labels = self._mix(x, target)[:2]
                return _measure_loss(self.net(mixed), labels)
            return self._compare(x, target, step if step % every == 0 else None)

        trained = nn.ModuleList([self.net, self.policy, self.head])
        train_batched(trained, loss, steps=steps, lr=LR, cosine=True, on_step=on_step)

    def _draw(self) -> tuple[Tensor, Tensor]:
        drawn = [draw_blobs(BATCH, random) for random in self._random]
        x, y = (torch.from_numpy(np.stack(some)) for some in zip(*drawn, strict=True))
        return x, F.one_hot(y, CLASSES).float()

    def _mix(self, x: Tensor, target: Tensor) -> tuple[Tensor, Tensor, LamInterval | None]:
        """Samples and labels mixed at uniform lam, or at those that the policy allows."""
        n = x.shape[1]
        each = torch.from_numpy(np.arange(len(self.arms)))[:, None]
        index = torch.from_numpy(np.stack([random.permutation(n) for random in self._random]))
        u = np.stack([random.random(n) for random in self._random]).astype(np.float32)
        lam, interval = torch.from_numpy(u), None
        if self.way == POLICY:
            interval = bound_interval(self.policy(join_pair(x, x[each, index], -1)), self._floors)
            lam = interval.draw(lam)
        mixed, labels = (mix_by_ratio(some, some[each, index], lam) for some in (x, target))
        return mixed, labels, interval

    def _compare(self, x: Tensor, target: Tensor, note: int | None) -> Tensor:
        """AdaMixUp's sum: labels of mixes and unseen samples, and telling mixes from real ones."""
        half = BATCH // 2
        mixed, labels, interval = self._mix(x[:, :half], target[:, :half])
        h = self.net.hidden(torch.cat([mixed, x[:, half:], x[:, :half]], 1))
        outputs = torch.baddbmm(self.net.biases[-1], h[:, :BATCH], self.net.weights[-1])
        judged = self.head(h)[..., 0]
        real, mixes = judged[:, half:], judged[:, :half]
        if note is not None and interval is not None:
            right = measure_head(real, mixes)
            means = interval.alpha.detach().mean(1), interval.width.detach().mean(1), right
            self.moments.append([
                PolicyMoment(note, *(float(one) for one in row)) for row in zip(*means, strict=True)
            ])  # fmt: skip
        wanted = torch.cat([labels, target[:, half:]], 1)
        return _measure_loss(outputs, wanted) + intrusion_loss(real, mixes)

    @torch.no_grad()
    def find_interval(self, i: int, one: np.ndarray, other: np.ndarray) -> LamInterval:
        """The intervals of network i for pairs of places (n, 2)."""
        pair = torch.from_numpy(np.concatenate([one, other], 1).astype(np.float32))
        return bound_interval(self.policy(pair)[i], self.arms[i].floor)

    @torch.no_grad()
    def measure(self, i: int) -> dict[str, float]:
        """What fresh samples say of network i."""
        arm = self.arms[i]
        random = np.random.default_rng([arm.seed, 8])
        x, y = draw_blobs(TESTED, random)
        right = self.net(torch.from_numpy(x))[i].argmax(1).numpy() == y
        middle = torch.from_numpy(find_middles()[1:2])
        found = {
            "accuracy": float(right.mean()),
            "middle": float(self.net(middle)[i].softmax(-1)[0, 1]),
        }
        if arm.way == PLAIN:
            return found
        ends = [(find_middles()[k] + NOISE * random.standard_normal((TESTED, 2))) for k in (0, 2)]
        lam, width = random.random(TESTED), 1.0
        if arm.way == POLICY:
            interval = self.find_interval(i, ends[0], ends[1])
            lam = interval.draw(torch.from_numpy(lam.astype(np.float32))).numpy()
            width = float(interval.width.mean())
        return found | {"risky": float(((lam > LIKELY[0]) & (lam < LIKELY[1])).mean()),
                        "width": width}  # fmt: skip


def _measure_loss(outputs: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy (s,) of outputs and soft labels (s, n, k)."""
    return -(target * outputs.log_softmax(-1)).sum(-1).mean(-1)
