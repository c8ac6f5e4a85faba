"""Small tasks that experiments compare losses on: noisy digits and CIFAR-10."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mixcore.data.noisy_digits import open_noisy_digits
from mixcore.train.in_memory import Part
from mixcore.train.training import Training

TASKS = {"digits": "Noisy digits", "cifar10": "CIFAR-10"}
MODELS = {"digits": "small_cnn", "cifar10": "small_vit"}
BATCH = {"digits": 32, "cifar10": 128}
SIZE = {"digits": 0, "cifar10": 32}  # pixels, as they are in files
AUGMENT = {"digits": "none", "cifar10": "crop and flip"}
HELD = 0.05  # of the training pictures; no temperature is fitted
TESTED = 2000  # pictures at most


@contextmanager
def open_task(name: str, images: int, noise: float, seed: int) -> Iterator[dict[str, Any]]:
    """What a TrainingRequest asks for by this name; the data are there as long as this is open.

    Args:
        name: of TASKS.
        images: to train on.
        noise: of the digits, a standard deviation.
        seed: of the training, and of which digits are drawn and how their noise falls.
    """
    asked = {
        "model": MODELS[name], "batch": BATCH[name], "augment": AUGMENT[name], "images": images,
        "size": SIZE[name], "held_out": HELD, "seed": seed, "device": "cpu",
    }  # fmt: skip
    if name != "digits":
        yield asked | {"data": name}
        return
    with open_noisy_digits(images, noise, seed) as data:
        yield asked | {"data": data}


def list_tested(job: Training) -> Part:
    """The test pictures that are asked about."""
    test = job.data.test
    return Part(test.x[:TESTED], test.y[:TESTED])
