"""Classes that overlap, so that no label can be sure there, and what models make of them.

On a line: two classes whose ends lie over each other, and the two extremes of what a model may
learn of a sample, in closed form. In many dimensions: Gaussian classes of which some pairs have
their labels swapped by a coin. No torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mixcore.experiments.toy_data import GaussianClasses

Floats = NDArray[np.float64]
Logit = Callable[[Floats], Floats]  # of places (n,), the logits of class 1 there


@dataclass(frozen=True)
class OverlappingLine:
    """Two classes on a line, alike often, each uniform over a length of 1.

    The last `overlap` of class 0 is the first of class 1: there either label is as likely.
    """

    overlap: float

    @property
    def end(self) -> float:
        """Where class 1 ends; class 0 begins at 0."""
        return 2 - self.overlap

    def draw(self, n: int, random: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
        """Places x (n,), in order, and their labels y (n,)."""
        y = random.integers(2, size=n)
        x = random.random(n) + y * (1 - self.overlap)
        order = np.argsort(x)
        return x[order], y[order]

    def truth(self, x: ArrayLike) -> Floats:
        """The true probability of class 1."""
        low = np.asarray(x) >= 1 - self.overlap
        return (low * 1.0 + (np.asarray(x) > 1)) / 2

    def density(self, x: ArrayLike) -> Floats:
        """How densely places lie, of both classes together."""
        x = np.asarray(x)
        return ((x <= 1) * 1.0 + (x >= 1 - self.overlap)) / 2

    def inside(self, x: ArrayLike) -> NDArray[np.bool_]:
        """Whether places lie in the overlap."""
        return np.asarray((np.asarray(x) >= 1 - self.overlap) & (np.asarray(x) <= 1))


def fit_every_label(x: Floats, y: NDArray[np.int64], sure: float) -> Logit:
    """The model that is right on every sample: logits of +-sure there, straight lines between.

    x (n,) in order, y (n,). It is what training without mixing comes to in the end.
    """
    logits = sure * (2.0 * y - 1)
    return lambda at: np.interp(at, x, logits)


def fit_mixes(z: Floats, share: Floats, bins: int = 40) -> Logit:
    """The model with the least loss on mixes: at each place the mean label of the mixes there.

    z (m,) are the places of mixes and share (m,) what class 1 is worth in their labels. Means are
    taken over bins of equally many mixes, with straight lines between.
    """
    order = np.array_split(np.argsort(z), bins)
    places = np.array([z[one].mean() for one in order])
    means = np.clip([share[one].mean() for one in order], 1e-3, 1 - 1e-3)
    return lambda at: _logit(np.interp(at, places, means))


def measure_loss(logits: Floats, truth: Floats, weight: Floats) -> float:
    """Mean NLL in nats of logits (n,) of class 1 where it is `truth` likely; NaN of no weight."""
    losses = np.logaddexp(0, logits) - truth * logits
    total = weight.sum()
    return float((losses * weight).sum() / total) if total > 0 else float("nan")


@dataclass(frozen=True)
class SwappedPairs:
    """Gaussian classes of which the first `pairs` pairs are told apart by a coin alone.

    A sample of class 0 is labeled 0 or 1 alike often, and so is one of class 1, and so on: two
    supports that overlap wholly. The other classes are as clean as the clouds are apart.
    """

    classes: GaussianClasses
    pairs: int

    def draw(
        self, n: int, random: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.bool_]]:
        """Samples x (n, d), their labels y (n,), and whether they lie in an overlap (n,)."""
        x, cloud = self.classes.draw(n, random)
        inside = cloud < 2 * self.pairs
        swapped = inside & (random.random(n) < 0.5)
        return x, np.where(swapped, cloud ^ 1, cloud), inside


def _logit(p: Floats) -> Floats:
    return np.asarray(np.log(p) - np.log1p(-p))
