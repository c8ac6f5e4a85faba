"""The door of a data set: arrays in, checked parts out, or a sentence that says what is wrong."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixcore.train.data import Arrays, Part

LEAST = 10  # pictures
SPLIT = 0  # seed of what is held out: the same for every run, so that runs can be compared


def checked(name: str, images: NDArray, labels: NDArray, k: int | None) -> Part:
    """A part from arrays (n, h, w) or (n, h, w, c) and (n,); ValueError says what is wrong.

    Pictures are uint8, or floats in [0, 1], which are rounded to uint8. k is the number of
    classes where it is known; otherwise labels must count them from 0 without a gap.
    """
    if images.ndim not in (3, 4) or (images.ndim == 4 and images.shape[3] not in (1, 3)):
        raise ValueError(
            f"{name}: images must be (n, h, w), (n, h, w, 1) or (n, h, w, 3), got {images.shape}."
        )
    if labels.shape != (len(images),):
        raise ValueError(
            f"{name}: labels must be ({len(images)},), one a picture, got {labels.shape}."
        )
    if not len(images):
        raise ValueError(f"{name} holds no pictures.")
    return Part(_pixels(name, images), _labels(name, labels, k))


def _pixels(name: str, images: NDArray) -> Tensor:
    if images.dtype.kind == "f":
        low, high = float(images.min()), float(images.max())
        if not np.isfinite([low, high]).all():  # a minimum of nan is nan
            bad = int((~np.isfinite(images)).reshape(len(images), -1).any(1).sum())
            raise ValueError(
                f"{name}: {bad} of {len(images)} pictures hold pixels that are no numbers (NaN or "
                "infinite): leave these out."
            )
        if low < 0 or high > 1:
            raise ValueError(
                f"{name}: pixels as floats must be in [0, 1], got {low:g} to {high:g}."
            )
        images = np.rint(images * 255).astype(np.uint8)
    if images.dtype != np.uint8:
        raise ValueError(f"{name}: images must be uint8 or floats in [0, 1], got {images.dtype}.")
    x = torch.from_numpy(np.ascontiguousarray(images))
    return x[:, None] if x.ndim == 3 else x.movedim(3, 1).contiguous()


def _labels(name: str, labels: NDArray, k: int | None) -> Tensor:
    if labels.dtype.kind not in "iu":
        raise ValueError(f"{name}: labels must be whole numbers, got {labels.dtype}.")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or (k is not None and high >= k):
        top = "" if k is None else f" to {k - 1}"
        raise ValueError(f"{name}: labels must count the classes from 0{top}, got {low} to {high}.")
    return torch.from_numpy(labels.astype(np.int64))


def split(
    name: str,
    train: Part,
    test: Part | None,
    classes: tuple[str, ...] | None,
    share: float,
    most: int = 0,
) -> Arrays:
    """The three parts of a data set: a share of the training pictures is held out.

    Where there is no test part, a fifth of everything becomes it. `most` limits what is then
    left to train on; 0 takes all. ValueError for one class, for
    too few pictures, and for a class that does not occur.
    """
    if len(train) < LEAST:
        raise ValueError(
            f"{name} has {len(train)} pictures: training needs {LEAST} at least, to learn from and "
            "to be judged by."
        )
    present = torch.unique(train.y)
    k = len(classes) if classes is not None else int(present.max()) + 1
    if len(present) < 2:
        raise ValueError(f"{name} has one class only: there is nothing to tell apart.")
    if len(present) < k:
        absent = sorted(set(range(k)) - set(present.tolist()))[0]
        raise ValueError(
            f"{name}: class {absent} of 0 to {k - 1} has no training picture; labels must count "
            "the classes from 0 without a gap."
        )
    order = torch.from_numpy(np.random.default_rng(SPLIT).permutation(len(train)))
    if test is None:
        cut = max(1, len(order) // 5)
        test, order = train.rows(order[:cut]), order[cut:]
    cut = max(1, round(share * len(order)))
    left = order[cut:][: most or None]
    val, rest = train.rows(order[:cut]), train.rows(left.sort().values)
    if test.x.shape[1:] != train.x.shape[1:]:
        raise ValueError(
            f"{name}: test pictures are {tuple(test.x.shape[1:])}, training pictures "
            f"{tuple(train.x.shape[1:])}; they must be alike."
        )
    return Arrays(rest, val, test, classes or tuple(map(str, range(k))))
