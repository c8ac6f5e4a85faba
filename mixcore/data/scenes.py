"""Generated scenes: one cut-out on one ground, with its label and its exact mask.

The place, scale, turn and light of the object and the crop and tint of the ground are drawn
from streams of their own and as shares of the frame, so asking for another size moves nothing,
and a seed gives the same picture everywhere. Held-out scenes share neither cut-outs nor
grounds with training scenes; every held-out class is also a training class.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mixcore.data import gallery
from mixcore.data.layout import find_box, place_stamp
from mixcore.data.paint import Light, cut_image, light_image
from mixcore.data.stamps import SPLITS, Stamp, stamps
from mixcore.rng import Streams

SIDES = (16, 4096)


@dataclass(frozen=True, eq=False)
class Scene:
    """A generated picture and everything that is true about it."""

    image: NDArray[np.uint8]  # (h, w, 3), sRGB
    label: int  # index into class_names()
    name: str  # class_names()[label]
    mask: NDArray[np.bool_]  # (h, w), True on the object: alpha >= 0.5
    alpha: NDArray[np.float32]  # (h, w) in [0, 1], the object's share of each pixel
    empty: NDArray[np.uint8]  # (h, w, 3), the same frame without the object
    box: tuple[int, int, int, int]  # y0, y1, x0, x1 of the mask, half-open
    stamp: Stamp
    background: str  # a name of the gallery


class SceneBatch(NamedTuple):
    """Scenes as arrays of one size."""

    images: NDArray[np.uint8]  # (n, h, w, 3)
    labels: NDArray[np.int64]  # (n,)
    masks: NDArray[np.bool_]  # (n, h, w)


@lru_cache(maxsize=1)
def class_names() -> tuple[str, ...]:
    """Every class, in the order of the labels; both splits count by this one list."""
    return tuple(sorted({stamp.name for stamp in stamps()}))


def make(seed: int, size: int | tuple[int, int] = 448, split: str = "train") -> Scene:
    """The scene of a seed.

    `seed` >= 0; `size` is a side or (h, w) in pixels, each in [16, 4096]; `split` is "train" or
    "held-out". The box of the object takes 15 to 60 % of the frame, less only where the frame
    is so long that the whole object can't be larger. ValueError and TypeError say what is wrong.
    """
    return _scene(Streams(_whole("seed", seed, 0)), _frame(size), _split(split))


def batch(n: int, seed: int, size: int | tuple[int, int] = 448, split: str = "train") -> SceneBatch:
    """`n` >= 1 scenes as arrays; the same ones as `Scenes(n, size, split, seed)` holds."""
    found = Scenes(_whole("n", n, 1), size, split, seed)
    made = [found.scene(i) for i in range(n)]
    return SceneBatch(
        np.stack([scene.image for scene in made]),
        np.array([scene.label for scene in made], dtype=np.int64),
        np.stack([scene.mask for scene in made]),
    )


class Scenes(Sequence[tuple[Any, int]]):
    """A data set of `n` scenes: `[i]` is (image, label), as torch's loaders expect.

    The image is uint8 (h, w, 3), or what `transform` makes of it; `scene(i)` has the whole
    truth. Scenes are made when asked for, and item i is the same in every worker and epoch.
    """

    def __init__(
        self,
        n: int,
        size: int | tuple[int, int] = 64,
        split: str = "train",
        seed: int = 0,
        transform: Callable[[NDArray[np.uint8]], Any] | None = None,
    ) -> None:
        self._n, self._seed = _whole("n", n, 0), _whole("seed", seed, 0)
        self._size, self._split = _frame(size), _split(split)
        self._transform = transform

    def __len__(self) -> int:
        return self._n

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(self._n))]
        scene = self.scene(index)
        image = self._transform(scene.image) if self._transform else scene.image
        return image, scene.label

    def scene(self, index: int) -> Scene:
        """Item `index` with mask, alpha, ground and box; IndexError past the end."""
        i = operator.index(index)
        if not -self._n <= i < self._n:
            raise IndexError(f"Scene {i} was asked of a set of {self._n}.")
        return _scene(Streams(self._seed, i % self._n), self._size, self._split)


def _scene(streams: Streams, frame: tuple[int, int], split: str) -> Scene:
    stamp = _draw_stamp(streams.stage("object"), split)
    background, ground = _ground(streams, stamp, frame, split)
    tile, corner = place_stamp(streams, stamp, frame)
    image = ground.copy()
    image.paste(tile, corner, tile)
    cover = Image.new("L", ground.size)
    cover.paste(tile.getchannel("A"), corner)
    alpha = np.asarray(cover, dtype=np.float32) / np.float32(255)
    mask = alpha >= 0.5
    return Scene(
        image=np.array(image),
        label=class_names().index(stamp.name),
        name=stamp.name,
        mask=mask,
        alpha=alpha,
        empty=np.array(ground),
        box=find_box(mask),
        stamp=stamp,
        background=background,
    )


def _draw_stamp(rng: np.random.Generator, split: str) -> Stamp:
    """A class, then one of its cut-outs: classes with many cut-outs are not seen more often."""
    pool = [stamp for stamp in stamps() if stamp.split == split]
    kinds = sorted({stamp.name for stamp in pool})
    kind = kinds[rng.integers(len(kinds))]
    own = [stamp for stamp in pool if stamp.name == kind]
    return own[rng.integers(len(own))]


def _ground(
    streams: Streams, stamp: Stamp, frame: tuple[int, int], split: str
) -> tuple[str, Image.Image]:
    """Half the time a whole photo, half the time a tinted texture, cropped to the frame."""
    rng = streams.stage("ground")
    kind = "photo" if rng.random() < 0.5 else "texture"
    pool = [
        photo
        for photo in gallery.photos()
        if photo.background == split and photo.kind == kind and stamp.name not in photo.contains
    ]
    photo = pool[rng.integers(len(pool))]
    picture = cut_image(gallery.open_image(photo.name), frame, *streams.stage("crop").random(4))
    light = Light.of_ground(streams.stage("ground light"), photo.tints)
    return photo.name, light_image(picture, light)


def _whole(name: str, value: int, low: int) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number, got {value!r}.")
    if value < low:
        raise ValueError(f"{name} must be >= {low}, got {value}.")
    return operator.index(value)


def _frame(size: int | tuple[int, int]) -> tuple[int, int]:
    sides = tuple(size) if isinstance(size, (tuple, list)) else (size, size)
    if len(sides) != 2:
        raise ValueError(f"size must be one side or (h, w), got {size!r}.")
    h, w = (_whole("size", side, SIDES[0]) for side in sides)
    if max(h, w) > SIDES[1]:
        raise ValueError(f"size must be at most {SIDES[1]} pixels a side, got {size!r}.")
    return h, w


def _split(split: str) -> str:
    if split not in SPLITS:
        raise ValueError(f"split must be one of {', '.join(SPLITS)}, got {split!r}.")
    return split
