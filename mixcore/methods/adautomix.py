"""AdAutoMix: a network draws the masks of three photos, trained against the classifier.

Paper: Qin, Jin, Zhu et al., "Adversarial AutoMixup", ICLR 2024. The block
(mixcore.mixers.mix_block.SetMixBlock) raises the classifier's loss in every second step while the
mix stays like its sources, so that mixes are harder and more varied than AutoMix's;
mixcore.objectives.adautomix is that training. Here the block was trained once, against a frozen
bundled model on its own features (Batch.hidden): see assets/mix_blocks/MODEL_CARD.md.

As released the shares of three photos are Beta(alpha, alpha) draws divided by their sum, which is
no Dirichlet law, and labels are these shares, not the masks'. The photos are the sample, its
partner and its partner's partner, so that any pairing serves; where that chain comes back to its
start a photo counts twice. A plan has always three sources, of which the third weighs nothing where
two are mixed.
"""

import numpy as np
import torch.nn.functional as F

from mixcore import pair, ratio, region
from mixcore.batch import Batch
from mixcore.mixers.bundled_blocks import load_block
from mixcore.params import choice, integer, shape
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Masks
from mixcore.registry import Method, method
from mixcore.rng import Rng

PHOTOS = 3  # of a plan, always


@method(
    "AdAutoMix",
    family="Free form",
    paper="Adversarial AutoMixup",
    authors="Qin et al.",
    year=2024,
    summary="A network draws the masks of three photos; it was trained to make the mix hard.",
    look="Beside AutoMix: it need not show what a model knows a photo by. Labels are the shares.",
    sources=3,  # PHOTOS, written out, as declarations are read without being run
    given=("index", "lam"),
    hidden=("lite0", "hybrid"),
    presets={
        "CIFAR, as released": {"alpha": 1.0, "photos": 3, "upsample": "bilinear"},
        "ImageNet, as released": {"alpha": 1.0, "photos": 2},
    },
    says=(
        "CIFAR-100, ResNet-18: 82.32 %, AutoMix 82.04 % (authors' README).",
        "Tiny-ImageNet, ResNet-18: 69.19 %, AutoMix 67.33 % (authors' README).",
    ),
)
class AdAutoMix(Method):
    alpha: float = shape(
        1.0, help="Shape of the Beta law whose draws, divided by their sum, are the shares",
        source="released configurations",
    )  # fmt: skip
    photos: int = integer(3, 2, 3, help="How many photos are mixed", source="CIFAR configurations")
    features: str = choice(
        "lite0", "hybrid", help="Whose features it reads: EfficientNet-Lite0's or the hybrid ViT's"
    )
    upsample: str = choice(
        "bilinear", "nearest", help="How the masks get from the model's grid to the photo"
    )

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        index = pair.chain_partners(batch, rng, PHOTOS)
        shares = ratio.draw_beta_shares(batch, self.alpha, self.photos, rng)
        masks = region.draw_learned(
            load_block("adautomix", self.features), batch.hidden[self.features],
            index[:, : self.photos], shares, batch, self.upsample,
        ) if self.alpha else region.spread_shares(shares, batch.size)  # fmt: skip
        gap = PHOTOS - self.photos
        masks = F.pad(masks, (0, 0, 0, 0, 0, gap))
        return PlanK(index, Masks(masks), w=np.pad(shares, ((0, 0), (0, gap))))

    def reads_hidden(self) -> tuple[str, ...]:
        return (self.features,)
