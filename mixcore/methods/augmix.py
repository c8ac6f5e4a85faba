"""AugMix: the photo is mixed with a mix of its own changed copies; the label stays.

Paper: Hendrycks, Mu, Cubuk, Zoph, Gilmer, Lakshminarayanan, "AugMix: A Simple Data Processing
Method to Improve Robustness and Uncertainty", ICLR 2020: k chains of 1 to 3 random operations,
x' = (1 - m) x + m sum_i w_i chain_i(x), w ~ Dirichlet(alpha, ..., alpha), m ~ Beta(alpha, alpha).

Operations and their ranges are those of the released code, its rounding to whole degrees and
levels too. It leaves out colour, contrast, brightness and sharpness, because the test corruptions
resemble them; all_operations takes them in. It mixes normalised images, which is the same, for
normalising is affine: but mix first, colours need [0, 1]. The other half of the method is its
loss: `plans(batch, rng, n=2)` gives two mixes and mixcore.loss.jensen_shannon compares them with
the clean images. MediAug's release applies AugMix twice, without that loss.
"""

from collections.abc import Callable

import numpy as np

from mixcore import ratio, self_mix
from mixcore.batch import Batch
from mixcore.params import flag, integer, real
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Weights
from mixcore.registry import Method, method
from mixcore.rng import Rng, make_streams
from mixcore.warps.views import Step, View

MOST = 5  # chains, and operations in one
PARAMETER_MAX = 10  # of severity

# Level in (0, 1] and sign to one step; ranges at level 1 as in the released code.
Draw = Callable[[float, int], Step]
SHAPES: tuple[Draw, ...] = (
    lambda level, sign: ("autocontrast", ()),
    lambda level, sign: ("equalize", ()),
    lambda level, sign: ("posterize", (4 - int(4 * level),)),
    lambda level, sign: ("rotate", (sign * int(30 * level),)),
    lambda level, sign: ("solarize", (1 - int(256 * level) / 256,)),
    lambda level, sign: ("shear", (sign * 0.3 * level, 0)),
    lambda level, sign: ("shear", (0, sign * 0.3 * level)),
    lambda level, sign: ("translate", (0, sign * level / 3)),
    lambda level, sign: ("translate", (sign * level / 3, 0)),
)
COLORS: tuple[Draw, ...] = (
    lambda level, sign: ("saturation", (0.1 + 1.8 * level,)),
    lambda level, sign: ("contrast", (0.1 + 1.8 * level,)),
    lambda level, sign: ("brightness", (0.1 + 1.8 * level,)),
    lambda level, sign: ("sharpness", (0.1 + 1.8 * level,)),
)


@method(
    "AugMix",
    family="One photo",
    paper="AugMix: A Simple Data Processing Method to Improve Robustness and Uncertainty",
    authors="Hendrycks et al.",
    year=2020,
    summary="The photo is mixed with a mix of its own changed copies; the label stays.",
    look="However bent the copies are, some of the clean photo nearly always shines through.",
    sources=1,
    given=(),
    presets={
        "Paper": {"chains": 3, "depth": 3, "severity": 3, "alpha": 1.0},
        "All operations": {"all_operations": True},
    },
    says=(
        "ImageNet, ResNet-50, 180 epochs: 77.53 % on clean images, mean corruption error 65.3 "
        "(authors' README).",
    ),
)
class AugMix(Method):
    chains: int = integer(3, 1, MOST, help="Chains of operations", source="paper")
    depth: int = integer(
        3, 1, MOST, help="Longest chain; each is 1 to this many operations long", source="paper"
    )
    severity: int = integer(
        3, 1, PARAMETER_MAX, help="How strong operations may be, of 10", source="paper"
    )
    alpha: float = real(
        1.0, 0.1, 2.0, help="Shape of Beta(alpha, alpha) and Dirichlet: small lets one win",
        source="paper",
    )  # fmt: skip
    all_operations: bool = flag(
        False, help="Also colour, contrast, brightness and sharpness, which tests use"
    )

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        b, k, random = len(batch), self.chains, make_streams(rng)
        m = random.stage("blend").beta(self.alpha, self.alpha, (b, 1))
        w = ratio.draw_dirichlet(batch, self.alpha, k, random)
        known = SHAPES + COLORS if self.all_operations else SHAPES
        every = (b, MOST, MOST)  # so that turning depth or chains redraws nothing
        which = (random.stage("operation").random(every) * len(known)).astype(int).tolist()
        top = self.severity - 0.1
        level = (0.1 + top * random.stage("level").random(every)) / PARAMETER_MAX
        sign = random.stage("sign").choice([-1, 1], every).tolist()
        length = (1 + random.stage("depth").random(every[:2]) * self.depth).astype(int).tolist()
        drawn = zip(which, level.tolist(), sign, length, strict=True)
        steps = [
            [
                [known[o](v, s) for o, v, s in list(zip(*chain, strict=True))[:n]]
                for *chain, n in zip(*sample, strict=True)
            ]
            for sample in drawn
        ]
        views = [View([sample[j] for sample in steps]) for j in range(k)]
        share = Weights(np.concatenate([1 - m, m * w], 1), batch.size)
        return self_mix.plan_views(batch, share, [None, *views])
