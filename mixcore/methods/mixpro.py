"""MixPro: MaskMix, whose label trusts attention as far as the model agrees with the area.

Paper: Zhao et al., "MixPro: Data Augmentation with MaskMix and Progressive Attention Labeling for
Vision Transformer", ICLR 2023. The region is MaskMix's. With w_attn TransMix's share of attention,
area the cells' and z the logits of the mixed image, alpha = cos(smoothed label by area, softmax(z))
and w_A = alpha w_attn + (1 - alpha) area, from one forward pass: plan, look, reweigh
(mixcore.Seen).

Differences from the released code: alpha gets no gradient here (there it does, so that the model is
also paid for changing its label; OpenMixup detaches it too), and the label counts pixels where
cells do not divide the frame. "linear" is this library's, alpha = share of the training done; what
the code has in its place, commented out, is quadratic, 1 - (epoch / 300) ** 2. "off" labels by
area, which is what every DeiT configuration that was shipped does, although the README says
otherwise. Cells should hold whole patches, 56 pixels of 14 in those configurations. The code uses
this for half of the batches, and Mixup or CutMix otherwise: OneOf.
"""

from typing import Any

import numpy as np
from torch import Tensor

from mixcore import label, pair, ratio, region
from mixcore.account import AREA, Account, pair_term
from mixcore.batch import Batch
from mixcore.params import choice, flag, integer, real, shape
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng
from mixcore.seen import Seen, look_at_mixes


@method(
    "MixPro",
    family="Grid",
    paper="MixPro: Data Augmentation with MaskMix and Progressive Attention Labeling for Vision "
    "Transformer",
    authors="Zhao et al.",
    year=2023,
    summary="Blocks of patches come from B; as a model learns, its attention makes the label.",
    look="A fresh model leaves the area's label; a trained one moves it where its attention is.",
    given=("index", "lam", "mask"),
    labels="classes",
    label_by=("attention",),
    after=("attention", "logits"),
    presets={
        "Paper, DeiT": {"cells": 4, "rounding": "up", "shared_share": True, "progress": "cos"},
        "As configured in the code": {"rounding": "up", "shared_share": True, "progress": "off"},
    },
    says=("ImageNet, DeiT-T, 300 epochs: 73.8 % (paper).",),
)  # fmt: skip
class MixPro(Method):
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
    progress: str = choice(
        "cos", "linear", "off", help="How far attention is trusted: as far as the prediction "
        "agrees with the area, as the training goes on, or not at all", source="paper",
    )  # fmt: skip
    smoothing: float = real(
        0.1, 0.0, 0.5, help="Smoothing of the label that the prediction is compared with",
        source="released code", when=("progress", ("cos",)),
    )  # fmt: skip
    layer: int = integer(
        1, 1, 24, within="layers", help="Block whose attention is read, counted from the last"
    )
    head: int = integer(
        0, 0, 12, within="heads", help="Head whose attention is read; 0 for the mean of all"
    )

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        lam = ratio.draw_beta(batch, self.alpha, rng, shared=self.shared_share)
        cells = region.draw_cells(batch, lam, self.cells, rng, rounding=self.rounding)
        return Plan(index, cells, lam=None if "mask" in batch.given else lam)

    def look(
        self, model: Any, mixed: Tensor, y: Tensor | None = None, progress: float | None = None
    ) -> tuple[Tensor, Seen]:
        """The model's logits of the mixed images, and what this method asks of them."""
        return look_at_mixes(model, mixed, y, layer=self.layer, head=self.head, progress=progress)

    def reweigh(self, plan: Plan, seen: Seen) -> Plan:
        """The same mix, labelled between area and attention.

        Needs seen.attention, and what `progress` asks for: seen.logits and seen.y ("cos") or
        seen.progress ("linear").
        """
        area = plan.area.numpy()
        if self.progress == "off":
            return plan.with_account(Account((pair_term(AREA, area),)))
        trust = self.trust(plan, seen)
        attended, used = label.attention_term(plan, seen, trust)
        return plan.with_account(
            Account((attended, pair_term(AREA, area, weight=1 - trust)), (used,))
        )

    def trust(self, plan: Plan, seen: Seen) -> np.ndarray:
        """Attention's share of each label, the paper's alpha: (b,) in [0, 1]."""
        if self.progress == "cos":
            return label.cosine_agreement(plan, seen, self.smoothing)
        if seen.progress is None and self.progress == "linear":
            raise ValueError(
                "MixPro with progress 'linear' needs Seen.progress, the share of the training done."
            )
        return np.full(len(plan), seen.progress or 0.0)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
