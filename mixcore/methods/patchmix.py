"""Patch Mixing: random cells of a grid come from B; the label follows the count of cells.

Paper: Lee et al., "Hardwiring ViT Patch Selectivity into CNNs using Patch Mixing", 2023: of the
N = h w / P ** 2 patches a share r, at uniform places, is B's; the label is (1 - r) y_a + r y_b.

The law of r, P in training and the odds against other augmentations are not in what could be read
of the paper, and its code is not released: r ~ Beta(1, 1) and 7 cells a side are ours. The share
is rounded to whole cells. The label smoothing of 0.1 that the paper adds is an argument of
plan.target and Mixer.
"""

from mixcore import pair, ratio, region
from mixcore.batch import Batch
from mixcore.params import integer, shape
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "Patch Mixing",
    family="Grid",
    paper="Hardwiring ViT Patch Selectivity into CNNs using Patch Mixing",
    authors="Lee et al.",
    year=2023,
    summary="Random cells of a grid come from B; the label follows the count of cells.",
    look="Both objects are seen in pieces, out of context: what transformers shrug off and CNNs "
    "must learn to.",
    given=("index", "lam", "mask"),
    presets={"Quarter of the side": {"cells": 4}, "Seventh of the side": {"cells": 7}},
    says=(
        "A ConvNeXt trained with Patch Mixing matches a Swin when patches are replaced; the Swin "
        "itself improves little on average (authors' project page, no figures given there).",
    ),
)
class PatchMixing(Method):
    alpha: float = shape(1.0, help="Shape of Beta(alpha, alpha), the law of A's share of the cells")
    cells: int = integer(7, 2, 28, help="Cells a side")

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        lam = ratio.draw_beta(batch, self.alpha, rng)
        cells = region.draw_cells(batch, lam, self.cells, rng)
        return Plan(index, cells, lam=None if "mask" in batch.given else lam)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
