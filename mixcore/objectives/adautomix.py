"""Adversarial AutoMixup: a block draws masks of three pictures that are hard to tell.

Paper: Qin, Jin, Zhu et al., "Adversarial AutoMixup", ICLR 2024. Every `adv_interval`-th step the
block raises the teacher's loss while the mix stays like its sources; in the others it lowers that
loss, as AutoMix's does. In the authors' code the likeness has the sign that lowers it ("as
released"); "keep meaning" is the sign of the paper's words. As there, shares are Beta draws over
their sum, one draw for the batch, and a mask is constant where the first share is within `margin`
of 0 or 1.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore import ratio
from mixcore.learned_mix import LearnedMix, MixDraw, clean_loss, permute, read_masks
from mixcore.losses.mix_generator import generator_loss, is_adversarial, mixed_similarity
from mixcore.mixers.mix_block import MixBlock, SetMixBlock
from mixcore.moment import Losses, Moment
from mixcore.objectives import Objective, objective
from mixcore.params import choice, integer, real, shape


@objective(
    "AdAutoMix",
    paper="Adversarial AutoMixup",
    authors="Qin et al.",
    year=2024,
    summary="Name clean pictures, blends, and mixes whose masks a network draws that works "
    "against the model in every second step.",
    mixes="own",
    losses={
        "mixed": "Cross-entropy of the mixes",
        "clean": "Cross-entropy, clean",
        "blended": "Cross-entropy of blends",
        "block": "Loss of the block",
    },
    readings={
        "generated": "Teacher's loss on the block's mixes",
        "similarity": "Likeness of mixes to their sources",
        "gap": "Distance of a mask's share from lam",
        "diversity": "Mean IoU distance of masks",
    },
    cost="Three passes of the model, and of its average one for maps, one of clean pictures and "
    "one with gradients to the pictures: about four times plain Mixup.",
    presets={
        "CIFAR, as released": {"sources": 3, "beta": 0.3, "cos_sign": "as released",
                               "catch_up": False},
        "ImageNet, as released": {"sources": 2, "beta": 0.1, "cos_sign": "as released",
                                  "catch_up": False},
        "CIFAR, mixes keep their meaning": {"sources": 3, "beta": 0.3},
    },
    says=(
        "CIFAR-100, ResNet-18: 82.32 %, AutoMix 82.04 % (authors' README).",
        "Tiny-ImageNet, ResNet-18: 69.19 %, AutoMix 67.33 % (authors' README).",
    ),
)  # fmt: skip
class AdAutoMixObjective(LearnedMix, Objective):
    """CE(mix) + w CE(clean) + w CE(blend) for the model; with or against it for the block."""

    sources: int = integer(3, 2, 4, help="Pictures of a mix", source="CIFAR configurations")
    alpha: float = shape(
        1.0, help="Shape of the Beta law whose draws, divided by their sum, are the shares",
        source="released configurations",
    )  # fmt: skip
    beta: float = real(
        0.3, 0.0, 1.0, help="Weight of the teacher's loss against likeness in adversarial steps",
        source="CIFAR configurations",
    )  # fmt: skip
    adv_interval: int = integer(
        2, 0, 20, help="Every how many steps the block works against the model; 0 never",
        source="released code",
    )  # fmt: skip
    cos_sign: str = choice(
        "keep meaning", "as released", help="Sign of the likeness in adversarial steps"
    )
    side_weight: float = real(
        0.5, 0.0, 2.0, help="Weight of clean pictures, and of blends", source="released code"
    )
    margin: float = real(
        0.03, 0.0, 0.5, help="How near 0 or 1 the first share leaves the model's masks constant",
        source="released configurations",
    )  # fmt: skip

    def compute_losses(self, moment: Moment) -> Losses:
        """The block's step, then the model's terms."""
        maps = self.follow_model(moment)
        readings = self.train_block(moment, self.draw(moment, "block"), maps)
        own = self.draw(moment, "model")
        first = float(own.lam[0])
        constant = min(first, 1 - first) <= self.margin
        mixed, target = self.mix_for_model(moment, own, maps, constant)
        logits = moment.predict(mixed)
        blended = F.cross_entropy(moment.predict(own.blend(moment.batch.x)), target)
        terms = {
            "mixed": F.cross_entropy(logits, target),
            "clean": self.side_weight * clean_loss(moment),
            "blended": self.side_weight * blended,
        }
        return Losses(terms, logits, target, readings=dict(readings))

    def make_block(self, channels: int) -> MixBlock:
        return SetMixBlock(channels, lam_channel=self.tell_lam)

    def draw(self, moment: Moment, name: str) -> MixDraw:
        x = moment.batch.x
        streams = moment.rng.child(name)
        shares = ratio.draw_beta_shares(moment.batch, self.alpha, self.sources, streams)[0]
        index = permute(streams.stage("pair"), self.sources, len(x), x.device)
        return MixDraw(index, torch.tensor(shares, dtype=torch.float32, device=x.device))

    def train_block(self, moment: Moment, draw: MixDraw, maps: Tensor) -> dict[str, Tensor]:
        logits, loss, masks = self.judge(moment, draw, maps)
        with torch.no_grad():
            clean = moment.predict(moment.batch.x, moment.players["teacher"])
        alike = mixed_similarity(logits, clean[draw.index], draw.shares)
        moment.descend("block", generator_loss(
            loss, alike, adversarial=is_adversarial(moment.step, self.adv_interval),
            beta=self.beta, cos_sign=self.cos_sign,
        ))  # fmt: skip
        return {**read_masks(masks, draw, loss), "similarity": alike.detach()}
