"""The grid as it is asked for: rows of pairs or seeds, columns of methods or strengths.

Its keys begin with `g.`, so that they never meet Explore's. Pure: no Streamlit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.link import states
from app.link.keys import DIGEST, Key, take_last
from app.link.states import (
    BY_HAND,
    DRAWN,
    SCENE,
    SEEDS,
    SEES,
    TRUTHS,
    YOURS,
    Keys,
    PhotoCrop,
    Values,
)
from mixcore.evidence.reference import REFERENCE

PREFIX = "g."
MOST = 6  # rows, and columns
PAIRS, SEEDED = "pairs", "seeds"
METHODS, STRENGTHS = "methods", "strengths"
OPENING = "flower~coffee.bee~parrot.crab~owl"
OPENING_METHODS = ("cutmix", "resizemix", "fmix", "transmix", "visiblemix")
# What cells may show: places in the frame, so that a pixel that is marked is the same in all.
MIXES = "mixes"
SHOWN = {
    MIXES: "mixed", "masks": "mask", "sees in A": "sees in A", "sees in B": "sees in B",
    "map used in A": "used in A", "map used in B": "used in B",
}  # fmt: skip
WEAKEST, STRONGEST = 0.1, 0.9
_SCENE = re.compile(r"scene(\d{1,10})")


class Pair(NamedTuple):
    """Two photos: names of examples, "scene" and its number, or digests of uploads.

    Where it is not cut as usual, "_" and a word for its crop follow a name.
    """

    a: str
    b: str

    @property
    def word(self) -> str:
        """The pair as it stands in the link."""
        return f"{self.a}~{self.b}"


class GridRow(NamedTuple):
    """One row: what it is called in the link, its pair and its seed."""

    word: str
    pair: Pair
    seed: int


class Column(NamedTuple):
    """One column: what it is called in the link, its method, and lam where a hand sets it."""

    word: str
    method: str
    lam: float | None


@dataclass(frozen=True)
class PairsKey(Key):
    """An entry that holds pairs, such as "cat~coffee.dog~scene7"."""

    def read(self, raw: Any) -> str:
        words = str(take_last(raw)).split(".")
        if any(word.count("~") != 1 for word in words):
            raise ValueError(self.rule())
        found = tuple(dict.fromkeys(map(_pair, words)))
        if len(found) > MOST or not all(self._known(side) for pair in found for side in pair):
            raise ValueError(self.rule())
        return ".".join(pair.word for pair in found)

    def _known(self, word: str) -> bool:
        try:
            source, _ = split_crop(word)
        except ValueError:
            return False
        scene = _SCENE.fullmatch(source)
        if scene:
            return int(scene[1]) <= SEEDS
        return source in self.options or DIGEST.fullmatch(source) is not None

    def rule(self) -> str:
        return f"must be up to {MOST} pairs of photos, such as cat~coffee.dog~scene7"


@dataclass(frozen=True)
class SomeKey(Key):
    """An entry that holds some of its options, such as "cutmix.fmix"."""

    def read(self, raw: Any) -> str:
        found = tuple(dict.fromkeys(str(take_last(raw)).split(".")))
        if len(found) > MOST or not set(found) <= set(self.options):
            raise ValueError(self.rule())
        return ".".join(found)

    def rule(self) -> str:
        return f"must be 1 to {MOST} of {', '.join(self.options)}, with dots between them"


@dataclass(frozen=True)
class Ask:
    """The whole grid as it was asked for."""

    rows: str
    columns: str
    pairs: str
    methods: str
    of: str
    strengths: int
    seeds: int
    seed: int
    apart: bool
    how: str
    lam: float
    see: str
    truth: str
    layer: str
    own: bool
    sort: bool
    pin: str

    @property
    def shown(self) -> str:
        """The layer of the mixes that the cells show."""
        return SHOWN[self.layer]


def list_keys(
    photos: Iterable[str], methods: Sequence[str], by_hand: Sequence[str]
) -> dict[str, Key]:
    """Every key of the link.

    photos are the examples, methods what may be compared, and by_hand those of them whose lam can
    be set.
    """
    some = tuple(method for method in OPENING_METHODS if method in methods)
    table = [
        Key("rows", "choice", PAIRS, options=(PAIRS, SEEDED)),
        Key("columns", "choice", METHODS, options=(METHODS, STRENGTHS)),
        PairsKey("pairs", "text", OPENING, options=tuple(photos)),
        SomeKey("methods", "text", ".".join(some), options=tuple(methods)),
        Key("of", "choice", "cutmix", options=tuple(by_hand)),
        Key("strengths", "integer", 5, 2, MOST),
        Key("seeds", "integer", 4, 1, MOST),
        Key("seed", "integer", 1234, 0, SEEDS),
        Key("apart", "flag", False),
        Key("how", "choice", DRAWN, options=(DRAWN, BY_HAND)),
        Key("lam", "real", 0.65, 0, 1),
        Key("see", "choice", REFERENCE, options=tuple(see for see in SEES if see != YOURS)),
        Key("truth", "choice", TRUTHS[0], options=TRUTHS),
        Key("layer", "choice", MIXES, options=tuple(SHOWN)),
        Key("own", "flag", False),
        Key("sort", "flag", False),
        Key("pin", "text", "", high=160),
    ]
    return {PREFIX + key.name: _prefixed(key) for key in table}


def _prefixed(key: Key) -> Key:
    return type(key)(PREFIX + key.name, key.kind, key.default, key.low, key.high, key.options)


def pack_ask(values: Values) -> Ask:
    """The Ask in a full flat dict."""
    return Ask(**{name.removeprefix(PREFIX): value for name, value in values.items()})


def read_pairs(word: str) -> list[Pair]:
    """The pairs in a word that PairsKey has read."""
    return [_pair(part) for part in word.split(".")]


def _pair(word: str) -> Pair:
    a, b = word.split("~")
    return Pair(a, b)


def split_crop(word: str) -> tuple[str, PhotoCrop]:
    """The photo of a pair and how it is cut; ValueError where the crop is none."""
    source, _, crop = word.partition("_")
    return source, PhotoCrop.read(crop)


def with_crop(source: str, crop: PhotoCrop) -> str:
    """The word that `split_crop` reads."""
    return "_".join(filter(None, (source, crop.word)))


def list_rows(ask: Ask) -> list[GridRow]:
    """The rows, in the order in which they were asked for."""
    first, *_ = found = read_pairs(ask.pairs)
    if ask.rows == SEEDED:
        seeds = [(ask.seed + i) % (SEEDS + 1) for i in range(ask.seeds)]
        return [GridRow(str(seed), first, seed) for seed in seeds]
    steps = range(len(found)) if ask.apart else [0] * len(found)
    return [
        GridRow(pair.word, pair, (ask.seed + i) % (SEEDS + 1))
        for pair, i in zip(found, steps, strict=True)
    ]


def list_columns(ask: Ask) -> list[Column]:
    """The columns, in the order in which they were asked for."""
    if ask.columns == METHODS:
        lam = ask.lam if ask.how == BY_HAND else None
        return [Column(method, method, lam) for method in ask.methods.split(".")]
    step = (STRONGEST - WEAKEST) / (ask.strengths - 1)
    lams = [round(WEAKEST + i * step, 2) for i in range(ask.strengths)]
    return [Column(f"{lam:g}", ask.of, lam) for lam in lams]


def cell_values(ask: Ask, row: GridRow, column: Column, table: Keys) -> Values:
    """Everything that Explore needs to show this cell."""
    fresh: Values = {"m": column.method, "seed": row.seed, "see": ask.see, "truth": ask.truth}
    if column.lam is not None:
        fresh |= {"how": BY_HAND, "lam": column.lam}
    for side, word in zip("ab", row.pair, strict=True):
        source, crop = split_crop(word)
        scene = _SCENE.fullmatch(source)
        fresh |= {side: SCENE if scene else source, **crop.values(side)}
        if scene:
            fresh[f"{side}.scene"] = int(scene[1])
    return states.list_defaults(table) | fresh


def name_place(row: GridRow, column: Column) -> str:
    """What a cell is called in the link."""
    return f"{column.word}@{row.word}"
