"""Three Gaussian classes, small networks trained on mixes of them or not, and features.

Networks of any losses and seeds are trained at once, each on its own data, so that a race of four
ways takes hardly longer than one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mixcore.class_geometry import (
    MixedFeatures,
    find_means,
    measure_alignment,
    measure_channel,
    measure_collapse,
    measure_nearer_row,
    measure_off_chord,
)
from mixcore.experiments.batched_mlp import BatchedMLP, train_batched
from mixcore.experiments.toy_data import GaussianClasses

CLASSES, DIMS, UNITS = 3, 16, 48
NORM, NOISE, EACH = 2.5, 0.4, 60  # of the class means, of the clouds, and samples a class
LR, DECAY = 3e-3, 1e-4
TESTED = 4000  # fresh mixes

Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class ToyArm:
    """One network: its loss, whether it is trained on mixes, its seed, and what outputs mean.

    loss takes outputs and labels (..., b, k) and gives (..., b); confidence takes outputs.
    """

    loss: Loss
    mixed: bool
    seed: int
    confidence: Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class ToyNet:
    """One trained network as weights and biases, a layer each; its clean samples x, y."""

    weights: tuple[Tensor, ...]
    biases: tuple[Tensor, ...]
    x: Tensor
    y: Tensor

    def features(self, x: Tensor) -> Tensor:
        """What the last layer reads of x (n, d)."""
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = torch.relu(x @ weight + bias)
        return x

    def outputs(self, features: Tensor) -> Tensor:
        """Of the last layer, (n, 3)."""
        return features @ self.weights[-1] + self.biases[-1]

    @property
    def rows(self) -> Tensor:
        """The classifier's rows (3, d)."""
        return self.weights[-1].T

    def find_means(self) -> Tensor:
        """Mean features of the clean samples of each class, (3, d)."""
        return find_means(self.features(self.x), self.y, CLASSES)

    def mix(self, a: Tensor, b: Tensor, lam: Tensor) -> MixedFeatures:
        """Features of mixes of the samples a and b (n,), lam (n,) of the first."""
        share = lam.float()[:, None]
        h = self.features(share * self.x[a] + (1 - share) * self.x[b])
        return MixedFeatures(h, self.y[a], self.y[b], lam)


class CollapseToy:
    """Networks in training, one an arm."""

    def __init__(self, arms: Sequence[ToyArm]) -> None:
        self.arms = tuple(arms)
        self.nets = BatchedMLP((DIMS, UNITS, UNITS, UNITS, CLASSES), [arm.seed for arm in arms])
        self._random = [np.random.default_rng([arm.seed, 12]) for arm in arms]
        drawn = [draw_classes(arm.seed) for arm in arms]
        self.x, self.y = (torch.stack(some) for some in zip(*drawn, strict=True))
        self._target = torch.nn.functional.one_hot(self.y, CLASSES).float()
        self._by_loss = {
            loss: [i for i, arm in enumerate(arms) if arm.loss is loss]
            for loss in dict.fromkeys(arm.loss for arm in arms)
        }

    def train(self, steps: int, on_step: Callable[[int], object] = lambda done: None) -> None:
        """All of them for so many steps of the whole set, mixed anew each step by Mixup."""

        def loss(step: int) -> Tensor:
            x, target = self._mix()
            outputs = self.nets(x)
            losses = outputs.new_zeros(len(self.arms))
            for each, rows in self._by_loss.items():
                losses = losses.index_add(
                    0, torch.from_numpy(np.array(rows)), each(outputs[rows], target[rows]).mean(1)
                )
            return losses

        def decayed(parameters: object, lr: float) -> torch.optim.Optimizer:
            return torch.optim.AdamW(parameters, lr, weight_decay=DECAY)  # type: ignore[arg-type]

        train_batched(
            self.nets, loss, steps=steps, lr=LR, optimizer=decayed, cosine=True, on_step=on_step
        )

    def _mix(self) -> tuple[Tensor, Tensor]:
        n = self.x.shape[1]
        index = torch.stack([torch.from_numpy(random.permutation(n)) for random in self._random])
        drawn = np.stack([random.random(n) for random in self._random]).astype(np.float32)
        drawn[[not arm.mixed for arm in self.arms]] = 1
        lam = torch.from_numpy(drawn)[..., None]
        each = torch.from_numpy(np.arange(len(self.arms)))[:, None]
        x, target = (lam * some + (1 - lam) * some[each, index] for some in (self.x, self._target))
        return x, target

    def take(self, i: int) -> ToyNet:
        """Network i as it is now."""
        weights, biases = (
            tuple(layer.detach()[i].clone() for layer in layers)
            for layers in (self.nets.weights, self.nets.biases)
        )
        return ToyNet(weights, biases, self.x[i], self.y[i])


def draw_classes(seed: int) -> tuple[Tensor, Tensor]:
    """The samples of a seed: x (n, 16), as many of each class, and y (n,)."""
    random = np.random.default_rng([seed, 11])
    law = GaussianClasses.make(random, classes=CLASSES, dims=DIMS, norm=NORM, noise=NOISE)
    y = np.arange(CLASSES).repeat(EACH)
    x = law.means[y] + NOISE * random.standard_normal((len(y), DIMS))
    return torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y)


def measure_net(net: ToyNet, arm: ToyArm, random: np.random.Generator) -> dict[str, float]:
    """What fresh mixes of its samples say of a network."""
    n = len(net.y)
    a, b = (torch.from_numpy(random.integers(n, size=TESTED)) for _ in "ab")
    mixes = net.mix(a, b, torch.from_numpy(random.random(TESTED)))
    sure = arm.confidence(net.outputs(mixes.h[mixes.is_middle])).amax(1)
    right = net.outputs(net.features(net.x)).argmax(1) == net.y
    return measure_mixes(mixes, net.find_means(), net.rows) | {
        "confidence": float(sure.mean()), "accuracy": float(right.double().mean()),
    }  # fmt: skip


def measure_mixes(mixes: MixedFeatures, means: Tensor, rows: Tensor) -> dict[str, float]:
    """What features of mixes, class means and rows of a classifier (k, d) say of their geometry."""
    same = mixes.same
    collapse = measure_collapse(mixes.h[same], mixes.a[same], rows)
    return {
        "channel": measure_channel(mixes, means),
        "off chord": measure_off_chord(mixes, means),
        "same class": measure_alignment(mixes, rows, means.mean(0)),
        "two classes": measure_nearer_row(mixes, rows, means.mean(0)),
        "nc1": collapse.within, "nc2": collapse.angles, "nc3": collapse.duality,
    }  # fmt: skip
