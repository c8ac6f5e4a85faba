"""PAIR: who is mixed with whom. Each helper returns index (b,), the partner of each sample.

What a person fixed (given["index"]) comes first, then what a wrapper chose (batch.partners), then
the method's own way. The ways of choosing by label or by likeness are in PAIRINGS; any of them
goes around any method with mixcore.Paired.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mixcore.batch import Batch
from mixcore.rng import Rng, streams

Pairing = Callable[[Batch, np.random.Generator], np.ndarray]


def shuffle(batch: Batch, rng: Rng) -> np.ndarray:
    """A random permutation, as in most papers; a sample may meet itself."""
    return by("shuffle", batch, rng)


def roll(batch: Batch, rng: Rng) -> np.ndarray:
    """The neighbour before, as torchvision does; nobody meets itself unless alone."""
    return by("roll", batch, rng)


def flip(batch: Batch, rng: Rng) -> np.ndarray:
    """The batch in reverse, as timm and TransMix do; the middle one of an odd batch stays alone."""
    return by("flip", batch, rng)


def itself(batch: Batch) -> np.ndarray:
    """Every sample its own partner: the pairing of self mixes, which no wrapper changes."""
    return np.arange(len(batch))


def chain(batch: Batch, rng: Rng, k: int) -> np.ndarray:
    """The sample, its partner, its partner's partner, ...: (b, k) sources for k-source mixes."""
    partner = shuffle(batch, rng)
    links = [np.arange(len(batch))]
    for _ in range(k - 1):
        links.append(partner[links[-1]])
    return np.stack(links, 1)


def by(name: str, batch: Batch, rng: Rng) -> np.ndarray:
    """Partners by one of PAIRINGS, unless a person or a wrapper has already chosen them.

    ValueError where the name is unknown or the batch lacks the labels or features it goes by.
    """
    if "index" in batch.given:
        index: np.ndarray = batch.given["index"]
        return index
    if batch.partners is not None:
        return batch.partners
    return choose(name, batch, rng)


def choose(name: str, batch: Batch, rng: Rng) -> np.ndarray:
    """Partners by one of PAIRINGS, whatever was chosen before."""
    if name not in PAIRINGS:
        raise ValueError(f"There is no pairing {name!r}; known: {', '.join(PAIRINGS)}.")
    return PAIRINGS[name](batch, streams(rng).stage("pair"))


def _shuffle(batch: Batch, random: np.random.Generator) -> np.ndarray:
    return random.permutation(len(batch))


def _roll(batch: Batch, random: np.random.Generator) -> np.ndarray:
    return np.roll(np.arange(len(batch)), 1)


def _flip(batch: Batch, random: np.random.Generator) -> np.ndarray:
    return np.arange(len(batch))[::-1].copy()


def _same_class(batch: Batch, random: np.random.Generator) -> np.ndarray:
    """A ring through each class in random order: nobody meets itself unless alone in its class."""
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
    return _extreme(batch, random, "nearest label", 1)


def _farthest_label(batch: Batch, random: np.random.Generator) -> np.ndarray:
    return _extreme(batch, random, "farthest label", -1)


def _extreme(batch: Batch, random: np.random.Generator, name: str, sign: int) -> np.ndarray:
    """The other sample whose label, as a number, is nearest or farthest; ties by lot."""
    y = _labels(batch, name)
    if len(y) == 1:
        return np.zeros(1, np.int64)
    gap = sign * np.abs(y[:, None] - y).astype(np.float64)
    np.fill_diagonal(gap, np.inf)
    index: np.ndarray = (gap + 0.5 * random.random(gap.shape)).argmin(1)
    return index


def _same_cluster(batch: Batch, random: np.random.Generator) -> np.ndarray:
    """A ring through each cluster of the features; about eight samples make a cluster."""
    if batch.features is None:
        raise ValueError(
            "Pairing by 'same cluster' needs features (b, d); give Batch(x, y, features=...)."
        )
    points = batch.features.detach().double().cpu().numpy()
    return _rings(_clusters(points, -(-len(points) // 8), random), random)


def _clusters(points: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """The cluster of each point: k-means++ seeds, then at most 20 rounds of Lloyd's algorithm.

    Batches are small; a library for this would weigh more than these lines.
    """
    centres = points[random.integers(len(points), size=1)]
    while len(centres) < k:
        far = ((points[:, None] - centres) ** 2).sum(2).min(1)
        if not far.any():
            break
        centres = np.vstack([centres, points[random.choice(len(points), p=far / far.sum())]])
    owner = np.zeros(len(points), np.int64)
    for _ in range(20):
        closest = ((points[:, None] - centres) ** 2).sum(2).argmin(1)
        if (closest == owner).all():
            break
        owner = closest
        used = np.unique(owner)
        centres[used] = [points[owner == c].mean(0) for c in used]
    return owner


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
