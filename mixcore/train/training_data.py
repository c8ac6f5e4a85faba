"""Data sets in memory: scikit-learn's digits, scenes, torchvision's, and users' own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from mixcore import pictures
from mixcore.data import limits
from mixcore.data.arrays import ArrayPictures
from mixcore.data.dataset import (
    Dataset,
    PictureSet,
    describe_skipped,
    format_count,
    list_some,
)
from mixcore.data.known import DATASETS
from mixcore.data.sources import find_path, open_path
from mixcore.runs import home
from mixcore.train import checks, in_memory
from mixcore.train.in_memory import Arrays, Data, Part
from mixcore.train.training_request import TrainingRequest

FILE_SIDE = 64  # pixels a side of pictures out of files, where no size is asked for
LESIONS = 1000  # drawn slices
TORCHVISION = {
    "cifar10": "CIFAR10", "cifar100": "CIFAR100", "mnist": "MNIST",
    "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST",
}  # fmt: skip
"""Data sets that are fetched where that is asked for: name -> the class in torchvision.datasets."""


class FoundData(NamedTuple):
    """A data set before it is divided: test pictures where it has some, and what to say of it.

    skipped  pictures that could not be read: name -> why
    """

    train: Part
    test: Part | None
    classes: tuple[str, ...] | None
    notes: list[str] = []
    skipped: dict[str, str] = {}


def load_data(request: TrainingRequest) -> Data:
    """The data set that a request names; ValueError says in a sentence what is wrong with it."""
    name = request.data
    if name == "scenes":
        return _scenes(request)
    found = _found(request)
    arrays = checks.split_parts(
        name, found.train, found.test, found.classes, request.held_out, request.images
    )
    arrays.notes, arrays.skipped = found.notes, found.skipped
    _resize(arrays, request.size)
    if request.batch > arrays.n:
        raise ValueError(
            f"A batch of {request.batch} is larger than the {arrays.n} training pictures of "
            f"{name}: take at most {arrays.n}."
        )
    arrays.augment = request.augment
    return arrays


def _scenes(request: TrainingRequest) -> Data:
    if request.augment != "none":
        raise ValueError("Scenes are new in every epoch: leave the run's augment at 'none'.")
    n = request.images or 1000
    if request.batch > n:
        raise ValueError(
            f"A batch of {request.batch} is larger than an epoch of {n} scenes: take at most {n}."
        )
    return in_memory.SceneData(n, request.size or 32, request.seed)


def _found(request: TrainingRequest) -> FoundData:
    if request.data in BUILT_IN:
        return BUILT_IN[request.data]()
    path = find_path(request.data)
    if path is not None:
        return _in_memory(open_path(path), request.size or FILE_SIDE, path.name or str(path))
    if request.data in TORCHVISION:
        return _torchvision(request.data, request.download)
    raise ValueError(
        f"There is no data set {request.data!r}: known are {', '.join(DATASETS)}, the folders of "
        f"{home.get_data_home()}, folder:PATH, zip:FILE and npz:FILE."
    )


def _digits() -> FoundData:
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.rint(found.images * (255 / 16)).astype(np.uint8)
    return FoundData(_known(images, found.target), None, tuple("0123456789"))


def _lesions() -> FoundData:
    from mixcore.data import lesions

    found = lesions.make_lesions(LESIONS)
    return FoundData(_known(found.images, found.labels), None, lesions.CLASSES)


BUILT_IN = {"digits": _digits, "lesions": _lesions}
"""Data sets that come with what is installed: name -> what reads it."""


def _torchvision(name: str, download: bool) -> FoundData:
    import torchvision

    maker: Callable[..., Any] = getattr(torchvision.datasets, TORCHVISION[name])
    root = home.get_data_home() / "torchvision"
    try:
        parts = [maker(root, train=train, download=download) for train in (True, False)]
    except RuntimeError as error:
        if download:
            raise ValueError(f"{name} could not be fetched: {error}") from None
        raise ValueError(
            f"{name} is not on this machine: ask for its download (--download), or put a folder "
            f"{name} into {home.get_data_home()}."
        ) from None
    train, test = (_known(np.asarray(p.data), np.asarray(p.targets)) for p in parts)
    return FoundData(train, test, tuple(map(str, parts[0].classes)))


def _known(images: NDArray, labels: NDArray) -> Part:
    """A part of a public data set, uint8 (n, h, w) or (n, h, w, c)."""
    x = torch.from_numpy(np.ascontiguousarray(images))
    x = x[:, None] if x.ndim == 3 else x.movedim(3, 1).contiguous()
    return Part(x, torch.from_numpy(labels.astype(np.int64)))


def _in_memory(found: Dataset, size: int, shown: str) -> FoundData:
    """A data set with all its pictures read; those that cannot be are left out and named."""
    train, skipped = _part(found.train, size, shown)
    if not len(train):
        raise ValueError(f"None of the pictures of {shown} can be read: {_first(skipped)}")
    notes = list(found.notes)
    test = None
    if found.test is not None:
        test, bad = _part(found.test, size, shown)
        skipped |= bad
        if not len(test):
            test = None
            notes.append("No test picture can be read: a fifth of the others tests.")
    classes = found.classes
    present = torch.unique(train.y)
    if skipped and len(present) < len(classes):
        train, test, classes, lost = _without_lost(train, test, classes, present)
        notes.append(f"{format_count(len(lost), 'class')} without a readable picture left out: "
                     f"{list_some(lost)}.")  # fmt: skip
    return FoundData(train, test, classes, notes, skipped)


def _part(found: PictureSet, size: int, shown: str) -> tuple[Part, dict[str, str]]:
    """Pictures in memory, those of files cut to squares; by name, why some cannot be read."""
    h, w, c = found.shape if isinstance(found, ArrayPictures) else (size, size, 3)
    if len(found) * h * w * c > limits.TRAINING_BYTES:
        side = f"{size} pixels a side" if h == size == w else f"{w} x {h} pixels"
        raise ValueError(
            f"{len(found):,} pictures of {side} in {shown} do not fit into memory: ask for smaller "
            "ones (size), or take fewer."
        )
    x = torch.empty(len(found), c, h, w, dtype=torch.uint8, device="cpu")
    if isinstance(found, ArrayPictures):
        at = 0
        for levels in found.pieces():
            x[at : at + len(levels)] = torch.from_numpy(levels).movedim(3, 1)
            at += len(levels)
        return Part(x, torch.from_numpy(found.labels)), {}
    skipped: dict[str, str] = {}
    kept: list[int] = []
    for i in _class_by_class(found):
        try:
            square = pictures.square(found.read(i), size)
        except pictures.PictureError as error:
            skipped[found.name(i)] = str(error)
            continue
        x[len(kept)] = torch.from_numpy(square).movedim(2, 0)
        kept.append(i)
    return Part(x[: len(kept)], torch.from_numpy(found.labels[kept])), skipped


def _class_by_class(found: PictureSet) -> list[int]:
    """The order in which training has always taken pictures, on which it depends what is held out.

    Names are sorted as text, in which "cat-2/" comes before "cat/".
    """
    return sorted(
        range(len(found)), key=lambda i: (int(found.labels[i]), PurePosixPath(found.name(i)))
    )


def _without_lost(
    train: Part, test: Part | None, classes: tuple[str, ...], present: Tensor
) -> tuple[Part, Part | None, tuple[str, ...], list[str]]:
    """Parts and classes without those of which no training picture is left; the lost names."""
    number = torch.full((len(classes),), -1, dtype=torch.int64, device="cpu")
    number[present] = torch.from_numpy(np.arange(len(present)))
    lost = [name for name, k in zip(classes, number.tolist(), strict=True) if k < 0]
    train = Part(train.x, number[train.y])
    if test is not None:
        test = test.rows((number[test.y] >= 0).nonzero()[:, 0])
        test = Part(test.x, number[test.y]) if len(test) else None
    return train, test, tuple(classes[k] for k in present.tolist()), lost


def _first(skipped: dict[str, str]) -> str:
    return describe_skipped(dict([next(iter(skipped.items()))]))


def _resize(arrays: Arrays, size: int) -> None:
    """Bring all pictures to a side of `size`, where that is asked for and they are not."""
    if not size or arrays.shape[1:] == (size, size):
        return
    for name in ("train", "val", "test"):
        part: Part = getattr(arrays, name)
        pieces = [
            F.interpolate(x.float(), (size, size), mode="bilinear", antialias=True).round().byte()
            for x in part.x.split(1024)
        ]
        setattr(arrays, name, Part(torch.cat(pieces), part.y))
