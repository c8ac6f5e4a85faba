"""Randomness: one independent stream a stage, all from one seed.

Every random coefficient is drawn on the CPU by numpy, so one seed gives one Plan on every
device. A stage (pair, ratio, place, ...) has a stream of its own, so drawing more in one stage
never moves another: turning alpha leaves the box where it was.
"""

from __future__ import annotations

import numbers
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np


class Streams:
    """Named numpy generators that grow from one seed; a stage's stream continues when reused."""

    def __init__(self, *entropy: int) -> None:
        self._entropy = entropy
        self._open: dict[str, np.random.Generator] = {}

    def stage(self, name: str) -> np.random.Generator:
        """The generator of one stage, the same object each time it is asked for."""
        if name not in self._open:
            seed = np.random.SeedSequence([*self._entropy, zlib.crc32(name.encode())])
            self._open[name] = np.random.Generator(np.random.PCG64(seed))
        return self._open[name]

    def child(self, name: str) -> Streams:
        """Streams of their own for a part, say one recipe inside a wrapper."""
        key = f"child {name}"
        return Streams(int(self.stage(key).integers(2**63)))

    def state_dict(self) -> dict[str, Any]:
        """Where every stage's stream stands, as plain values."""
        stages = {name: rng.bit_generator.state for name, rng in self._open.items()}
        return {"entropy": list(self._entropy), "stages": stages}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on where the streams of that state stood."""
        self._entropy, self._open = tuple(state["entropy"]), {}
        for name, at in state["stages"].items():
            self.stage(name).bit_generator.state = at


Rng = int | np.random.Generator | Streams


def make_streams(rng: Rng) -> Streams:
    """Streams from a seed (a whole number >= 0) or from a numpy Generator, which advances."""
    if isinstance(rng, Streams):
        return rng
    if isinstance(rng, np.random.Generator):
        return Streams(int(rng.integers(2**63)))
    if isinstance(rng, bool) or not isinstance(rng, numbers.Integral):
        raise TypeError(f"rng must be a seed or a numpy.random.Generator, got {rng!r}.")
    if rng < 0:
        raise ValueError(f"rng as a seed must be >= 0, got {rng}.")
    return Streams(int(rng))
