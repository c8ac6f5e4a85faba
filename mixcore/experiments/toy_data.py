"""Data whose truth is known, for experiments that last seconds. No torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class GaussianClasses:
    """Classes that are round Gaussian clouds of one width, all equally likely.

    means  (k, d), the middle of each class
    noise  the standard deviation along every axis
    """

    means: np.ndarray
    noise: float

    @classmethod
    def make(
        cls, random: np.random.Generator, *, classes: int, dims: int, norm: float, noise: float
    ) -> GaussianClasses:
        """Classes whose means lie in random directions at the distance norm from 0."""
        means = random.standard_normal((classes, dims))
        return cls(norm * means / np.linalg.norm(means, axis=1, keepdims=True), noise)

    @classmethod
    def in_plane(cls, *, classes: int, spacing: float, noise: float) -> GaussianClasses:
        """Classes over a disk as sunflower seeds are, neighbors no nearer than spacing."""
        number = np.arange(classes)
        turn, far = number * np.pi * (3 - 5**0.5), np.sqrt(number + 0.5)
        means = far[:, None] * np.stack([np.cos(turn), np.sin(turn)], 1)
        apart = np.linalg.norm(means[:, None] - means, axis=2)[~np.eye(classes, dtype=bool)]
        return cls(spacing / apart.min(initial=np.inf) * means, noise)

    def draw(self, n: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Samples x (n, d) float32 with their true classes y (n,) int64."""
        classes, dims = self.means.shape
        y = random.integers(classes, size=n)
        x = self.means[y] + self.noise * random.standard_normal((n, dims))
        return x.astype(np.float32), y
