"""Random field: shape and colors drift smoothly across one photo; the label stays.

Paper: Mansfield, Afkanpour, Morningstar, Singhal, "Random Field Augmentations for Self-Supervised
Representation Learning", 2023: the parameters of affine and colour jitter, one number for the
photo elsewhere, become independent Gaussian random fields over its pixels.

There is no released code. Each field falls off as |k| ** (-gamma / 2) and has unit variance before
it is scaled; a pixel is taken from u' = c + A(u) (u - c) + t(u) by bilinear sampling, reflected at
the border; colours are turned and scaled in RGB about the grey axis and clipped. gamma, all
strengths and the weight of the constant part (see mixcore.warps.random_fields) are this library's
choice, not the paper's. `plan.warps[0]` is a value: its `jacobian` and `folded` show where the
picture tears.
"""

import numpy as np

from mixcore import self_mix
from mixcore.batch import Batch
from mixcore.params import real
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Weights
from mixcore.registry import Method, method
from mixcore.rng import Rng, make_streams
from mixcore.warps import random_fields

OURS = "this library's choice"


@method(
    "Random field",
    family="One photo",
    paper="Random Field Augmentations for Self-Supervised Representation Learning",
    authors="Mansfield et al.",
    year=2023,
    summary="Shape and colours of one photo drift smoothly from place to place; the label stays.",
    look="Lower gamma: one bend for all becomes many small ones, until the photo folds over "
    "itself.",
    sources=1,
    given=(),
    says=(
        "1.7 points more top-1 accuracy than its baseline on ImageNet, 3.6 on iNaturalist, but "
        "strong transformations degrade an image's structure (the paper's abstract).",
    ),
)
class RandomFieldAugmentation(Method):
    gamma: float = real(
        6.0, 2.0, 12.0, step=0.1, help="How fast fine waves fade: large bends all alike",
        source=OURS,
    )  # fmt: skip
    rotation: float = real(0.1, 0.0, 1.0, help="Turn, in radians (sigma)", source=OURS)
    scale: float = real(0.1, 0.0, 0.5, help="Logarithm of the scale (sigma)", source=OURS)
    shear: float = real(0.1, 0.0, 0.5, help="Shear (sigma)", source=OURS)
    translation: float = real(
        0.05, 0.0, 0.3, help="Shift, as a share of the longer side (sigma)", source=OURS
    )
    hue: float = real(0.05, 0.0, 0.5, help="Turn of the colour circle (sigma)", source=OURS)
    saturation: float = real(
        0.2, 0.0, 1.0, help="Logarithm of the colourfulness (sigma)", source=OURS
    )
    brightness: float = real(0.2, 0.0, 1.0, help="Logarithm of the brightness (sigma)", source=OURS)

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        noise = make_streams(rng).stage("place").standard_normal((len(batch), *random_fields.DRAWN))
        sigma = self.to_dict()
        sigma |= {"down": self.translation, "across": self.translation}
        warp = random_fields.RandomFieldWarp(noise, self.gamma, sigma, batch.size)
        return self_mix.plan_views(batch, Weights(np.ones((len(batch), 1)), batch.size), [warp])
