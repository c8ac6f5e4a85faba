"""MaskMix: blocks of a transformer's patches come from B; the label follows their count.

Paper: Zhao et al., "MixPro: Data Augmentation with MaskMix and Progressive Attention Labeling for
Vision Transformer", ICLR 2023, of which this is the image half: rho ~ Beta(1, 1) is A's share of
a grid of g x g cells, ceil(g ** 2 rho) cells chosen at random stay A's, and a cell is a whole
number of patches, so that no patch holds both images.

The released code draws one rho for the batch but the cells for every image (shared_share), and
always rounds up, which keeps A's mean share at 0.53 and never drops A wholly; "nearest" is fair.
Its cell of 56 pixels at 224 is 4 cells a side, 28 is 8, 112 is 2. OpenMixup's cell of 64 does not
divide 224, and its label is then off by up to 0.15 of the true area; here the label counts
pixels. The label from attention, MixPro's other half, needs a model and is another method.
"""

from mixcore import pair, ratio, region
from mixcore.batch import Batch
from mixcore.params import choice, flag, integer, shape
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "MaskMix",
    family="Grid",
    paper="MixPro: Data Augmentation with MaskMix and Progressive Attention Labeling for Vision "
    "Transformer",
    authors="Zhao et al.",
    year=2023,
    summary="Blocks of whole transformer patches come from B; the label follows their count.",
    look="No patch of a transformer holds both photos: every token is purely A's or purely B's.",
    given=("index", "lam", "mask"),
    presets={
        "As released, DeiT and Swin": {"cells": 4, "rounding": "up", "shared_share": True},
        "As released, Focal-T": {"cells": 8, "rounding": "up", "shared_share": True},
        "As released, Focal-B": {"cells": 2, "rounding": "up", "shared_share": True},
    },
    says=(
        "ImageNet, DeiT-T, 300 epochs, with the label from attention: 73.8 % (paper).",
    ),
)  # fmt: skip
class MaskMix(Method):
    alpha: float = shape(
        1.0, help="Shape of Beta(alpha, alpha), the law of A's share of the cells",
        source="paper",
    )  # fmt: skip
    cells: int = integer(4, 2, 28, help="Cells a side", source="56 of 224 pixels in the code")
    rounding: str = choice(
        "up", "nearest", "down", help="To which whole number of cells A's share is rounded",
        source="released code",
    )  # fmt: skip
    shared_share: bool = flag(False, help="One share for the whole batch; cells still differ")

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        lam = ratio.draw_beta(batch, self.alpha, rng, shared=self.shared_share)
        cells = region.draw_cells(batch, lam, self.cells, rng, rounding=self.rounding)
        return Plan(index, cells, lam=None if "mask" in batch.given else lam)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
