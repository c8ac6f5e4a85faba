"""Pictures of known truth that evidence is judged on, fixed before any model was trained.

Composites: 800 scenes of held-out cut-outs at 224 pixels; the box of the object takes 15 to 60 %
of the frame, half of the grounds are whole photos, and the mask is exact. Real pictures:
Tiny-ImageNet's held-out ones enlarged to the same size, with a box for a mask.
Pairs: CutMix of two different objects, the box anywhere inside the frame, its area uniform.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mixcore.data import scenes
from mixcore.evidence.study.trainset import TINY, PackedSet
from mixcore.regions.shapes import Box

SIDE = 224
COMPOSITES, PAIRS = 800, 1200
REAL, REAL_PAIRS = 1000, 700
SEED = 4
LESS = 0.5  # of the frame: the largest box of a real picture that enters a pair


@dataclass(frozen=True)
class JudgedSet:
    """n pictures and their truth.

    images   (n, SIDE, SIDE, 3) uint8
    masks    (n, SIDE, SIDE) bool, the object or its box
    classes  n tuples of ImageNet indices that name it rightly, sometimes none
    sources  (n,) which cut-out or picture it is, counted from 0: what intervals resample
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.bool_]
    classes: tuple[tuple[int, ...], ...]
    sources: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.images)

    def boxed(self) -> NDArray[np.bool_]:
        """The masks' boxes, (n, SIDE, SIDE): the best that a box can say."""
        rows = _hull(np.any(self.masks, 2))
        return rows[:, :, None] & _hull(np.any(self.masks, 1))[:, None, :]


@dataclass(frozen=True)
class CompositePairs:
    """m CutMixes of judged pictures, and two truths about what A's label should be worth.

    a, b         (m,) which pictures
    boxes        (m, 4) y0, y1, x0, x1, half-open: B's place
    seen_a, seen_b  (m,) the share of its own object that each picture still shows
    own          (m,) seen_a / (seen_a + seen_b)
    pixels       (m,) A's share of all object pixels that can still be seen
    """

    a: NDArray[np.int64]
    b: NDArray[np.int64]
    boxes: NDArray[np.int64]
    seen_a: NDArray[np.float64]
    seen_b: NDArray[np.float64]
    pixels: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.a)

    @property
    def own(self) -> NDArray[np.float64]:
        return self.seen_a / (self.seen_a + self.seen_b)

    def kept(self, rows: slice = slice(None)) -> NDArray[np.bool_]:
        """Where A is kept, (m, SIDE, SIDE) bool."""
        kept: NDArray[np.bool_] = Box(self.boxes[rows], (SIDE, SIDE)).mask()[:, 0].numpy()
        return kept


def make_composites(n: int = COMPOSITES, seed: int = SEED) -> JudgedSet:
    """The first n composites of the protocol."""
    made = scenes.Scenes(n, SIDE, "held-out", seed)
    held = [made.scene(i) for i in range(n)]
    files = sorted({scene.stamp.file for scene in held})
    return JudgedSet(
        np.stack([scene.image for scene in held]),
        np.stack([scene.mask for scene in held]),
        tuple(scene.stamp.imagenet for scene in held),
        np.array([files.index(scene.stamp.file) for scene in held], dtype=np.int64),
    )


def load_real(data: Path, n: int = REAL, seed: int = SEED) -> JudgedSet:
    """n held-out pictures of Tiny-ImageNet that have a box; `data` is the folder of its folder."""
    packed = PackedSet(data / TINY / "val.npz")
    if packed.boxes is None:
        raise ValueError(f"{data / TINY} holds no boxes, so nothing could be judged on it.")
    order = np.random.default_rng(seed).permutation(len(packed))
    x0, y0, x1, y1 = packed.boxes[order].T
    order = order[(x1 > x0) & (y1 > y0)][:n]
    masks = np.zeros((len(order), SIDE, SIDE), bool)
    for mask, i in zip(masks, order, strict=True):
        x0, y0, x1, y1 = np.round(packed.boxes[i] * (SIDE / packed.picture(int(i)).width))
        mask[int(y0) : int(y1), int(x0) : int(x1)] = True
    return JudgedSet(
        np.stack([packed.enlarged(int(i), SIDE) for i in order]),
        masks,
        tuple((int(packed.labels[i]),) for i in order),
        np.arange(len(order)),
    )


def make_pairs(
    judged: JudgedSet, m: int = PAIRS, seed: int = SEED, largest: float = 1.0
) -> CompositePairs:
    """m mixes of pictures of different sources whose masks take at most `largest` of the frame.

    A mix that hides both objects wholly has no truth and is drawn again.
    """
    rng = np.random.default_rng([seed, m])
    sizes = judged.masks.sum((1, 2))
    pool = np.flatnonzero(sizes <= largest * SIDE * SIDE)
    if len(np.unique(judged.sources[pool])) < 2:
        raise ValueError(f"Pairs need pictures of at least 2 sources, got {len(pool)} pictures.")
    rows: list[tuple[int, int, tuple[int, ...], int, int]] = []
    while len(rows) < m:
        a, b = (int(i) for i in rng.choice(pool, 2))
        y0, y1, x0, x1 = box = _box(rng)
        seen_b = int(judged.masks[b, y0:y1, x0:x1].sum())
        seen_a = int(sizes[a] - judged.masks[a, y0:y1, x0:x1].sum())
        if judged.sources[a] != judged.sources[b] and seen_a + seen_b > 0:
            rows.append((a, b, box, seen_a, seen_b))
    a_, b_, boxes, seen_a_, seen_b_ = (np.array(column) for column in zip(*rows, strict=True))
    return CompositePairs(
        a_, b_, boxes, seen_a_ / sizes[a_], seen_b_ / sizes[b_], seen_a_ / (seen_a_ + seen_b_)
    )


def _box(rng: np.random.Generator) -> tuple[int, int, int, int]:
    side = round(SIDE * float(np.sqrt(rng.random())))
    y, x = (int(v) for v in rng.integers(0, SIDE - side + 1, 2))
    return y, y + side, x, x + side


def _hull(lines: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """From the first to the last True of each row."""
    after = np.maximum.accumulate(lines, 1)
    before = np.maximum.accumulate(lines[:, ::-1], 1)[:, ::-1]
    return after & before
