"""Pairings of a batch: each helper returns index (b,), the partner of each sample.

What a person fixed (given["index"]) comes first, then what a wrapper chose (batch.partners), then
the method's own way. The ways of choosing by label or by likeness are declared in
mixcore.pairings and done here, in PAIRINGS; any of them goes around any method with mixcore.Paired.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from torch import Tensor

from mixcore.batch import Batch
from mixcore.label_kernel import BANDWIDTH, draw_label_neighbors
from mixcore.moved import find_renamed
from mixcore.rng import Rng, make_streams

__getattr__ = find_renamed(__name__)

Pairing = Callable[..., np.ndarray]


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


def draw_by_label_kernel(
    batch: Batch | Tensor | np.ndarray,
    bandwidth: float,
    rng: Rng,
    *,
    kernel: str = "gaussian",
    rows: np.ndarray | None = None,
    sd: float | np.ndarray | None = None,
) -> np.ndarray:
    """Partners by a kernel on real labels: the nearer in label the likelier, itself included.

    Of a batch what the user fixed or a wrapper decided comes first, but not what a wrapper only
    proposes. For a table that stands in memory give the labels of all of it and the rows whose
    partners are wanted.

    Args:
        batch: a batch with real labels, or labels (n,) or (n, d) alone.
        bandwidth: h > 0 of exp(-|y_i - y_j|^2 / (2 h^2)) in standard deviations of the labels.
        rng: a seed or a numpy Generator.
        kernel: "gaussian", or "tophat" for all within h alike and none beyond.
        rows: positions in the labels whose partners are drawn; all of them unless given.
        sd: standard deviation of the data set's labels; that of the given ones unless it is given.

    Returns:
        Partners (b,) int64, or (len(rows),), as positions in the labels.

    Raises:
        TypeError: for labels of the wrong kind.
        ValueError: for a batch without real labels, and for values out of range.

    Example:
        >>> import torch
        >>> from mixcore import pair
        >>> y = torch.tensor([0.0, 9.0, 0.0, 9.0, 0.0])
        >>> y[pair.draw_by_label_kernel(y, 0.1, rng=0, rows=[1, 2])]
        tensor([9., 0.])
    """
    labels: Tensor | np.ndarray
    if isinstance(batch, Batch):
        index = batch.given.get("index", None if batch.proposed else batch.partners)
        if index is not None:
            decided: np.ndarray = index if rows is None else index[rows]
            return decided
        labels = _real_labels(batch, "label kernel")
    else:
        labels = batch
    if isinstance(labels, Tensor):
        labels = labels.detach().cpu().double().numpy()
    random = make_streams(rng).stage("pair")
    return draw_label_neighbors(labels, bandwidth, random, kernel=kernel, rows=rows, sd=sd)


def draw_partners(name: str, batch: Batch, rng: Rng, **options: Any) -> np.ndarray:
    """Partners by one of PAIRINGS, unless the user or a wrapper has already chosen them.

    options are the pairing's own, such as the bandwidth of "near label". ValueError where the name
    is unknown or the batch lacks the labels or features it goes by.
    """
    if "index" in batch.given:
        index: np.ndarray = batch.given["index"]
        return index
    if batch.partners is not None:
        return batch.partners
    return choose_partners(name, batch, rng, **options)


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


def choose_partners(name: str, batch: Batch, rng: Rng, **options: Any) -> np.ndarray:
    """Partners by one of PAIRINGS, whatever was chosen before."""
    if name not in PAIRINGS:
        raise ValueError(f"There is no pairing {name!r}; known: {', '.join(PAIRINGS)}.")
    return PAIRINGS[name](batch, make_streams(rng).stage("pair"), **options)


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
    groups = _Groups(_numbers(batch, "nearest label"))
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
    groups = _Groups(_numbers(batch, "farthest label"))
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


def _near_label(
    batch: Batch, random: np.random.Generator, bandwidth: float = BANDWIDTH
) -> np.ndarray:
    """By lot, the nearer in label the likelier; any sample may meet itself."""
    y = _real_labels(batch, "near label").detach().cpu().double().numpy()
    return draw_label_neighbors(y, bandwidth, random)


def _labels(batch: Batch, name: str) -> np.ndarray:
    if batch.y is None:
        raise ValueError(f"Pairing by {name!r} needs labels; give Batch(x, y).")
    if batch.regression:
        raise ValueError(
            f"Pairing by {name!r} needs classes, but these labels are real; 'near label' pairs by "
            "real ones."
        )
    labels: np.ndarray = batch.y.cpu().numpy().astype(np.int64)
    return labels


def _numbers(batch: Batch, name: str) -> np.ndarray:
    """Labels as one number each, whether they are classes or real."""
    if batch.y is None or not batch.regression:
        return _labels(batch, name)
    if batch.y.ndim > 1:
        raise ValueError(
            f"Pairing by {name!r} needs one number a sample, got labels of shape "
            f"{tuple(batch.y.shape)}; 'near label' takes several."
        )
    numbers: np.ndarray = batch.y.detach().cpu().double().numpy()
    return numbers


def _real_labels(batch: Batch, name: str) -> Tensor:
    if batch.y is None or not batch.regression:
        raise ValueError(
            f"Pairing by {name!r} needs real labels; give Batch(x, y, regression=True) with "
            "floating point y."
        )
    return batch.y


PAIRINGS: dict[str, Pairing] = {
    "shuffle": _shuffle,
    "roll": _roll,
    "flip": _flip,
    "same class": _same_class,
    "other class": _other_class,
    "nearest label": _nearest_label,
    "farthest label": _farthest_label,
    "same cluster": _same_cluster,
    "near label": _near_label,
}
