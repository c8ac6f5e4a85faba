"""AttentiveMix: the cells of B that are attended to most are pasted into A, in their places.

Paper: Walawalkar, Shen, Liu, Savvides, "Attentive CutMix: An Enhanced Data Augmentation Approach
for Deep Learning Based Image Classification", ICASSP 2020: the 6 best of 7 x 7 cells by a trained
network's features; the label follows the area.

OpenMixup's "AttentiveMix+" draws the number of cells instead, from a share ~ Beta(alpha, alpha),
one at least. Its documentation has Beta(alpha, 8), but the function ignores that parameter and the
grid's; it pastes the other way round (the sample's own cells onto its partner) and labels the batch
by the first sample. The map is Batch.evidence["attention"] of the clean images, by any model; there
it is the mean of a ResNet's last features (mixcore.evidence.kinds.cam.FeatureMean).
"""

import numpy as np

from mixcore import pair, ratio, region
from mixcore.account import Account
from mixcore.batch import Batch
from mixcore.evidence.used_maps import MASK, use_clean
from mixcore.params import choice, integer, shape
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "AttentiveMix",
    family="Grid",
    paper="Attentive CutMix: An Enhanced Data Augmentation Approach for Deep Learning Based Image "
    "Classification",
    authors="Walawalkar et al.",
    year=2020,
    summary="The cells of B that a model attends to most are pasted into A.",
    look="What is pasted is what matters in B; the label counts cells, and gives B too little.",
    given=("index", "lam", "mask"),
    needs=("attention",),
    presets={
        "Paper": {"count": "fixed", "top": 6, "cells": 7},
        "OpenMixup, AttentiveMix+": {"count": "drawn", "alpha": 2.0, "cells": 7},
    },
    says=(
        "CIFAR-100, ResNet-18: 79.62 % after 200 epochs, 78.91 % after 800; without mixing 76.42 "
        "and 78.04 % (OpenMixup's tables, AttentiveMix+).",
    ),
)  # fmt: skip
class AttentiveMix(Method):
    cells: int = integer(7, 2, 28, help="Cells a side", source="paper")
    count: str = choice("fixed", "drawn", help="How many cells B gets: always as many, or by lot")
    top: int = integer(
        6, 1, 49, help="Cells that B gets, of all", source="paper", when=("count", ("fixed",))
    )
    alpha: float = shape(
        2.0, help="Shape of Beta(alpha, alpha), the law of A's share",
        source="OpenMixup", when=("count", ("drawn",)),
    )  # fmt: skip

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        h, w = region.split_frame(batch, self.cells)
        attention = batch.evidence["attention"]
        lam = self._lam(batch, rng)
        if lam is None:
            kept = np.full(len(batch), 1 - min(self.top, h * w) / (h * w))
        else:  # a drawn share leaves B one cell at least
            kept = lam if "lam" in batch.given else np.minimum(lam, 1 - 1 / (h * w))
        cells = region.draw_cells(
            batch, kept, self.cells, rng, rounding="up", wanted=attention[index.tolist()]
        )
        painted = "mask" in batch.given
        why_not = "the mask is painted by hand" if painted else ""
        used = use_clean("attention", "attention", attention, MASK, cells, index, why_not)
        return Plan(index, cells, lam=None if painted else lam, account=Account(maps=(used,)))

    def _lam(self, batch: Batch, rng: Rng) -> np.ndarray | None:
        """A's share where it is given or drawn; B's cells are (1 - lam) of all, rounded down."""
        if "lam" in batch.given or self.count == "drawn":
            return ratio.draw_beta(batch, self.alpha, rng)
        return None

    def lam_law(self) -> tuple[float, float] | None:
        return (self.alpha, self.alpha) if self.count == "drawn" else None
