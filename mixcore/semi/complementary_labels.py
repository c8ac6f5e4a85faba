"""Complementary labels of samples and of pairs: how they are drawn, and the noise in them.

A complementary label ybar names a class that a sample is not. A mix of i and j is labeled "not
ybar_i" and "not ybar_j"; that is noise where ybar_i is the class of j, or ybar_j that of i, since
the mix then does hold the class that it is said not to hold. Intra-Cluster Mixup (Mai and Lin,
2025) pairs within clusters of features to have less of it: `mixcore.pair.find_clusters` and
`pair_in_clusters` choose partners, `mixcore.losses.complementary` trains. Classes y are needed
here, so that noise is measured where the truth is known, and never by a training.
"""

from __future__ import annotations

import numpy as np

from mixcore.rng import Rng, make_streams


def draw_complementary(y: np.ndarray, classes: int, rng: Rng) -> np.ndarray:
    """A complementary label for each sample, all wrong classes alike likely.

    Args:
        y: (n,) the true classes, whole numbers below `classes`.
        classes: how many there are, at least 2.
        rng: a seed or a numpy Generator.

    Returns:
        (n,) int64, never y.

    Raises:
        ValueError: for fewer than two classes and labels out of range.

    Example:
        >>> import numpy as np
        >>> from mixcore.semi.complementary_labels import draw_complementary
        >>> y = np.array([0, 1, 2])
        >>> bool((draw_complementary(y, 3, rng=0) == y).any())
        False
    """
    y = np.asarray(y)
    if classes < 2 or (y.size and not 0 <= y.min() <= y.max() < classes):
        raise ValueError(
            f"Complementary labels need at least two classes and labels below them, got {classes} "
            f"classes and labels from {y.min()} to {y.max()}."
        )
    step = make_streams(rng).stage("complementary").integers(1, classes, size=y.shape)
    return (y + step) % classes


def find_contradictions(y: np.ndarray, ybar: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Whether each half of each pair's label denies what the other sample is.

    Args:
        y: (n,) the true classes.
        ybar: (n,) the complementary labels.
        index: (n,) the partner of each sample.

    Returns:
        (n, 2) bool: whether A's label names B's class, and whether B's names A's.

    Example:
        >>> import numpy as np
        >>> from mixcore.semi.complementary_labels import find_contradictions
        >>> find_contradictions(np.array([0, 1]), np.array([1, 2]), np.array([1, 0])).tolist()
        [[True, False], [False, True]]
    """
    return np.stack([ybar == y[index], ybar[index] == y], 1)


def measure_noise(
    y: np.ndarray, ybar: np.ndarray, index: np.ndarray, lam: np.ndarray | None = None
) -> float:
    """The noise rate of a pairing: the share of pairs whose label contradicts itself.

    Args:
        y: (n,) the true classes.
        ybar: (n,) the complementary labels.
        index: (n,) the partner of each sample.
        lam: (n,) A's share; given, each half counts by its weight in the label instead, A's by
            lam and B's by 1 - lam.

    Returns:
        From 0 to 1.

    Example:
        >>> import numpy as np
        >>> from mixcore.semi.complementary_labels import measure_noise
        >>> y, ybar, index = np.array([0, 1]), np.array([1, 2]), np.array([1, 0])
        >>> measure_noise(y, ybar, index), measure_noise(y, ybar, index, lam=np.array([0.9, 0.5]))
        (1.0, 0.7)
    """
    wrong = find_contradictions(y, ybar, index)
    if lam is None:
        return float(wrong.any(1).mean())
    return float((wrong * np.stack([lam, 1 - lam], 1)).sum(1).mean())


def expect_noise(classes: int, same_class: float | None = None) -> float:
    """The noise rate to be expected of complementary labels that are all alike likely.

    A pair of one class never contradicts itself; one of two classes does unless both labels miss
    the other's class, each with probability 1 - 1 / (K - 1). So the rate is
    (1 - same_class) (1 - (1 - 1 / (K - 1))^2), 18.9 % of random pairs of ten classes. Weighted by
    lam it is (1 - same_class) / (K - 1) instead.

    Args:
        classes: K, at least 2.
        same_class: the share of pairs of one class; 1 / K, as of random pairs, where it is None.

    Returns:
        From 0 to 1.

    Raises:
        ValueError: for fewer than two classes.

    Example:
        >>> from mixcore.semi.complementary_labels import expect_noise
        >>> round(expect_noise(10), 4), expect_noise(10, same_class=1.0)
        (0.1889, 0.0)
    """
    if classes < 2:
        raise ValueError(f"Complementary labels need at least two classes, got {classes}.")
    same_class = 1 / classes if same_class is None else same_class
    return (1 - same_class) * (1 - (1 - 1 / (classes - 1)) ** 2)


def share_of_same_class(y: np.ndarray, clusters: np.ndarray) -> float:
    """The share of pairs of one class among partners drawn evenly within clusters.

    A partner may be the sample itself, as in `mixcore.pair.pair_in_clusters`.

    Args:
        y: (n,) the true classes.
        clusters: (n,) the cluster of each sample.

    Returns:
        From 1 / n to 1; what one cluster has for all is the share of random pairs.

    Example:
        >>> import numpy as np
        >>> from mixcore.semi.complementary_labels import share_of_same_class
        >>> share_of_same_class(np.array([0, 1, 1, 1]), np.array([0, 0, 1, 1]))
        0.75
    """
    _, cluster, size = np.unique(clusters, return_inverse=True, return_counts=True)
    _, klass = np.unique(y, return_inverse=True)
    together = np.zeros((cluster.max() + 1, klass.max() + 1))
    np.add.at(together, (cluster, klass), 1)
    return float((together[cluster, klass] / size[cluster]).mean())
