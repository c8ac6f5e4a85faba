"""d-Mixup: a weighted mean of d + 1 images, and of their labels.

Paper: Chidambaram, Ge, "On the Limitations of Temperature Scaling for Distributions with
Overlaps", ICLR 2024: x = sum_k w_k x_k, y = sum_k w_k y_k over d + 1 points, w ~ Dirichlet(1, ...,
1). The more points are mixed, the more of the space around them the labels hold. d = 1 is Mixup,
as Dirichlet(alpha, alpha) is Beta(alpha, alpha); d = 0 would be no mix at all.

The released code draws one w for the whole batch and every further point by a shuffle of its own.
Here each sample draws its own w, PerBatch(DMixup()) being the released way, and the points are the
sample, its partner, its partner's partner and so on, so that any pairing serves. Where that chain
comes back to its start, an image counts twice. alpha is ours: the paper has 1. A plan has always
four sources, those beyond d + 1 weighing nothing, as pages show four photos; code may ask for more.
"""

import numpy as np

from mixcore import pair, ratio
from mixcore.batch import Batch
from mixcore.params import integer, shape
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Weights
from mixcore.registry import Method, method
from mixcore.rng import Rng

PHOTOS = 4  # of a plan, at least


@method(
    "d-Mixup",
    family="Blend",
    paper="On the Limitations of Temperature Scaling for Distributions with Overlaps",
    authors="Chidambaram and Ge",
    year=2024,
    summary="Several photos shine through each other; the label is shared in the same proportion.",
    look="The more photos there are, the fainter each is, and the less of any label is left.",
    sources=4,  # PHOTOS, written out, as declarations are read without being run
    given=("index",),
    presets={"Mixes of 2": {"d": 1}, "Mixes of 3": {"d": 2}},
)
class DMixup(Method):
    d: int = integer(
        PHOTOS - 1, 1, PHOTOS - 1, accepts=(1, 15),
        help="How many photos are mixed into the first; 1 is Mixup",
    )  # fmt: skip
    alpha: float = shape(
        1.0, help="Shape of the Dirichlet law: small lets one photo win", source="paper"
    )

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        weight = ratio.draw_dirichlet(batch, self.alpha, self.d + 1, rng)
        weight = np.pad(weight, ((0, 0), (0, max(0, PHOTOS - self.d - 1))))
        index = pair.chain_partners(batch, rng, weight.shape[1])
        return PlanK(index, Weights(weight, batch.size))
