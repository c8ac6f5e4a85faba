"""Data sets in memory: pictures uint8 (n, c, h, w), labels (n,).

`mixcore.train.training_data` finds one by name. Three parts: training pictures, a few of them held
out ("val", for the temperature), and test pictures. Scenes are the exception: every epoch has new
ones.
"""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixcore.batch import Batch
from mixcore.train.augment import augment_batch

HELD = 200  # scenes that are held out; twice as many are for the test
JUDGES = 2**31  # seeds of scenes from here on are for these: no request may train on them


@dataclass(frozen=True, eq=False)
class Part:
    """Pictures x (n, c, h, w) uint8 and labels y (n,) int64."""

    x: Tensor
    y: Tensor

    def __len__(self) -> int:
        return len(self.y)

    def rows(self, rows: Tensor) -> Part:
        """The chosen ones."""
        return Part(self.x[rows], self.y[rows])

    def to(self, device: torch.device) -> Part:
        """The same on a device."""
        return Part(self.x.to(device), self.y.to(device))

    def floats(self) -> Tensor:
        """The pictures as floats in [0, 1]."""
        return self.x.float().div_(255)


class Data(Protocol):
    """A data set as the loop needs it; n is the training pictures of one epoch.

    notes    sentences on what was left out of it, or read in an unusual way
    skipped  pictures that could not be read: name -> why
    """

    classes: tuple[str, ...]
    n: int
    val: Part
    test: Part
    mean: tuple[float, ...]
    std: tuple[float, ...]
    notes: list[str]
    skipped: dict[str, str]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height, width."""
        ...

    def batches(
        self, epoch: int, rows: list[NDArray[np.int64]], seeds: list[int]
    ) -> Generator[Batch]:
        """A batch of training pictures for each of the rows, changed by draws of its seed."""
        ...


@dataclass(eq=False)
class Arrays:
    """A data set in memory, on the device where it is used."""

    train: Part
    val: Part
    test: Part
    classes: tuple[str, ...]
    augment: str = "none"
    notes: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)
    mean: tuple[float, ...] = field(init=False)
    std: tuple[float, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.n = len(self.train)
        some = self.train.x[:: max(1, self.n // 5000)].float().div_(255)
        self.mean = tuple(some.mean((0, 2, 3)).tolist())
        self.std = tuple(some.std((0, 2, 3)).clamp(min=1e-3).tolist())

    @property
    def shape(self) -> tuple[int, int, int]:
        c, h, w = self.train.x.shape[1:]
        return c, h, w

    def to(self, device: torch.device) -> Arrays:
        """The same on a device."""
        self.train, self.val, self.test = (p.to(device) for p in (self.train, self.val, self.test))
        return self

    def batches(
        self, epoch: int, rows: list[NDArray[np.int64]], seeds: list[int]
    ) -> Generator[Batch]:
        for chosen, seed in zip(rows, seeds, strict=True):
            part = self.train.rows(torch.from_numpy(chosen).to(self.train.y.device))
            yield Batch(augment_batch(part.floats(), self.augment, seed), part.y)


class SceneData:
    """Generated scenes, new ones in every epoch, with their objects and empty grounds.

    What judges are other scenes of the same cut-outs: the cut-outs that scenes hold back are of a
    fifth of the classes only, so a model would be asked for classes that are hardly there.
    """

    def __init__(self, n: int, size: int, seed: int) -> None:
        from mixcore.data import scenes

        self.n, self.classes = n, scenes.class_names()
        self.notes: list[str] = []
        self.skipped: dict[str, str] = {}
        self._scenes = scenes.Scenes(2**62, size, "train", seed)
        self._size = size
        asked = ((HELD, JUDGES), (2 * HELD, JUDGES + 1))
        judged = [scenes.batch(k, seed, size, "train") for k, seed in asked]
        self.val, self.test = (
            Part(torch.from_numpy(b.images).movedim(3, 1).contiguous(), torch.from_numpy(b.labels))
            for b in judged
        )
        x = self.val.floats()
        self.mean, self.std = tuple(x.mean((0, 2, 3)).tolist()), tuple(x.std((0, 2, 3)).tolist())

    @property
    def shape(self) -> tuple[int, int, int]:
        return 3, self._size, self._size

    def batches(
        self, epoch: int, rows: list[NDArray[np.int64]], seeds: list[int]
    ) -> Generator[Batch]:
        """Made a batch ahead, in a thread beside the training."""
        with ThreadPoolExecutor(1) as pool:
            ahead = [pool.submit(self._make, epoch, chosen) for chosen in rows[:2]]
            for i in range(len(rows)):
                batch = ahead.pop(0).result()
                if i + 2 < len(rows):
                    ahead.append(pool.submit(self._make, epoch, rows[i + 2]))
                yield batch

    def _make(self, epoch: int, rows: NDArray[np.int64]) -> Batch:
        made = [self._scenes.scene(epoch * self.n + int(i)) for i in rows]
        x, grounds = (
            torch.from_numpy(np.stack(arrays)).movedim(3, 1).float().div_(255)
            for arrays in ([s.image for s in made], [s.empty for s in made])
        )
        alpha = torch.from_numpy(np.stack([s.alpha for s in made]))[:, None]
        y = torch.from_numpy(np.array([s.label for s in made], np.int64))
        return Batch(x, y, evidence={"object": alpha}, grounds=grounds)


def move_batch(batch: Batch, device: torch.device) -> Batch:
    """The batch on a device."""
    if batch.x.device == device or device.type == "cpu":
        return batch
    assert batch.y is not None
    return Batch(
        batch.x.to(device), batch.y.to(device),
        evidence={name: value.to(device) for name, value in batch.evidence.items()},
        grounds=None if batch.grounds is None else batch.grounds.to(device),
        hidden={name: value.to(device) for name, value in batch.hidden.items()},
    )  # fmt: skip
