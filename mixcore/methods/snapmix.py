"""SnapMix: a box of B, resized, fills a box of A; both labels weigh their class maps.

Paper: Huang, Wang, Tao, "SnapMix: Semantically Proportional Mixing for Augmenting Fine-grained
Data", AAAI 2021. With S each clean image's CAM of its true class, upsampled, minus its least value
and summing to 1, w_A = 1 - sum of S_A in box 1, where B comes in, and w_B = sum of S_B in box 2,
which it is cut from. The two boxes come from two shares ~ Beta(beta, beta) of their own.

The weights do not sum to 1: with flat maps their sum is 1.00 +- .18. A pair of one class gets
w_A + w_B on both sides, twice as much, which the authors confirm to be meant. Both are kept.
S is Batch.evidence["cam"], of the current model (evidence.kinds.cam.CAM(model, floor="min")),
whose least value is taken off once more after it is enlarged, as the authors do; an image whose map
is even weighs by area. As in the code one pair of boxes serves the
batch: PerBatch(SnapMix()). It resizes with aligned corners, here bilinearly and antialiased; it
leaves a batch alone whose box 2 is empty, here that box is a pixel at least.
"""

from dataclasses import replace

import numpy as np

from mixcore import label, pair, ratio, region
from mixcore.account import AREA, Account, pair_term
from mixcore.batch import Batch
from mixcore.evidence.used_maps import LABEL, use_clean
from mixcore.params import shape
from mixcore.plan import Plan
from mixcore.regions.shapes import Box
from mixcore.registry import Method, method
from mixcore.rng import Rng, make_streams
from mixcore.warps.geometry import Resize

CAM = "class map"
LEFT = f"{CAM} in sight"


@method(
    "SnapMix",
    family="Paste",
    paper="SnapMix: Semantically Proportional Mixing for Augmenting Fine-grained Data",
    authors="Huang et al.",
    year=2021,
    summary="A box of B is resized into a box of A; each label weighs what its class map says.",
    look="The two bars do not sum to 1: each says how much of its own object is left.",
    given=("index", "lam", "box"),
    needs=("cam",),
    labels="classes",
    label_by=("cam",),
    presets={
        "Authors' commands, fine-tuning": {"beta": 5.0},
        "Command line's own default": {"beta": 1.0},
    },
    exemptions={
        "brightness": "labels weigh the share of each image's class map, not the area",
        "sum": "each side is weighed by its own map, so the two need not sum to 1, and a pair of "
        "one class gets both weights twice",
    },
)
class SnapMix(Method):
    beta: float = shape(
        5.0, high=10.0, help="Shape of Beta(beta, beta), the law of both shares",
        source="the authors' commands",
    )  # fmt: skip

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        random = make_streams(rng)
        index = pair.shuffle_batch(batch, random)
        lam = ratio.draw_beta(batch, self.beta, random)
        box = region.draw_box(batch, (1 - lam) ** 0.5, random)
        # What a person fixes is where B goes, not what is taken of it.
        free, other = replace(batch, given={}), random.child("source")
        taken = region.draw_box(free, (1 - ratio.draw_beta(free, self.beta, other)) ** 0.5, other)
        warp = Resize(source=_filled(taken), frame=batch.size)
        drawn = None if "box" in batch.given else lam
        return self.weigh(Plan(index, box, lam=drawn, warp=warp), batch)

    def weigh(self, plan: Plan, batch: Batch) -> Plan:
        """The same mix, weighed by each picture's own map in evidence["cam"] of the batch."""
        assert isinstance(plan.region, Box)
        assert isinstance(plan.warp, Resize)
        assert plan.warp.source is not None
        cam, index, area = batch.evidence["cam"], plan.index.numpy(), plan.area.numpy()
        lost = label.share_inside_box(cam, plan.region, above_least=True)
        source = Box(plan.warp.source, batch.size)
        kept = label.share_inside_box(cam[plan.index.to(cam.device)], source, above_least=True)
        blank = (cam.flatten(1).amax(1) == 0).cpu().numpy()
        s_a, s_b = 1 - lost, np.where(area < 1, kept, 0.0)
        even = np.stack([blank, blank[index]], 1)
        terms = [pair_term(LEFT, s_a, s_b, ~even), pair_term(AREA, area, weight=even)]
        if batch.y is not None:
            y = batch.y.cpu().numpy()
            alike = ((y == y[index]) & (area < 1))[:, None]
            terms += [
                pair_term(f"{name} of the same class", b, a, alike & flat[:, ::-1])
                for name, a, b, flat in ((LEFT, s_a, s_b, ~even), (AREA, area, 1 - area, even))
            ]
        maps = (
            use_clean(CAM, "cam", cam, LABEL, plan.region, term=LEFT),
            use_clean(CAM, "cam", cam, LABEL, source, index, term=LEFT),
        )
        above = tuple(replace(one, above_least=True) for one in maps)
        return plan.with_account(Account(tuple(terms), above))

    def lam_law(self) -> tuple[float, float]:
        return self.beta, self.beta


def _filled(box: Box) -> np.ndarray:
    """The boxes, (b, 4), each a pixel high and wide at least."""
    ends = []
    for axis, n in enumerate(box.size):
        low = np.minimum(box.box[:, 2 * axis], n - 1)
        ends += [low, np.maximum(box.box[:, 2 * axis + 1], low + 1)]
    return np.stack(ends, 1)
