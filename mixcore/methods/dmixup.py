"""d-Mixup: a weighted mean of d + 1 images, and of their labels.

Paper: Chidambaram, Ge, "On the Limitations of Temperature Scaling for Distributions with
Overlaps", ICLR 2024: x = sum_k w_k x_k, y = sum_k w_k y_k over d + 1 points, w ~ Dirichlet(1, ...,
1). The more points are mixed, the more of the space around them the labels hold. d = 1 is Mixup,
as Dirichlet(alpha, alpha) is Beta(alpha, alpha); d = 0 would be no mix at all.

The released code draws one w for the whole batch and every further point by a shuffle of its own.
Here each sample draws its own w, PerBatch(DMixup()) being the released way, and the points are the
sample, its partner, its partner's partner and so on, so that any pairing serves. Where that chain
comes back to its start, an image counts twice. alpha is ours: the paper has 1.
"""

from mixcore import pair, ratio
from mixcore.batch import Batch
from mixcore.params import integer, shape
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Weights
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "d-Mixup",
    family="Blend",
    paper="On the Limitations of Temperature Scaling for Distributions with Overlaps",
    authors="Chidambaram and Ge",
    year=2024,
    summary="Several photos shine through each other; the label is shared in the same proportion.",
    look="The more photos there are, the fainter each is. With more than the four that are here, "
    "one counts twice.",
    sources=4,
    given=("index",),
    presets={"Mixes of 2": {"d": 1}, "Mixes of 3": {"d": 2}, "Mixes of 5": {"d": 4}},
)
class DMixup(Method):
    d: int = integer(3, 1, 5, help="How many photos are mixed into the first; 1 is Mixup")
    alpha: float = shape(
        1.0, help="Shape of the Dirichlet law: small lets one photo win", source="paper"
    )

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        index = pair.chain_partners(batch, rng, self.d + 1)
        weight = ratio.draw_dirichlet(batch, self.alpha, self.d + 1, rng)
        return PlanK(index, Weights(weight, batch.size))
