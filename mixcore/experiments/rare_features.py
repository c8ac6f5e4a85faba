"""Rare and common features among noise, and a network that learns them.

The data and the network of the theory in "The Benefits of Mixup for Feature Learning" (Zou, Cao,
Li, Gu, ICML 2023), as far as its abstract says and memory holds; sizes and strengths are ours.
A picture is a row of patches, each a vector. One patch holds the feature of the class: mostly the
common one, seldom the rare one. Another holds a common feature of either class, faintly, whatever
the class. The others are noise, which lies off all features.

Features are the first four axes. That loses nothing: noise and starting weights have no preferred
direction. No torch: for a net of a dozen filters numpy is several times faster.

Letters: n pictures, p patches, d dimensions, m filters a class.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

COMMON, RARE = (0, 1), (2, 3)  # the axes of the features, one a class
FEATURES = len(COMMON) + len(RARE)
START = 0.02  # standard deviation of the weights at the start


class Patches(NamedTuple):
    """Pictures x (n, p, d), their classes y (n,), and the feature (n,) that each one holds."""

    x: Floats
    y: Ints
    feature: Ints


@dataclass(frozen=True)
class RareFeatures:
    """The law of the pictures.

    rare    share of pictures that have the rare feature of their class in place of the common one
    noise   standard deviation of the noise along each axis
    faint   strength of the common feature that says nothing of the class
    Rare features are lost to plain training where noise ** 2 * dims / n is about rare / 2 or more.
    """

    rare: float = 0.1
    noise: float = 0.22
    faint: float = 0.2
    patches: int = 5
    dims: int = 100

    def draw(self, n: int, random: np.random.Generator) -> Patches:
        """n pictures, of both classes alike often."""
        y = random.integers(2, size=n)
        feature = y + 2 * (random.random(n) < self.rare)
        x = np.zeros((n, self.patches, self.dims))
        noise = random.standard_normal((n, self.patches, self.dims - FEATURES))
        x[:, 2:, FEATURES:] = self.noise * noise[:, 2:]
        each, axes = np.arange(n), np.eye(self.dims)
        x[:, 0] = axes[feature]
        x[:, 1] = self.faint * axes[random.integers(2, size=n)]
        order = random.random((n, self.patches)).argsort(1)
        return Patches(x[each[:, None], order].astype(np.float32), y, feature)


class SquareNet:
    """Filters of two classes; a score is the sum of (w . patch) ** 2 over patches and filters.

    weights (2, d, m). A square cannot tell w from -w, so that a sign never carries a class.
    """

    def __init__(self, weights: Floats) -> None:
        self.weights = weights

    @classmethod
    def draw(cls, dims: int, filters: int, random: np.random.Generator) -> SquareNet:
        """A net before its training."""
        weights = START * random.standard_normal((2, dims, filters))
        return cls(weights.astype(np.float32))

    def project(self, x: Floats) -> Floats:
        """w . patch of every patch and filter, (2, n, p * m)."""
        n, p, d = x.shape
        return (x.reshape(n * p, d) @ self.weights).reshape(2, n, -1)

    def margin(self, x: Floats) -> Floats:
        """Score of class 1 less that of class 0, (n,); the logit of class 1."""
        score = np.square(self.project(x)).sum(2)
        return np.asarray(score[1] - score[0])

    def accuracy(self, pictures: Patches) -> float:
        """Share of pictures that are classified right."""
        return float(((self.margin(pictures.x) > 0) == (pictures.y == 1)).mean())

    def energy(self, features: tuple[int, int]) -> float:
        """How much the filters of each class hold of its own feature: mean of sum (w . v) ** 2."""
        own = [np.square(self.weights[y, axis]).sum() for y, axis in enumerate(features)]
        return float(np.mean(own))

    def descend(self, pictures: Patches, lam_x: float, lam_y: float, lr: float) -> None:
        """One step of gradient descent on the mixup loss over all n * n pairs of pictures.

        Pair (i, j) is lam_x x_i + (1 - lam_x) x_j, labeled lam_y y_i + (1 - lam_y) y_j; at
        lam_x = lam_y = 1 that is plain training. Projections are linear, so that those of all pairs
        come from those of the n pictures, and the step is exact.
        """
        n, p, d = pictures.x.shape
        y, own = pictures.y.astype(np.float32), self.project(pictures.x)
        score = np.square(own).sum(2)
        margin = score[1] - score[0]
        a, b, both = lam_x**2, (1 - lam_x) ** 2, 2 * lam_x * (1 - lam_x)
        if both or lam_y < 1:
            across = own @ own.transpose(0, 2, 1)
            margins = both * (across[1] - across[0]) + (a * margin)[:, None] + b * margin
            labels = lam_y * y[:, None] + (1 - lam_y) * y
            pull = (_logistic(margins) - labels) / n**2
            slope = 2 * (a * pull.sum(1) + b * pull.sum(0))[:, None] * own
            slope += both * ((pull + pull.T) @ own)
        else:
            slope = 2 * ((_logistic(margin) - y) / n)[:, None] * own
        slope[0] *= -1  # class 0 is what lowers the margin
        flat = pictures.x.reshape(n * p, d)
        self.weights = self.weights - np.float32(lr) * (flat.T @ slope.reshape(2, n * p, -1))


class Snapshot(NamedTuple):
    """One moment of a training: energies on both features, and shares of what is right.

    seldom is the accuracy on new pictures that all have a rare feature, usual on those that have a
    common one.
    """

    step: int
    common: float
    rare: float
    usual: float
    seldom: float


@dataclass(frozen=True)
class MixedDescent:
    """Gradient descent that mixes for a while: its two ratios, its length and its rate.

    stop is the step from which on it is trained without mixing. Time is steps * lr: half the rate
    and twice the steps give the same curve.
    """

    lam_x: float = 0.6
    lam_y: float = 0.6
    stop: int = 225
    steps: int = 225
    lr: float = 1.8


@dataclass(frozen=True, eq=False)
class RareTask:
    """Pictures to train on, new ones to test on, and where the filters start."""

    pictures: Patches
    usual: Patches
    seldom: Patches
    start: Floats

    @classmethod
    def draw(
        cls, law: RareFeatures, n: int, random: np.random.Generator, *, tests: int = 200,
        filters: int = 6,
    ) -> RareTask:  # fmt: skip
        """A task of n pictures, and so many tests of either kind."""
        pictures = law.draw(n, random)
        usual, seldom = (replace(law, rare=share).draw(tests, random) for share in (0.0, 1.0))
        return cls(pictures, usual, seldom, SquareNet.draw(law.dims, filters, random).weights)

    def train(self, descent: MixedDescent, every: int = 9) -> Iterator[Snapshot]:
        """Train a net of its own, and say where it stands before every so many steps and after."""
        net = SquareNet(self.start)
        for step in range(descent.steps + 1):
            if step % every == 0 or step == descent.steps:
                yield Snapshot(
                    step, net.energy(COMMON), net.energy(RARE),
                    net.accuracy(self.usual), net.accuracy(self.seldom),
                )  # fmt: skip
            if step < descent.steps:
                mixed = step < descent.stop
                lam_x, lam_y = (descent.lam_x, descent.lam_y) if mixed else (1.0, 1.0)
                net.descend(self.pictures, lam_x, lam_y, descent.lr)


def _logistic(logits: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -60, 60))))
