"""Geometry of last-layer features: the triangle of three classes, neural collapse, channels.

Trained to the end without mixing, a network draws each class to a point, and these points and the
rows of the classifier to the corners of one simplex: neural collapse (Papyan et al., 2020). Fisher
et al., "Pushing Boundaries: Mixup's Influence on Neural Collapse" (ICLR 2024), look at the features
of mixes: with cross-entropy those of two classes lie along channels between the classes, further
out than the straight line from mean to mean; with squared error they lie on that line.

Features h are (n, d), what the last layer reads, in eval mode: dropout and the batch's own means
are no geometry. Rows w of the classifier are (k, d). Everything is computed in float64.

What is known to mislead: with non-negative features (after a ReLU) and a bias nc3 need not shrink;
the plane of three rows hides what lies across it where there are more classes, which
`ClassTriangle.share_in_plane` says.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

MIDDLE = 0.4, 0.6  # lam of the mixes that the channel index is about
FLAT = 1e-9  # of the largest singular value: what counts as none


@dataclass(frozen=True, eq=False)
class ClassTriangle:
    """The plane of three rows of a classifier, with an equilateral triangle for its corners.

    frame (3, d) is the polar factor of the centered rows, the nearest frame of a simplex, so that
    frame @ frame.T = I - 1/3; middle (d,) is the mean of the rows. Rows of norm 1 that are a
    simplex lie at distance 1 from the middle; others show how far they are from being one.
    """

    frame: Tensor
    middle: Tensor

    @classmethod
    def fit(cls, weights: Tensor) -> ClassTriangle:
        """The plane of a classifier's rows (3, d).

        Args:
            weights: the rows of the three classes.

        Raises:
            ValueError: for other than three rows, and for rows on one line.

        Example:
            >>> import torch
            >>> from mixcore.class_geometry import ClassTriangle
            >>> triangle = ClassTriangle.fit(torch.eye(3))
            >>> triangle.place(torch.eye(3)).norm(dim=1).mul(100).round().tolist()
            [82.0, 82.0, 82.0]
        """
        if weights.ndim != 2 or len(weights) != 3 or weights.shape[1] < 2:
            raise ValueError(
                "A triangle takes the classifier's rows of three classes, (3, d) with d at least "
                f"2, got {tuple(weights.shape)}."
            )
        w = weights.detach().double().cpu()
        middle = w.mean(0)
        left, size, right = torch.linalg.svd(w - middle, full_matrices=False)
        if not size[1] > FLAT * size[0]:
            raise ValueError(
                "The classifier's rows of the three classes lie on one line, so they span no "
                "triangle: choose other classes, or train a step first."
            )
        return cls(left[:, :2] @ right[:2], middle)

    def place(self, features: Tensor) -> Tensor:
        """Where features (n, d) lie in the triangle's plane: (n, 2) float64.

        The mean of the classifier's rows is subtracted, not that of the features.
        """
        h = features.detach().double().cpu() - self.middle
        corners = torch.tensor(
            [[0.5, -0.5, 0.0], [0.0, 0.0, 0.75**0.5]], dtype=torch.float64, device="cpu"
        )
        centered = corners - corners.mean(1, keepdim=True)
        return 2**0.5 * h @ self.frame.T @ centered.T

    def share_in_plane(self, features: Tensor) -> float:
        """How much of the features' variance the plane shows, 0 to 1."""
        h = features.detach().double().cpu()
        h = h - h.mean(0)
        total = float(h.square().sum())
        return float((h @ self.frame.T).square().sum()) / total if total else 1.0


@dataclass(frozen=True)
class CollapseMeasures:
    """Measures of the collapse of features of single classes; all fall to 0 with it.

    within   nc1: spread within classes against that between them, trace(S_W pinv(S_B)) / k
    lengths  nc2: how unequal the classes' distances from the middle are, sd / mean
    angles   nc2: how far the cosines between classes are from -1 / (k - 1), mean
    duality  nc3: how far centered rows and centered means are from being one, up to scale
    """

    within: float
    lengths: float
    angles: float
    duality: float


def measure_collapse(features: Tensor, y: Tensor, weights: Tensor) -> CollapseMeasures:
    """Neural collapse of features of single classes, or of mixes of one class each.

    Args:
        features: (n, d).
        y: (n,) their classes, each at least once of the k.
        weights: (k, d) the classifier's rows.

    Returns:
        The measures.

    Raises:
        ValueError: for shapes that disagree, fewer than two classes, and a class without features.

    Example:
        >>> import torch
        >>> from mixcore.class_geometry import measure_collapse
        >>> corners = torch.eye(3)
        >>> measure_collapse(corners.repeat(4, 1), torch.arange(3).repeat(4), corners).within
        0.0
    """
    h, w = features.detach().double().cpu(), weights.detach().double().cpu()
    means = find_means(h, y, len(w))
    if w.ndim != 2 or w.shape[1] != h.shape[1]:
        raise ValueError(
            f"weights must be (k, {h.shape[1]}) as the features are, got {tuple(weights.shape)}."
        )
    k, label = len(means), y.detach().cpu()
    centered = means - means.mean(0)
    _, size, right = torch.linalg.svd(centered, full_matrices=False)
    kept = size > FLAT * size.max()
    spread = ((h - means[label]) @ right[kept].T).square().mean(0)
    within = float((spread * k / size[kept].square()).sum()) / k if bool(kept.any()) else 0.0
    length = centered.norm(dim=1)
    cosine = (centered @ centered.T / (length[:, None] * length).clamp_min(1e-300))[
        ~torch.eye(k, dtype=torch.bool, device="cpu")
    ]
    rows = w - w.mean(0)
    duality = (_scale(rows) - _scale(centered)).norm()
    return CollapseMeasures(
        within, float(length.std(correction=0) / length.mean().clamp_min(1e-300)),
        float((cosine + 1 / (k - 1)).abs().mean()), float(duality),
    )  # fmt: skip


def find_means(features: Tensor, y: Tensor, k: int) -> Tensor:
    """Mean features (k, d) of each class; ValueError for a class without any."""
    if features.ndim != 2 or y.shape != features.shape[:1] or k < 2:
        raise ValueError(
            "Class means need features (n, d) with their classes (n,) and at least two classes, "
            f"got {tuple(features.shape)}, {tuple(y.shape)} and {k} classes."
        )
    h, label = features.detach().double().cpu(), y.detach().cpu().long()
    count = torch.bincount(label, minlength=k)
    if len(count) > k or not bool((count > 0).all()):
        raise ValueError(
            f"Each of the {k} classes needs features, and no other may have any; counts are "
            f"{count.tolist()}."
        )
    sums = torch.zeros(k, h.shape[1], dtype=torch.float64, device="cpu").index_add_(0, label, h)
    return sums / count[:, None]


@dataclass(frozen=True, eq=False)
class MixedFeatures:
    """Features h (n, d) of mixes of two samples of classes a and b (n,), lam (n,) of the first."""

    h: Tensor
    a: Tensor
    b: Tensor
    lam: Tensor

    @property
    def same(self) -> Tensor:
        """Which are mixes of one class, (n,) bool."""
        return self.a == self.b

    @property
    def is_middle(self) -> Tensor:
        """Which are mixes of two classes, about half and half, (n,) bool."""
        return ~self.same & (self.lam >= MIDDLE[0]) & (self.lam <= MIDDLE[1])


def measure_channel(mixes: MixedFeatures, means: Tensor) -> float:
    """Channel index: how far out mixes of two classes lie, beside the middle of their chord.

    The projection of such mixes with lam in MIDDLE on the direction from the middle of all classes
    to that of their two means, as a multiple of the chord's own. 1 is on the straight line between
    the means; above, the mixes are further out, in a channel between the classes.

    Args:
        mixes: features of mixes, and what they are of.
        means: (k, d) class means of clean features.

    Returns:
        The mean over the mixes.

    Raises:
        ValueError: where no mix of two classes is near half and half.

    Example:
        >>> import torch
        >>> from mixcore.class_geometry import MixedFeatures, measure_channel
        >>> means, half = torch.eye(3), torch.tensor([0.5])
        >>> chord = (means[:1] + means[1:2]) / 2
        >>> mixes = MixedFeatures(chord, torch.tensor([0]), torch.tensor([1]), half)
        >>> round(measure_channel(mixes, means), 6)
        1.0
    """
    rows = _require(mixes, mixes.is_middle)
    mean = means.detach().double().cpu()
    middle = mean.mean(0)
    out = (mean[mixes.a.cpu()[rows]] + mean[mixes.b.cpu()[rows]]) / 2 - middle
    h = mixes.h.detach().double().cpu()[rows] - middle
    return float(((h * out).sum(1) / out.square().sum(1)).mean())


def measure_off_chord(mixes: MixedFeatures, means: Tensor) -> float:
    """How far mixes of two classes lie from the chord's point of their lam, in chord lengths."""
    rows = _require(mixes, ~mixes.same)
    mean, lam = means.detach().double().cpu(), mixes.lam.detach().double().cpu()[rows, None]
    one, other = mean[mixes.a.cpu()[rows]], mean[mixes.b.cpu()[rows]]
    off = (mixes.h.detach().double().cpu()[rows] - lam * one - (1 - lam) * other).norm(dim=1)
    return float((off / (one - other).norm(dim=1)).mean())


def measure_alignment(mixes: MixedFeatures, weights: Tensor, middle: Tensor) -> float:
    """Mean cosine of mixes of one class with its row of the classifier (k, d), both centered.

    middle (d,) is what is subtracted of features: the mean of the class means.
    """
    return float(_find_cosines(mixes, mixes.same, weights, middle).amax(1).mean())


def measure_nearer_row(mixes: MixedFeatures, weights: Tensor, middle: Tensor) -> float:
    """The same of mixes of two classes, with whichever of their two rows is nearer."""
    return float(_find_cosines(mixes, ~mixes.same, weights, middle).amax(1).mean())


def _find_cosines(mixes: MixedFeatures, which: Tensor, weights: Tensor, middle: Tensor) -> Tensor:
    """Cosines (n, 2) of some mixes with the rows of both of their classes, centered."""
    rows = _require(mixes, which)
    w = weights.detach().double().cpu()
    w = w - w.mean(0)
    h = mixes.h.detach().double().cpu()[rows] - middle.detach().double().cpu()
    return torch.stack(
        [torch.cosine_similarity(h, w[y.cpu()[rows]], dim=1) for y in (mixes.a, mixes.b)], 1
    )


def _require(mixes: MixedFeatures, which: Tensor) -> Tensor:
    if not bool(which.any()):
        raise ValueError(
            f"None of {len(mixes.h)} mixes is of the kind that this is measured on: draw more of "
            "them, of the chosen classes."
        )
    return which.cpu()


def _scale(rows: Tensor) -> Tensor:
    return rows / rows.norm().clamp_min(1e-300)
