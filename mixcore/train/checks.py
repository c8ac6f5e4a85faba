"""The three parts of a data set, or a sentence that says why it cannot be trained on."""

from __future__ import annotations

import numpy as np
import torch

from mixcore.train.in_memory import Arrays, Part

LEAST = 10  # pictures
SPLIT = 0  # seed of what is held out: the same for every run, so that runs can be compared


def split_parts(
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
