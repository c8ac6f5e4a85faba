"""The bundled models around one pass of Lite0: what stands on its features shares them.

Attention, CAM, the mean of features and Lite0's own logits of a batch then cost one pass of Lite0
and one of each hybrid, which is also the least that anybody must pay for them: `bare`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from mixcore.evidence import backbone, bundled
from mixcore.evidence.backbone import Seer
from mixcore.evidence.normalised import Normalised


class Stem:
    """Lite0's fifth stage, remembered for the batch that was last asked for."""

    def __init__(self, lite0: nn.Module) -> None:
        self.lite0 = lite0
        self._seen: Tensor | None = None
        self._found: Tensor | None = None

    def __call__(self, x: Tensor) -> Tensor:
        if self._found is None or x is not self._seen:
            self._seen, self._found = x, backbone.features(self.lite0, x)
        return self._found


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


class SharedLite0(Normalised):
    """Lite0 for pictures in [0, 1], on a shared stem."""

    def __init__(self, lite0: nn.Module, stem: Stem) -> None:
        super().__init__(lite0)
        self._stem = stem
        self._last: tuple[Tensor, Tensor] | None = None

    def forward_features(self, x: Tensor) -> Tensor:
        found = self._stem(x)
        if self._last is None or self._last[0] is not found:
            lite0: Any = self.inner
            last = lite0.bn2(lite0.conv_head(lite0.blocks[backbone.STAGES :](found)))
            self._last = found, last
        return self._last[1]

    def forward(self, x: Tensor) -> Tensor:
        return self.inner.forward_head(self.forward_features(x))  # type: ignore[operator]


def models(device: torch.device, hybrids: tuple[str, ...] = ("late",)) -> dict[str, nn.Module]:
    """ "lite0" and the named hybrids, by name, in eval mode, all on one stem.

    Not for two threads at once: the stem remembers one batch. Raises as `bundled.load` does.
    """
    seers = {name: bundled.load(name, device) for name in hybrids}
    from mixcore import naming

    lite0 = naming.load(device).model
    stem = Stem(lite0)
    found: dict[str, nn.Module] = {"lite0": SharedLite0(lite0, stem).eval()}
    return found | {name: SharedSeer(seer, stem).eval() for name, seer in seers.items()}


def bare(found: dict[str, nn.Module], x: Tensor) -> None:
    """Only the forward passes of these models on x, with nothing read: what benches divide by."""
    for model in found.values():
        model(x)
