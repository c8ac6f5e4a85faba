"""Pairings of a batch: each helper returns index (b,), the partner of each sample.

What a person fixed (given["index"]) comes first, then what a wrapper chose (batch.partners), then
the method's own way. The ways of choosing by label or by likeness are declared in
mixcore.pairings and done here, in PAIRINGS; any of them goes around any method with mixcore.Paired.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mixcore.batch import Batch
from mixcore.moved import find_renamed
from mixcore.rng import Rng, make_streams

__getattr__ = find_renamed(__name__)

Pairing = Callable[[Batch, np.random.Generator], np.ndarray]


def shuffle_batch(batch: Batch, rng: Rng) -> np.ndarray:
    """A random permutation, as in most papers; a sample may meet itself."""
    return draw_partners("shuffle", batch, rng)


def pair_with_itself(batch: Batch) -> np.ndarray:
    """Every sample its own partner: the pairing of self mixes, which no wrapper changes."""
    return np.arange(len(batch))


def chain_partners(batch: Batch, rng: Rng, k: int) -> np.ndarray:
    """The sample, its partner, its partner's partner, ...: (b, k) sources for k-source mixes."""
    partner = shuffle_batch(batch, rng)
    links = [np.arange(len(batch))]
    for _ in range(k - 1):
        links.append(partner[links[-1]])
    return np.stack(links, 1)


def draw_partners(name: str, batch: Batch, rng: Rng) -> np.ndarray:
    """Partners by one of PAIRINGS, unless the user or a wrapper has already chosen them.

    ValueError where the name is unknown or the batch lacks the labels or features it goes by.
    """
    if "index" in batch.given:
        index: np.ndarray = batch.given["index"]
        return index
    if batch.partners is not None:
        return batch.partners
    return choose_partners(name, batch, rng)


def find_clusters(points: np.ndarray, clusters: int, rng: Rng) -> np.ndarray:
    """The cluster of each point: k-means++ seeds, then at most 20 rounds of Lloyd's algorithm.

    A library for this would weigh more than these lines.

    Args:
        points: (n, d) features, or the samples themselves; never their labels.
        clusters: how many; with as many as there are different points each has its own.
        rng: a seed or a numpy Generator.

    Returns:
        (n,) int64 below `clusters`; some may be empty.

    Raises:
        ValueError: for points of another shape and for a number of clusters below 1.

    Example:
        >>> import numpy as np
        >>> from mixcore.pair import find_clusters
        >>> near_and_far = find_clusters(np.array([[0.0], [0.1], [9.0]]), 2, rng=0)
        >>> bool(near_and_far[0] == near_and_far[1] != near_and_far[2])
        True
    """
    if points.ndim != 2 or not len(points) or clusters < 1:
        raise ValueError(
            "find_clusters needs points (n, d), n at least 1, and at least one cluster, got "
            f"points {points.shape} and {clusters} clusters."
        )
    return _clusters(points.astype(np.float64), clusters, make_streams(rng).stage("clusters"))


def pair_in_clusters(clusters: np.ndarray, rng: Rng) -> np.ndarray:
    """Partners by lot within given clusters, as in Intra-Cluster Mixup.

    Every partner is alike likely, the sample itself too, and each is partner once: a permutation of
    each cluster. So one cluster for all is the pairing of mixup, a cluster for each sample is no
    mixing, and clusters that are classes keep labels whole. For a batch, give the plan its
    partners: `recipe.plan(batch.paired(pair_in_clusters(clusters, rng)), rng)`. Of a data set that
    was clustered as a whole, draw anew for each epoch and take the rows of each batch.

    Args:
        clusters: (n,) the cluster of each sample, any whole numbers.
        rng: a seed or a numpy Generator.

    Returns:
        (n,) int64, the partner of each sample; one that is alone in its cluster meets itself.

    Example:
        >>> import numpy as np
        >>> from mixcore.pair import pair_in_clusters
        >>> pair_in_clusters(np.array([5, 5, 8, 5, 5]), rng=0).tolist()
        [4, 3, 2, 0, 1]
    """
    order = make_streams(rng).stage("pair").permutation(len(clusters))
    order = order[np.argsort(clusters[order], kind="stable")]
    index = np.empty_like(order)
    index[np.argsort(clusters, kind="stable")] = order
    return index


def choose_partners(name: str, batch: Batch, rng: Rng) -> np.ndarray:
    """Partners by one of PAIRINGS, whatever was chosen before."""
    if name not in PAIRINGS:
        raise ValueError(f"There is no pairing {name!r}; known: {', '.join(PAIRINGS)}.")
    return PAIRINGS[name](batch, make_streams(rng).stage("pair"))


def _shuffle(batch: Batch, random: np.random.Generator) -> np.ndarray:
    return random.permutation(len(batch))


def _roll(batch: Batch, random: np.random.Generator) -> np.ndarray:
    """The neighbor before, as torchvision does; none meets itself unless alone."""
    return np.roll(np.arange(len(batch)), 1)


def _flip(batch: Batch, random: np.random.Generator) -> np.ndarray:
    """The batch in reverse, as timm and TransMix do; the middle one of an odd batch stays alone."""
    return np.arange(len(batch))[::-1].copy()


def _same_class(batch: Batch, random: np.random.Generator) -> np.ndarray:
    """A ring through each class in random order: none meets itself unless alone in its class."""
    return _rings(_labels(batch, "same class"), random)


def _other_class(batch: Batch, random: np.random.Generator) -> np.ndarray:
    """Sorted by class and moved on by the size of the largest one: all pairs differ, unless one
    class holds more than half of the batch, which then leaves as few alike pairs as can be."""
    y = _labels(batch, "other class")
    order = random.permutation(len(batch))
    order = order[np.argsort(y[order], kind="stable")]
    index = np.empty(len(batch), np.int64)
    index[order] = np.roll(order, -int(np.bincount(y).max()))
    return index


def _nearest_label(batch: Batch, random: np.random.Generator) -> np.ndarray:
    """Another sample of the same label, or of the nearest where there is none; ties by lot."""
    groups = _Groups(_labels(batch, "nearest label"))
    gap = np.diff(groups.values).astype(np.float64)
    below, above = np.r_[np.inf, gap], np.r_[gap, np.inf]
    group = np.arange(len(groups.values))
    alone = (groups.count == 1) & (len(group) > 1)  # in its group, with others to choose from
    low = np.where(alone & (below <= above), group - 1, group)
    high = np.where(alone & (above <= below), group + 1, group)
    low, high = np.where(low == group, high, low), np.where(high == group, low, high)
    return groups.draw(low, high, random)


def _farthest_label(batch: Batch, random: np.random.Generator) -> np.ndarray:
    """A sample of the label that is farthest as a number; ties by lot."""
    groups = _Groups(_labels(batch, "farthest label"))
    down, up = groups.values - groups.values[0], groups.values[-1] - groups.values
    last = len(groups.values) - 1
    return groups.draw(np.where(down >= up, 0, last), np.where(up >= down, last, 0), random)


class _Groups:
    """The samples of a batch by label, so that not all need be compared with all."""

    def __init__(self, y: np.ndarray) -> None:
        self.values, self.of, self.count = np.unique(y, return_inverse=True, return_counts=True)
        self.members = np.argsort(y, kind="stable")
        self.start = np.cumsum(self.count) - self.count

    def draw(self, low: np.ndarray, high: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """A member of group low[g] or high[g] for each sample of group g, all alike likely.

        Nobody draws itself unless it is alone. low, high (number of groups,) may be the same.
        """
        low, high = low[self.of], high[self.of]
        first, more = self.count[low], np.where(high == low, 0, self.count[high])
        own = (low == self.of) & (first > 1)
        place = np.empty_like(self.members)
        place[self.members] = np.arange(len(place))
        pick = (random.random(len(place)) * (first + more - own)).astype(np.int64)
        # Among its own a sample counts on from itself, so that it is never reached.
        pick = np.where(own, (place - self.start[low] + 1 + pick) % first, pick)
        at = np.where(pick < first, self.start[low] + pick, self.start[high] + pick - first)
        index: np.ndarray = self.members[at]
        return index


def _same_cluster(batch: Batch, random: np.random.Generator) -> np.ndarray:
    """A ring through each cluster of the features; about eight samples make a cluster."""
    if batch.features is None:
        raise ValueError(
            "Pairing by 'same cluster' needs features (b, d); give Batch(x, y, features=...)."
        )
    points = batch.features.detach().double().cpu().numpy()
    return _rings(_clusters(points, -(-len(points) // 8), random), random)


def _clusters(points: np.ndarray, clusters: int, random: np.random.Generator) -> np.ndarray:
    points = points - points.mean(0)  # so that distances lose no digits to a common offset
    centers = points[random.integers(len(points), size=1)]
    far = ((points - centers) ** 2).sum(1)
    while len(centers) < clusters and far.any():
        center = points[random.choice(len(points), p=far / far.sum())]
        centers = np.vstack([centers, center])
        far = np.minimum(far, ((points - center) ** 2).sum(1))
    owner = np.zeros(len(points), np.int64)
    for _ in range(20):
        closest = _squared_distances(points, centers).argmin(1)
        if (closest == owner).all():
            break
        owner = closest
        used = np.unique(owner)
        centers[used] = [points[owner == c].mean(0) for c in used]
    return owner


def _squared_distances(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """(n, k), by the product of both: n k d numbers at once would be too many for a data set."""
    cross = points @ centers.T
    return (points**2).sum(1)[:, None] - 2 * cross + (centers**2).sum(1)


def _rings(group: np.ndarray, random: np.random.Generator) -> np.ndarray:
    index = np.empty(len(group), np.int64)
    for value in np.unique(group):
        members = random.permutation(np.flatnonzero(group == value))
        index[members] = np.roll(members, -1)
    return index


def _labels(batch: Batch, name: str) -> np.ndarray:
    if batch.y is None:
        raise ValueError(f"Pairing by {name!r} needs labels; give Batch(x, y).")
    labels: np.ndarray = batch.y.cpu().numpy().astype(np.int64)
    return labels


PAIRINGS: dict[str, Pairing] = {
    "shuffle": _shuffle,
    "roll": _roll,
    "flip": _flip,
    "same class": _same_class,
    "other class": _other_class,
    "nearest label": _nearest_label,
    "farthest label": _farthest_label,
    "same cluster": _same_cluster,
}
