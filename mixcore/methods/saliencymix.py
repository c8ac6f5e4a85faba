"""SaliencyMix: the box sits where B is most salient; the label follows the area.

Paper: Uddin, Monira, Shin, Chung, Bae, "SaliencyMix: A Saliency Guided Data Augmentation Strategy
for Better Regularization", ICLR 2021: CutMix, with the box around the peak of B's saliency.

The released code and OpenMixup find one peak, that of the first sample's partner, and cut the whole
batch there, with one lam (shared_share); they look at normalised pixels with OpenCV's fine-grained
saliency. Here every sample's box sits at its own partner's peak, and the map is
Batch.evidence["saliency"], such as mixcore.evidence.kinds.spectral_residual gives without a model.
A box at the frame's edge is cut, so that the label is the realised area.
"""

import numpy as np

from mixcore import pair, ratio, region
from mixcore.account import Account
from mixcore.batch import Batch
from mixcore.evidence.used_maps import MASK, use_clean
from mixcore.params import flag, shape
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "SaliencyMix",
    family="Paste",
    paper="SaliencyMix: A Saliency Guided Data Augmentation Strategy for Better Regularization",
    authors="Uddin et al.",
    year=2021,
    summary="The box is cut where B is most salient; the label follows the area.",
    look="The box seldom misses B's object, but it hides A's just as blindly as CutMix does.",
    given=("index", "lam", "box"),
    needs=("saliency",),
    presets={
        "Paper": {"alpha": 1.0},
        "As released: one image's peak for the batch": {"alpha": 1.0, "shared_share": True},
        "CIFAR (OpenMixup)": {"alpha": 0.2, "shared_share": True},
    },
    says=(
        "CIFAR-100, ResNet-18: 79.75 % after 200 epochs, 79.12 % after 800; without mixing 76.42 "
        "and 78.04 % (OpenMixup's tables).",
    ),
)
class SaliencyMix(Method):
    alpha: float = shape(
        1.0, help="Shape of Beta(alpha, alpha): small makes boxes tiny or huge",
        source="paper",
    )  # fmt: skip
    shared_share: bool = flag(
        False, help="One share and one box for the whole batch, at the first partner's peak"
    )

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        lam = ratio.draw_beta(batch, self.alpha, rng, shared=self.shared_share)
        saliency, fixed = batch.evidence["saliency"], "box" in batch.given
        looked_at = np.repeat(index[:1], len(batch)) if self.shared_share else index
        peaks = region.find_peak(saliency)[looked_at]
        box = region.draw_box(batch, (1 - lam) ** 0.5, rng, around=peaks)
        why_not = "the box is set by hand" if fixed else ""
        used = use_clean("saliency", "saliency", saliency, MASK, box, looked_at, why_not)
        return Plan(index, box, lam=None if fixed else lam, account=Account(maps=(used,)))

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
