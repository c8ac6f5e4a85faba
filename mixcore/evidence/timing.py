"""Cost of a map: milliseconds a picture, measured where the work is done."""

from __future__ import annotations

import time

import torch
from torch import Tensor


class Clock:
    """Starts when made for a batch x; `cost()` is the milliseconds a picture since then."""

    def __init__(self, x: Tensor) -> None:
        self._x = x
        self._start = self._now()

    def cost(self) -> float:
        """Milliseconds a picture; a GPU is waited for, since it answers before it is done."""
        return 1000 * (self._now() - self._start) / len(self._x)

    def _now(self) -> float:
        if self._x.device.type == "cuda":
            torch.cuda.synchronize(self._x.device)
        return time.perf_counter()
