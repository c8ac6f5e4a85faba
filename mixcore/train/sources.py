"""Where data sets come from: scikit-learn, scenes, torchvision, folders and .npz files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from mixcore import pictures
from mixcore.data import limits
from mixcore.data.arrays import ArrayPictures, open_arrays
from mixcore.data.dataset import PictureSet
from mixcore.runs import home
from mixcore.train import checks, data
from mixcore.train.data import Arrays, Data, Part
from mixcore.train.request import Request

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp"}
TORCHVISION = {
    "cifar10": "CIFAR10", "cifar100": "CIFAR100", "mnist": "MNIST",
    "fashion-mnist": "FashionMNIST", "kmnist": "KMNIST",
}  # fmt: skip
TESTS = ("test", "val", "valid", "validation")


class Found(NamedTuple):
    """A data set before it is divided: test pictures where it has some, and what to say of it."""

    train: Part
    test: Part | None
    classes: tuple[str, ...] | None
    notes: list[str] = []


def load(request: Request) -> Data:
    """The data set that a request names; ValueError says in a sentence what is wrong with it."""
    name = request.data
    if name == "scenes":
        return _scenes(request)
    found = _found(request)
    arrays = checks.split(
        name, found.train, found.test, found.classes, request.held_out, request.images
    )
    arrays.notes = found.notes
    _resize(arrays, request.size)
    if request.batch > arrays.n:
        raise ValueError(
            f"A batch of {request.batch} is larger than the {arrays.n} training pictures of "
            f"{name}: take at most {arrays.n}."
        )
    arrays.augment = request.augment
    return arrays


def _scenes(request: Request) -> Data:
    if request.augment != "none":
        raise ValueError("Scenes are new in every epoch: leave Request.augment at 'none'.")
    n = request.images or 1000
    if request.batch > n:
        raise ValueError(
            f"A batch of {request.batch} is larger than an epoch of {n} scenes: take at most {n}."
        )
    return data.SceneData(n, request.size or 32, request.seed)


def _found(request: Request) -> Found:
    kind, _, where = request.data.partition(":")
    if where and kind in ("folder", "npz"):
        path = Path(where).expanduser()
        return _npz(path) if kind == "npz" else _folder(path, request.size or 64)
    if request.data == "digits":
        return _digits()
    own = home.data() / request.data
    if request.data not in (".", "..") and own.parent == home.data() and own.is_dir():
        return _folder(own, request.size or 64)
    if request.data in TORCHVISION:
        return _torchvision(request.data, request.download)
    known = ", ".join(["digits", "scenes", *TORCHVISION])
    raise ValueError(
        f"There is no data set {request.data!r}: known are {known}, the folders of {home.data()}, "
        "folder:PATH and npz:FILE."
    )


def _digits() -> Found:
    from sklearn.datasets import load_digits

    found = load_digits()
    images = np.rint(found.images * (255 / 16)).astype(np.uint8)
    train = checks.checked("digits", images, found.target, 10)
    return Found(train, None, tuple("0123456789"))


def _torchvision(name: str, download: bool) -> Found:
    import torchvision

    maker: Callable[..., Any] = getattr(torchvision.datasets, TORCHVISION[name])
    root = home.data() / "torchvision"
    try:
        parts = [maker(root, train=train, download=download) for train in (True, False)]
    except RuntimeError as error:
        if download:
            raise ValueError(f"{name} could not be fetched: {error}") from None
        raise ValueError(
            f"{name} is not on this machine: ask for its download (--download), or put a folder "
            f"{name} into {home.data()}."
        ) from None
    train, test = (
        checks.checked(name, np.asarray(part.data), np.asarray(part.targets), len(part.classes))
        for part in parts
    )
    return Found(train, test, tuple(map(str, parts[0].classes)))


def _npz(path: Path, test: Path | None = None) -> Found:
    if not path.is_file():
        raise ValueError(f"There is no file {path}.")
    found = open_arrays(path, test)
    parts = [_part(one, path.name) for one in (found.train, found.test) if one is not None]
    return Found(parts[0], parts[1] if parts[1:] else None, found.classes, found.notes)


def _part(found: PictureSet, shown: str) -> Part:
    """Pictures of one size in memory."""
    if not isinstance(found, ArrayPictures):
        raise ValueError(f"{shown} holds files of pictures: unpack them to train on them.")
    h, w, c = found.shape
    if len(found) * h * w * c > limits.TRAINING_BYTES:
        raise ValueError(
            f"{len(found):,} pictures of {w} x {h} pixels in {shown} do not fit into memory."
        )
    x = torch.empty(len(found), c, h, w, dtype=torch.uint8)
    at = 0
    for levels in found.pieces():
        x[at : at + len(levels)] = torch.from_numpy(levels).movedim(3, 1)
        at += len(levels)
    return Part(x, torch.from_numpy(found.labels))


def _folder(path: Path, size: int) -> Found:
    """train.npz and test.npz, train/CLASS and test/CLASS, or CLASS folders right there."""
    if not path.is_dir():
        raise ValueError(f"There is no folder {path}.")
    if (path / "train.npz").is_file():
        test = next(
            (path / f"{name}.npz" for name in TESTS if (path / f"{name}.npz").is_file()), None
        )
        return _npz(path / "train.npz", test)
    if (path / "train").is_dir():
        classes = _classes(path / "train")
        test = next((path / name for name in TESTS if (path / name).is_dir()), None)
        return Found(
            _read(path / "train", classes, size),
            None if test is None else _read(test, classes, size),
            classes,
        )
    classes = _classes(path)
    return Found(_read(path, classes, size), None, classes)


def _classes(path: Path) -> tuple[str, ...]:
    found = tuple(sorted(p.name for p in path.iterdir() if p.is_dir() and p.name[0] != "."))
    if not found:
        raise ValueError(f"{path} has no folders: put the pictures of each class into one.")
    return found


def _read(path: Path, classes: tuple[str, ...], size: int) -> Part:
    files = [
        (file, k)
        for k, name in enumerate(classes)
        for file in sorted((path / name).glob("**/*"))
        if file.suffix.lower() in SUFFIXES
    ]
    if len(files) * size * size * 3 > limits.TRAINING_BYTES:
        raise ValueError(
            f"{len(files)} pictures of {size} pixels a side do not fit into memory: ask for "
            "smaller ones (size), or put fewer into the folder."
        )
    if not files:
        raise ValueError(f"{path} holds no pictures ({', '.join(sorted(SUFFIXES))}).")
    images = np.stack([pictures.square(pictures.read(file), size) for file, _ in files])
    return checks.checked(path.name, images, np.array([k for _, k in files]), len(classes))


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
