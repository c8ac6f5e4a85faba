"""De-DA: A's object is set before another image's ground; the label stays A's alone.

Paper: Chen et al., "Decoupled Data Augmentation for Improving Image Classification", 2024, arXiv
2411.02592: an image is a part that depends on its class (the object) and one that does not (the
ground). The object is edited gently, the ground is swapped freely, and since the ground carries no
label, the label is y_a.

The paper cuts objects out with a segmenter, varies them with a diffusion editor and inpaints the
grounds; no code was found. Here masks and grounds must be exact (Batch.evidence["object"],
Batch.grounds), as scenes have them, and the gentle edit is scale and place; both ranges are ours.
`weight` "object" shows, for contrast, the label by area that the method argues against. An image
whose mask is empty is left alone.
"""

import numpy as np
import torch

from mixcore import pair
from mixcore.account import Account
from mixcore.batch import Batch
from mixcore.evidence.used_maps import MASK, use_clean
from mixcore.params import choice, flag, real
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Masks
from mixcore.registry import Method, method
from mixcore.rng import Rng, make_streams
from mixcore.warps.cutout import move_cutout


@method(
    "De-DA",
    family="Paste",
    paper="Decoupled Data Augmentation for Improving Image Classification",
    authors="Chen et al.",
    year=2024,
    summary="A's object is set before B's ground; the label stays wholly A's.",
    look="However little of the frame the object fills, its label is whole: the ground has none "
    "to give.",
    given=("index",),
    needs=("object", "grounds"),
    exemptions={
        "brightness": "the label is A's alone by design: the ground of B fills most of the frame "
        "and carries no label",
    },
)
class DeDA(Method):
    smallest: float = real(0.7, 0.3, 1.0, help="Smallest scale of the object")
    largest: float = real(1.2, 1.0, 2.0, help="Largest scale of the object")
    move: bool = flag(True, help="Put the object anywhere in the frame, or leave it in its place")
    feather: float = real(
        0.0, 0.0, 3.0, step=0.1, help="Softness of the object's edge, in per cent of the frame"
    )
    background: str = choice("any class", "same class", help="Whose ground may be taken")
    weight: str = choice(
        "whole", "object", help="A's label: whole, or by the object's share of the frame"
    )

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        by = {"any class": "shuffle", "same class": "same class"}[self.background]
        partner = pair.draw_partners(by, batch, rng)
        scale = make_streams(rng).stage("ratio").uniform(self.smallest, self.largest, len(batch))
        mask, warp = move_cutout(batch, scale, rng, move=self.move, feather=self.feather / 100)
        share = Masks(torch.cat([mask, 1 - mask], 1))
        whole = np.array([1.0, 0.0]) * np.ones((len(batch), 1))
        assert batch.grounds is not None
        objects = batch.evidence["object"]
        return PlanK(
            np.stack([np.arange(len(batch)), partner], 1),
            share,
            w=whole if self.weight == "whole" else None,
            warps=[warp, None],
            instead={1: batch.grounds},
            account=Account(maps=(use_clean("object", "object", objects, MASK, None),)),
        )
