"""The exact mask of a generated picture: not evidence but the truth that it is judged by."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from mixcore.batch import Batch
from mixcore.evidence.kinds import MASKS, kind
from mixcore.evidence.map import Evidence


@kind("exact-mask", "Exact mask", needs=MASKS, cost="nothing")
@dataclass(frozen=True, eq=False)
class ExactMask:
    """Provider of the object's share of every pixel of these pictures, (b, 1, h, w) in [0, 1].

    Scenes have it (`Scene.alpha`); so has `Batch.evidence["object"]`, see `of`.
    """

    object: Tensor

    @classmethod
    def of(cls, batch: Batch) -> ExactMask:
        """The masks that a batch brings; ValueError where it brings none."""
        if "object" not in batch.evidence:
            raise ValueError(
                "Exact masks are known of generated scenes only; this batch has no "
                "evidence['object']."
            )
        return cls(batch.evidence["object"])

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        if len(x) != len(self.object):
            raise ValueError(f"There are {len(self.object)} exact masks, but {len(x)} pictures.")
        return Evidence(self.object.to(x.device).float(), "exact mask")
