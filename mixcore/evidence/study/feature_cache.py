"""Features and Lite0's own answers, computed once: training then never runs Lite0 again.

Two sizes, because a model that has only seen grids of 8 x 8 does poorly on 14 x 14: all of
Tiny-ImageNet's pictures enlarged to 128 pixels, and random crops of some of them and of whole
photos at 224.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mixcore import naming, pictures
from mixcore.evidence.models.hybrid import CHANNELS, CLASSES, STRIDE
from mixcore.evidence.models.lite0_halves import compute_features, compute_logits
from mixcore.evidence.study.progress import show_progress
from mixcore.evidence.study.trainset import SAMPLES, TINY, PackedSet

BATCH = 64
SMALL, LARGE = 128, 224
PARTS = ("train-128", "train-224", "val-128", "val-224")


@dataclass(frozen=True)
class Contents:
    """Numbers of pictures that go into the cache.

    small, large  pictures of Tiny-ImageNet at 128 pixels, and as crops at 224
    crops         crops at 224 pixels of each photo of imagenet-samples
    val           held-out pictures at 128 pixels; every second of them at 224, too
    """

    small: int = 50_000
    large: int = 10_000
    crops: int = 3
    val: int = 5_000
    seed: int = 0


@dataclass(frozen=True)
class CachedPart:
    """features (n, 112, h, w) and answers (n, 1000), Lite0's softmax, float16; labels (n,)."""

    features: NDArray[np.float16]
    answers: NDArray[np.float16]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Cache:
    """A folder of features: its parts by name, and mean and std (112,) of those at 128 pixels."""

    folder: Path

    def part(self, name: str) -> CachedPart:
        """One of PARTS, read from disk as it is used."""
        arrays = (np.load(_file(self.folder, name, field), mmap_mode="r") for field in _FIELDS)
        return CachedPart(*arrays)

    def facts(self) -> dict[str, Any]:
        """What is in it: contents, mean, std, and the 100 classes of Tiny-ImageNet's part."""
        return json.loads((self.folder / "cache.json").read_text(encoding="utf-8"))


_FIELDS = ("features", "answers", "labels")


def build_cache(data: Path, folder: Path, contents: Contents, device: torch.device) -> Cache:
    """Fill the folder, or take what lies there if it was made from the same contents.

    `data` holds tiny-imagenet-100 and imagenet-samples. About 150 pictures a second and thread
    at 128 pixels, a third of that at 224; 1.5 GB for the whole set.
    """
    cache, done = Cache(folder), folder / "cache.json"
    if done.is_file():
        if cache.facts()["contents"] != asdict(contents):
            raise ValueError(f"{folder} holds features of other contents; name another folder.")
        return cache
    train, val = (PackedSet(data / TINY / f"{split}.npz") for split in ("train", "val"))
    photos = PackedSet(data / SAMPLES / "samples.npz")
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(contents.seed)
    some, judged = rng.permutation(len(train)), rng.permutation(len(val))[: contents.val]
    every = np.arange(len(photos)).repeat(contents.crops)
    large = _crops(train, some[: contents.large], rng, 0.5) + _crops(photos, every, rng, 0.25)
    _fill(folder, "train-128", SMALL, _whole(train, some[: contents.small], SMALL), device)
    _fill(folder, "train-224", LARGE, large, device)
    _fill(folder, "val-128", SMALL, _whole(val, judged, SMALL), device)
    _fill(folder, "val-224", LARGE, _whole(val, judged[::2], LARGE), device)
    mean, std = _spread(cache.part("train-128").features)
    facts = {
        "contents": asdict(contents), "mean": mean.tolist(), "std": std.tolist(),
        "chosen": train.chosen.tolist(),
    }  # fmt: skip
    done.write_text(json.dumps(facts), encoding="utf-8")
    return cache


Made = tuple[int, Callable[[], NDArray[np.uint8]]]  # a label, and its picture when asked for


def _whole(source: PackedSet, rows: NDArray[np.int64], side: int) -> list[Made]:
    return [(int(source.labels[i]), partial(source.enlarged, int(i), side)) for i in rows]


def _crops(
    source: PackedSet, rows: NDArray[np.int64], rng: np.random.Generator, least: float
) -> list[Made]:
    """Crops at LARGE; the generator moves on as they are made, which is always in order."""
    return [(int(source.labels[i]), partial(source.crop, int(i), LARGE, rng, least)) for i in rows]


def _fill(folder: Path, name: str, side: int, images: list[Made], device: torch.device) -> None:
    n, grid = len(images), side // STRIDE
    shapes = ((n, CHANNELS, grid, grid), (n, CLASSES), (n,))
    kinds = (np.float16, np.float16, np.int64)
    found, answers, labels = (
        np.lib.format.open_memmap(_file(folder, name, field), "w+", kind, shape)
        for field, kind, shape in zip(_FIELDS, kinds, shapes, strict=True)
    )
    labels[:] = [label for label, _ in images]
    lite0, threads = naming.load(device).model, torch.get_num_threads()

    def run(rows: range, x: torch.Tensor) -> None:
        torch.set_num_threads(1)
        with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16):
            z = compute_features(lite0, x.to(device))
            p = compute_logits(lite0, z).float().softmax(1)
        found[rows.start : rows.stop] = z.half().cpu().numpy()
        answers[rows.start : rows.stop] = p.half().cpu().numpy()

    # A batch a thread: layers this small gain little from a second thread each. Pictures are
    # made here, one after the other, so that random crops are the same whatever the threads.
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[None]] = deque()
        for rows in show_progress(_batches(n), -(-n // BATCH), f"features {name}"):
            x = pictures.to_tensor(*(images[i][1]() for i in rows))
            waiting.append(pool.submit(run, rows, x))
            if len(waiting) > threads:
                waiting.popleft().result()
        for future in waiting:
            future.result()
    torch.set_num_threads(threads)


def _batches(n: int) -> Iterator[range]:
    for start in range(0, n, BATCH):
        yield range(start, min(start + BATCH, n))


def _spread(found: NDArray[np.float16]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Mean and standard deviation of every channel, from 5,000 pictures at most."""
    some = found[:: max(1, len(found) // 5000)].astype(np.float32)
    return some.mean((0, 2, 3)), some.std((0, 2, 3))


def _file(folder: Path, part: str, field: str) -> Path:
    return folder / f"{part}.{field}.npy"
