"""Words for what a hand sets on a picture: a place, a path, cells, an order, a file.

They stand in links and flags. Coordinates are shares of the picture, from 0 (left, top) to 1. This
module imports no torch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

MOST = 400  # points of a path
_NUMBER = r"(?:0(?:\.\d{1,6})?|1(?:\.0{1,6})?)"
_PLACE = re.compile(rf"({_NUMBER}),({_NUMBER})")
_FILE = re.compile(r"[\w. -]{1,80}")

Place = tuple[float, float]


def read_place(word: str) -> Place:
    """The place (x, y) that a word such as "0.25,0.5" names.

    Raises:
        ValueError: with the rule, where the word names none.
    """
    found = _PLACE.fullmatch(word)
    if found is None:
        raise ValueError('two numbers from 0 to 1, such as "0.25,0.5"')
    return float(found[1]), float(found[2])


def write_place(x: float, y: float) -> str:
    """The word of a place, which is moved into the picture where it is outside."""
    return ",".join(f"{min(max(v, 0.0), 1.0):.4f}".rstrip("0").rstrip(".") for v in (x, y))


def read_path(word: str) -> tuple[Place, ...]:
    """The places of a path such as "0.1,0.2;0.3,0.4"; ValueError with the rule as above."""
    words = word.split(";")
    if len(words) > MOST:
        raise ValueError(f"a path of at most {MOST} places")
    return tuple(map(read_place, words))


def write_path(places: Iterable[Place]) -> str:
    """The word of a path."""
    return ";".join(write_place(*place) for place in places)


def read_order(word: str) -> tuple[int, ...]:
    """The order that a word such as "2-0-1" names: every number from 0 once; else ValueError."""
    try:
        numbers = tuple(map(int, word.split("-")))
    except ValueError:
        numbers = (-1,)
    if sorted(numbers) != list(range(len(numbers))):
        raise ValueError('every number from 0 once, such as "2-0-1"')
    return numbers


def write_order(numbers: Iterable[int]) -> str:
    """The word of an order."""
    return "-".join(map(str, numbers))


def read_cells(word: str) -> Any:
    """The cells (rows, columns) bool of a word of mixcore.cell_masks; ValueError with its rule."""
    from mixcore import cell_masks  # it brings numpy, which declarations do without

    try:
        return cell_masks.read_mask(word)
    except ValueError:
        raise ValueError(cell_masks.RULE.removeprefix("must be ")) from None


def read_file(word: str) -> str:
    """The name of an example or the digest of an upload; ValueError for what cannot be either."""
    if _FILE.fullmatch(word) is None:
        raise ValueError("the name of an example or the digest of an upload")
    return word


READERS: dict[str, Callable[[str], Any]] = {
    "place": read_place,
    "path": read_path,
    "brush": read_cells,
    "order": read_order,
    "file": read_file,
}
