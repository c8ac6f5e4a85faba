"""AutoMix: a block learns to draw masks by which a mix is easy to tell.

Paper: Liu, Li, Wu et al., "AutoMix: Unveiling the Power of Mixup for Stronger Classifiers", ECCV
2022. As in the authors' code a step has two draws of lam and two of partners: the block learns on
the first, judged by the teacher, and the model on the second, with masks that get no gradient. If
lam is within `margin` of 0 or 1 the model's mask is constant there, which is plain Mixup. Labels
are lam. The released blocks for CIFAR are not told lam (`tell_lam`), and there SGD trains them.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.learned_mix import LearnedMix, MixDraw, clean_loss, permute, read_masks
from mixcore.mixers.mix_block import MixBlock, PairMixBlock, mask_loss
from mixcore.moment import Losses, Moment
from mixcore.objectives import Objective, objective
from mixcore.params import real, shape


@objective(
    "AutoMix",
    paper="AutoMix: Unveiling the Power of Mixup for Stronger Classifiers",
    authors="Liu et al.",
    year=2022,
    summary="Name the clean picture and a mix whose mask a small network draws; that network "
    "learns to make mixes that a moving average of the model can tell.",
    mixes="own",
    losses={
        "mixed": "Cross-entropy of the mixes",
        "clean": "Cross-entropy, clean",
        "block": "Loss of the block",
    },
    readings={
        "generated": "Teacher's loss on the block's mixes",
        "gap": "Distance of a mask's share from lam",
        "diversity": "Mean IoU distance of masks",
    },
    cost="Two passes of the model, and of its average one pass for maps and one with gradients to "
    "the pictures: about three times plain Mixup.",
    presets={
        "As released, CIFAR-100": {"alpha": 2.0, "tell_lam": False, "upsample": "nearest",
                                 "catch_up": False},
        "As released, ImageNet": {"alpha": 2.0, "tell_lam": True, "upsample": "nearest",
                                 "catch_up": False},
    },
    exemptions={
        "mask_weight": "a block starts where blending is, so that none of the first steps leaves "
        "the dead zone",
    },
    says=(
        "CIFAR-100, ResNet-18: 80.12 % after 200 epochs, 82.04 % after 800; without mixing 76.42 "
        "and 78.04 % (OpenMixup's tables).",
    ),
)  # fmt: skip
class AutoMixObjective(LearnedMix, Objective):
    """CE(mix) + CE(clean) for the model; CE(mix) + weight * mask loss for the block."""

    alpha: float = shape(
        2.0, help="Shape of Beta(alpha, alpha), the law of lam", source="released configurations"
    )
    mask_weight: float = real(
        0.1, 0.0, 2.0, help="Weight of the block's mask loss", source="released configurations"
    )
    dead_zone: float = real(
        0.1, 0.0, 0.5, help="How far a mask's share may be from lam for nothing",
        source="released configurations",
    )  # fmt: skip
    margin: float = real(
        0.08, 0.0, 0.5, help="How near 0 or 1 lam leaves the model's mask constant",
        source="released configurations",
    )  # fmt: skip

    def compute_losses(self, moment: Moment) -> Losses:
        """The block's step, then the model's terms."""
        maps = self.follow_model(moment)
        readings = self.train_block(moment, self.draw(moment, "block"), maps)
        own = self.draw(moment, "model")
        constant = float(own.lam.min()) <= self.margin
        mixed, target = self.mix_for_model(moment, own, maps, constant)
        logits = moment.predict(mixed)
        terms = {"mixed": F.cross_entropy(logits, target), "clean": clean_loss(moment)}
        return Losses(terms, logits, target, readings=dict(readings))

    def make_block(self, channels: int) -> MixBlock:
        return PairMixBlock(channels, lam_channel=self.tell_lam)

    def draw(self, moment: Moment, name: str) -> MixDraw:
        random = moment.rng.stage(name)
        lam = float(random.beta(self.alpha, self.alpha)) if self.alpha else 1.0
        x = moment.batch.x
        index = permute(random, 2, len(x), x.device)
        return MixDraw(index, torch.tensor([lam, 1 - lam], dtype=torch.float32, device=x.device))

    def train_block(self, moment: Moment, draw: MixDraw, maps: Tensor) -> dict[str, Tensor]:
        _, loss, masks = self.judge(moment, draw, maps)
        held = mask_loss(masks[:, 0], draw.shares[:, 0], dead_zone=self.dead_zone)
        moment.descend("block", loss + self.mask_weight * held)
        return read_masks(masks, draw, loss)
