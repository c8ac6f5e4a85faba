"""AutoMix: a small network draws the mask from the features of both photos and from lam.

Paper: Liu, Li, Wu et al., "AutoMix: Unveiling the Power of Mixup for Stronger Classifiers", ECCV
2022. The block (mixcore.mixers.mix_block.PairMixBlock) is trained beside the classifier, so that
the mix is as easy to tell as its label allows; mixcore.objectives.automix is that training. Here
the block is one that was trained once, against a frozen bundled model on its own features
(Batch.hidden), and no longer learns: see assets/mix_blocks/MODEL_CARD.md.

As released the label is lam, not the mask's share of A: a mask loss keeps both within .1 of each
other on average, no more. Nothing makes the mask all of A at lam = 1, either. The released code
draws one lam and one pairing for the batch (PerBatch(AutoMix()) shares the mask as well); its
blocks for CIFAR are not told lam, these are. "area" labels by the mask instead, which is ours.
"""

import numpy as np

from mixcore import pair, ratio, region
from mixcore.batch import Batch
from mixcore.mixers.bundled_blocks import load_block
from mixcore.params import choice, shape
from mixcore.plan import Plan
from mixcore.regions.shapes import Dense
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "AutoMix",
    family="Free form",
    paper="AutoMix: Unveiling the Power of Mixup for Stronger Classifiers",
    authors="Liu et al.",
    year=2022,
    summary="A trained network draws the mask from what a model sees in both photos, and from lam.",
    look="Move lam: what the model knows A by stays longest. The label is lam, whatever the mask.",
    given=("index", "lam"),
    hidden=("lite0", "hybrid"),
    presets={
        "As released": {"alpha": 2.0, "upsample": "nearest"},
    },
    says=(
        "CIFAR-100, ResNet-18: 80.12 % after 200 epochs, 82.04 % after 800; without mixing 76.42 "
        "and 78.04 % (OpenMixup's tables).",
    ),
    exemptions={
        "brightness": "as released labels are worth lam, to which the mask is only held on average",
        "nested": "each lam is another question to the network, so a pixel may come back to A",
        "ends": "nothing makes the network give all of A at lam 1, or nothing of it at 0",
    },
)
class AutoMix(Method):
    alpha: float = shape(
        2.0, help="Shape of Beta(alpha, alpha): large keeps mixes near half and half",
        source="released configurations",
    )  # fmt: skip
    features: str = choice(
        "lite0", "hybrid", help="Whose features it reads: EfficientNet-Lite0's or the hybrid ViT's"
    )
    upsample: str = choice(
        "bilinear", "nearest", help="How the mask gets from the model's grid to the photo"
    )
    label: str = choice(
        "lam", "area", help="What labels are worth: lam, or what the mask keeps of A",
        source="released code",
    )  # fmt: skip

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        lam = ratio.draw_beta(batch, self.alpha, rng)
        shares = np.stack([lam, 1 - lam], 1)
        masks = region.draw_learned(
            load_block("automix", self.features), batch.hidden[self.features],
            np.stack([np.arange(len(batch)), index], 1), shares, batch, self.upsample,
        ) if self.alpha else region.spread_shares(shares, batch.size)  # fmt: skip
        return Plan(index, Dense(masks[:, :1]), lam=lam, w_a=lam if self.label == "lam" else None)

    def reads_hidden(self) -> tuple[str, ...]:
        return (self.features,)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
