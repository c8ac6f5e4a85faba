"""Regression with partners drawn by label: networks of many seeds, each on data of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from mixcore.data.regression import RegressionData
from mixcore.experiments.batched_mlp import BatchedMLP, train_batched
from mixcore.label_kernel import draw_label_neighbors


@dataclass(frozen=True)
class Task:
    """Samples x (n, d) with real labels y (n,), and a test of its own."""

    x: np.ndarray
    y: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray

    def standardize(self) -> Task:
        """The same in standard deviations of the training part, around its mean."""
        middle, spread = self.x.mean(0), self.x.std(0)
        spread = np.where(spread > 1e-9, spread, 1.0)
        y_middle, y_spread = self.y.mean(), self.y.std()
        return Task(
            (self.x - middle) / spread,
            (self.y - y_middle) / y_spread,
            (self.x_test - middle) / spread,
            (self.y_test - y_middle) / y_spread,
        )


def make_task(data: RegressionData) -> Task:
    """The same data with pictures as rows."""
    rows = (data.x_train.reshape(len(data.x_train), -1), data.x_test.reshape(len(data.x_test), -1))
    return Task(rows[0], data.y_train, rows[1], data.y_test)


def train_regression(
    tasks: Sequence[Task],
    seeds: Sequence[int],
    sizes: Sequence[int],
    *,
    bandwidth: float | None,
    alpha: float,
    steps: int,
    batch: int,
    lr: float,
    on_step: Callable[[int], object] | None = None,
) -> list[float]:
    """The test error of a network on each task, root mean square in sd of its labels.

    Args:
        tasks: of one size, one a seed.
        seeds: of the networks, and of what each draws.
        sizes: hidden units, layer by layer.
        bandwidth: of the label kernel in sd of the labels; infinite is plain mixup, None is no
            mixing at all.
        alpha: lam ~ Beta(alpha, alpha), a lam a sample.
        steps: how many.
        batch: samples of a step.
        lr: learning rate of Adam at the start, which falls to 0 along a half cosine.
        on_step: called with the number of steps done.
    """
    made = [task.standardize() for task in tasks]
    x = _stack([task.x for task in made])
    y = _stack([task.y for task in made])
    nets = BatchedMLP((x.shape[2], *sizes, 1), seeds, "leaky_relu")
    random = [np.random.default_rng([seed, 1]) for seed in seeds]
    which = np.arange(len(made))[:, None]

    def loss(step: int) -> torch.Tensor:
        rows = np.stack([one.choice(x.shape[1], batch) for one in random])
        xs, ys = x[which, rows], y[which, rows]
        if bandwidth is not None:
            partner = np.stack(
                [
                    draw_label_neighbors(task.y, bandwidth, one, rows=some)
                    for task, one, some in zip(made, random, rows, strict=True)
                ]
            )
            lam = _stack([one.beta(alpha, alpha, batch) for one in random])
            xs = lam[..., None] * xs + (1 - lam[..., None]) * x[which, partner]
            ys = lam * ys + (1 - lam) * y[which, partner]
        return (nets(xs)[..., 0] - ys).square().mean(1)

    train_batched(nets, loss, steps=steps, lr=lr, cosine=True, on_step=on_step)
    x_test = _stack([task.x_test for task in made])
    y_test = _stack([task.y_test for task in made])
    with torch.inference_mode():
        error = (nets(x_test)[..., 0] - y_test).square().mean(1).sqrt()
    return [float(v) for v in error]


def _stack(arrays: Sequence[np.ndarray]) -> torch.Tensor:
    return torch.tensor(np.stack(arrays), dtype=torch.float32, device="cpu")
