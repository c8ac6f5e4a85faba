"""The bundled models around one pass of Lite0: what stands on its features shares them.

Attention, CAM, the mean of features and Lite0's own logits of a batch then cost one pass of Lite0
and one of each hybrid, which is also the least that they can cost: `bare`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor, nn

from mixcore import naming
from mixcore.evidence.models import bundled, lite0_halves
from mixcore.evidence.models.lite0_halves import Seer
from mixcore.evidence.models.normalized import Normalized


class Latest:
    """A function of a batch, with its results for the batches that it was given last."""

    def __init__(self, make: Callable[[Tensor], Tensor], most: int) -> None:
        self._make, self.most = make, most
        self._kept: list[tuple[Tensor, Tensor]] = []

    def __call__(self, x: Tensor) -> Tensor:
        for seen, found in self._kept:
            if seen is x:
                return found
        found = self._make(x)
        self._kept = [*self._kept, (x, found)][-self.most :]
        return found


class Stem(Latest):
    """Lite0's fifth stage, remembered for the batches that were last asked for."""

    def __init__(self, lite0: nn.Module, most: int = 1) -> None:
        super().__init__(partial(lite0_halves.compute_features, lite0), most)


class SharedSeer(Seer):
    """A bundled hybrid on a shared stem."""

    def __init__(self, seer: Seer, stem: Stem) -> None:
        super().__init__(seer.lite0, seer.hybrid, seer.name)
        self._stem = stem
        self._last: tuple[Tensor, Tensor] | None = None

    def forward(self, x: Tensor) -> Tensor:
        found = self._stem(x)
        self._last = found, self.hybrid(found)
        return self._last[1]

    def logits(self, x: Tensor) -> Tensor:
        """What `forward` gives, without a pass of its own if the last one was of this batch."""
        found = self._stem(x)
        return self._last[1] if self._last and self._last[0] is found else self(x)


class SharedLite0(Normalized):
    """Lite0 for pictures in [0, 1], on a shared stem."""

    def __init__(self, lite0: nn.Module, stem: Stem) -> None:
        super().__init__(lite0)
        self._stem, self._rest = stem, Latest(partial(lite0_halves.finish, lite0), stem.most)

    def forward_features(self, x: Tensor) -> Tensor:
        return self._rest(self._stem(x))

    def forward(self, x: Tensor) -> Tensor:
        return self.inner.forward_head(self.forward_features(x))  # type: ignore[operator]


def load_models(device: torch.device, hybrids: tuple[str, ...] = ("late",)) -> dict[str, nn.Module]:
    """ "lite0" and the named hybrids, by name, in eval mode, all on one stem.

    Not for two threads at once: the stem remembers one batch. Raises as `bundled.load` does.
    """
    seers = {name: bundled.load(name, device) for name in hybrids}
    lite0 = naming.load(device).model
    stem = Stem(lite0)
    return {name: place(one, stem) for name, one in {"lite0": lite0, **seers}.items()}


def place(model: nn.Module, stem: Stem) -> nn.Module:
    """Lite0 or a bundled hybrid on a stem, in eval mode."""
    placed = SharedSeer(model, stem) if isinstance(model, Seer) else SharedLite0(model, stem)
    return placed.eval()


def run_bare(found: dict[str, nn.Module], x: Tensor) -> None:
    """Only the forward passes of these models on x, with nothing read: what benches divide by."""
    for model in found.values():
        model(x)
