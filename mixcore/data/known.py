"""Data sets that a request can name, and what a page says of them. No torch."""

from __future__ import annotations

from typing import NamedTuple


class Known(NamedTuple):
    """A data set: its title, what is in its pictures, and whether these are photos."""

    title: str
    shows: str
    photos: bool


DATASETS = {
    "digits": Known("Digits", "handwritten digits of 8 × 8 gray pixels", False),
    "scenes": Known("Generated scenes", "generated scenes, cut-out objects on photos", True),
    "lesions": Known("Drawn lesions", "drawn slices of a head with one of three lesions", False),
    "cifar10": Known("CIFAR-10", "small photos of 10 classes", True),
    "cifar100": Known("CIFAR-100", "small photos of 100 classes", True),
    "mnist": Known("MNIST", "handwritten digits of 28 × 28 gray pixels", False),
    "fashion-mnist": Known("Fashion-MNIST", "gray pictures of clothes, cut out on black", False),
    "kmnist": Known("Kuzushiji-MNIST", "handwritten Japanese characters", False),
}


def name_data(data: str) -> str:
    """The title of a data set; what was typed for one that has none."""
    return DATASETS[data].title if data in DATASETS else data
