"""DeiT recipe: Mixup or CutMix, by the toss of a coin.

Paper: Touvron, Cord, Douze, Massa, Sablayrolles, Jegou, "Training data-efficient image transformers
& distillation through attention", ICML 2021, table of hyper-parameters: Mixup with alpha 0.8,
CutMix with alpha 1.0, switched with probability 0.5.

The released code is timm's Mixup class, which tosses one coin, lam and box for the batch and pairs
it with its own reverse; here every sample has its own, and PerBatch(...) and Paired(..., "flip")
bring the released way back. Its odds against no mixing at all (mixup_prob) are Sometimes(...), its
label smoothing of 0.1 an argument of plan.target and Mixer.
"""

import numpy as np

from mixcore import pair, ratio, region
from mixcore.batch import Batch
from mixcore.combine import combine_plans
from mixcore.params import real, shape
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan
from mixcore.regions.shapes import Whole
from mixcore.registry import Method, method
from mixcore.rng import Rng, make_streams


@method(
    "DeiT recipe",
    family="Paste",
    paper="Training data-efficient image transformers & distillation through attention",
    authors="Touvron et al.",
    year=2021,
    summary="A coin decides between Mixup and CutMix; most transformers are trained this way.",
    look="Seed by seed the same pair is blended or pasted. The label follows the area in both.",
    presets={
        "ImageNet, DeiT": {"mixup_alpha": 0.8, "cutmix_alpha": 1.0, "switch": 0.5},
        "ImageNet, RSB (OpenMixup)": {"mixup_alpha": 0.1, "cutmix_alpha": 1.0, "switch": 0.5},
        "ImageNet, coin of TransMix's DeiT-B": {
            "mixup_alpha": 0.8,
            "cutmix_alpha": 1.0,
            "switch": 0.8,
        },
    },
    says=(
        "ImageNet with this recipe: DeiT-T 74.50 %, DeiT-S 79.80 %, DeiT-B 81.83 %, Swin-T 81.20 % "
        "(OpenMixup's tables).",
    ),
)
class DeiT(Method):
    mixup_alpha: float = shape(
        0.8, help="Shape of Beta(alpha, alpha) when the coin says Mixup", source="paper"
    )
    cutmix_alpha: float = shape(
        1.0, help="Shape of Beta(alpha, alpha) when the coin says CutMix", source="paper"
    )
    switch: float = real(0.5, 0.0, 1.0, help="Probability of CutMix", source="paper")

    def plan(self, batch: Batch, rng: Rng) -> AnyPlan:
        random = make_streams(rng)
        index = pair.shuffle_batch(batch, random)
        blend = ratio.draw_beta(batch, self.mixup_alpha, random.child("mixup"))
        cut = ratio.draw_beta(batch, self.cutmix_alpha, random.child("cutmix"))
        box = region.draw_box(batch, (1 - cut) ** 0.5, random)
        coin = random.stage("switch").random(len(batch)) < self.switch
        return combine_plans(
            [Plan(index, Whole(blend, batch.size), lam=blend), Plan(index, box, lam=cut)],
            coin.astype(np.int64),
        )
