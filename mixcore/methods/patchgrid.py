"""Patch grid: whole cells of a grid are replaced; serves Patch Mixing and MaskMix.

Papers: Lee et al., "Hardwiring ViT Patch Selectivity into CNNs using Patch Mixing", 2023; Zhao
et al., "MixPro: Data Augmentation with MaskMix and Progressive Attention Labeling for Vision
Transformer", ICLR 2023, of which this is MaskMix.

Both keep a random share of the cells of a grid that does not cut a transformer's patches.
Patch Mixing rounds that share to the nearest whole cell and draws it for every image (the paper
leaves the law of the share open: Beta(1, 1) is ours). MaskMix as released rounds up, which keeps
A's mean share at 0.53 and never drops A wholly, and draws one share for the batch but the cells
for every image. A label from attention (MixPro's second half) is another method.
"""

from mixcore import pair, place, ratio
from mixcore.batch import Batch
from mixcore.params import choice, flag, integer, real
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "Patch grid",
    family="Grid",
    paper="Hardwiring ViT Patch Selectivity into CNNs using Patch Mixing; MixPro (MaskMix)",
    authors="Lee et al.; Zhao et al.",
    year=2023,
    summary="Random cells of a grid come from B; the label follows the count of cells.",
    look="No patch of a transformer holds both photos, and both objects are seen in pieces.",
    given=("index", "lam", "mask"),
    presets={
        "Patch Mixing": {"cells": 7, "rounding": "nearest", "shared_share": False},
        "MaskMix": {"cells": 4, "rounding": "up", "shared_share": True},
    },
)
class PatchGrid(Method):
    alpha: float = real(
        1.0, 0.05, 8.0, help="Shape of Beta(alpha, alpha), the law of A's share of cells",
        source="MixPro",
    )  # fmt: skip
    cells: int = integer(7, 2, 28, help="Cells a side", source="7 or 4 a side in the papers' runs")
    rounding: str = choice(
        "nearest", "up", "down", help="To which whole number of cells A's share is rounded"
    )
    shared_share: bool = flag(False, help="One share for the whole batch; cells still differ")

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle(batch, rng)
        lam = ratio.beta(batch, self.alpha, rng, shared=self.shared_share)
        region = place.cells(batch, lam, self.cells, rng, rounding=self.rounding)
        return Plan(index, region, lam=None if "mask" in batch.given else lam)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
