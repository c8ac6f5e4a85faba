"""Timed search for the pairs of photos on which the columns of a grid disagree most.

Disagreement of a pair is the standard deviation of the mismatches of its cells, made at full size
by the same plan that the grid shows. What is not tried is not claimed: the sentence says how many
pairs were, and of how many.
"""

from __future__ import annotations

import functools
import itertools
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import pstdev

import numpy as np

from app.compare import spec
from app.compare.spec import Ask, GridRow, Pair
from app.link import states
from app.link.states import Keys, Picture
from app.mixes import cell_mix, photos, visible_shares
from app.mixes.known_methods import load_catalogue
from app.mixes.maps import UnseenError
from app.mixes.mixing import lacks_objects, make_request
from app.mixes.photos import CutPhoto, Upload

TRIES, SECONDS = 300, 20.0

Told = Callable[[int, int, Pair | None, float], None]
Shots = Callable[[Picture], CutPhoto]


@dataclass(frozen=True)
class PairFound:
    """The pairs, those of the widest spread first, and one sentence about the search."""

    pairs: tuple[Pair, ...]
    spreads: tuple[float, ...]
    said: str


def search_pairs(
    ask: Ask,
    pool: Sequence[str],
    many: int,
    keys: Keys,
    shelf: dict[str, Upload],
    device: str,
    told: Told = lambda done, of, best, spread: None,
    seconds: float = SECONDS,
) -> PairFound:
    """Up to `many` pairs of the pool, no photo in two of them.

    told(done, of, best, spread) hears after each try of the pair that is the best so far.
    """
    drawn = draw_pairs(pool, ask.seed)
    shot = functools.cache(
        lambda picture: photos.cut_photo(picture, shelf)
    )  # more than others keep
    spreads: dict[Pair, float] = {}
    widest: Pair | None = None
    end, tried = time.monotonic() + seconds, 0
    for pair in drawn:
        value = compute_spread(ask, pair, keys, shot, device)
        if not math.isnan(value):
            spreads[pair] = value
            widest = pair if widest is None or value > spreads[widest] else widest
        tried += 1
        told(tried, len(drawn), widest, 0.0 if widest is None else spreads[widest])
        if time.monotonic() > end:
            break
    best = pick_disjoint(sorted(spreads, key=spreads.__getitem__, reverse=True), many)
    total = len(pool) * (len(pool) - 1)
    return PairFound(
        tuple(best), tuple(spreads[pair] for pair in best), _said(best, tried, total, ask)
    )


def draw_pairs(pool: Sequence[str], seed: int) -> list[Pair]:
    """Ordered pairs to try: all of a small pool, else TRIES at random."""
    every = [Pair(a, b) for a, b in itertools.permutations(pool, 2)]
    order = np.random.default_rng(seed).permutation(len(every))[:TRIES]
    return [every[i] for i in order]


def compute_spread(ask: Ask, pair: Pair, keys: Keys, shot: Shots, device: str) -> float:
    """The standard deviation of a pair's mismatches over the columns; NaN with fewer than two."""
    found = []
    for column in spec.list_columns(ask):
        values = spec.cell_values(ask, GridRow(pair.word, pair, ask.seed), column, keys)
        value = _mismatch(states.pack_state(values), shot, device)
        found += [] if value is None else [value]
    return pstdev(found) if len(found) > 1 else math.nan


def _mismatch(state: states.State, shot: Shots, device: str) -> float | None:
    """The number that a cell of this state would show, where it is ranked."""
    shots = tuple(shot(picture) for picture in state.pictures[:2])
    if lacks_objects(load_catalogue()[state.method], shots):
        return None
    wanted = make_request(state, shots, device)
    try:
        plan = cell_mix.make_plan(wanted, shots)
    except (UnseenError, ValueError):
        return None
    found = visible_shares.measure_mismatch(plan, wanted, state.see, state.truth, "", shots)
    return None if found.agrees else found.mismatch


def pick_disjoint(pairs: Sequence[Pair], many: int) -> list[Pair]:
    """The first of these pairs in which no photo comes twice.

    Simply the first ones, where photos are too few for that.
    """
    taken: set[str] = set()
    found = []
    for pair in pairs:
        if taken.isdisjoint(pair):
            found.append(pair)
            taken |= set(pair)
    rest = [pair for pair in pairs if pair not in found]
    return (found + rest)[:many]


def _said(best: Sequence[Pair], tried: int, total: int, ask: Ask) -> str:
    if not best:
        return "No surprise: fewer than two of these columns have a mismatch on any pair tried."
    which = f"all {total:,}" if tried == total else f"{tried:,} random ones of {total:,}"
    return (
        f"These pairs have the widest spread (standard deviation) of mismatch among {which} "
        f"ordered pairs, tried with seed {ask.seed}. No photo comes twice where that can be."
    )
