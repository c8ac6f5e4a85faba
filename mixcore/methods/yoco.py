"""You Only Cut Once: the image is cut, and each half changed on its own; the label stays.

Paper: Han, Fang, Li, Hong, Armin, Reid, Petersson, Li, "You Only Cut Once: Boosting Data
Augmentation with a Single Cut", ICML 2022: a fair coin says whether the cut goes down at w // 2 or
across at h // 2; the same random augmentation is drawn once for each half and applied inside it.

The released code draws one coin and one augmentation for the batch; here each sample has its own,
and PerBatch(YOCO()) is the released way. The paper takes any augmentation: the ones here, and what
strength means for them, are this library's choice. MediAug's "YOCO" is another thing: its
notebooks flip one half and change the colours of the other.
"""

import numpy as np

from mixcore import self_mix
from mixcore.batch import Batch
from mixcore.params import choice, real
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Tiles
from mixcore.registry import Method, method
from mixcore.rng import Rng, make_streams
from mixcore.warps.views import Chain, View

AUGMENTATIONS = ("flip", "jitter", "rotate", "crop")


@method(
    "YOCO",
    family="One photo",
    paper="You Only Cut Once: Boosting Data Augmentation with a Single Cut",
    authors="Han et al.",
    year=2022,
    summary="The photo is cut in half, and each half is changed on its own; the label stays.",
    look="The seam is plain to see: a network must know the object from either half.",
    sources=1,
    given=(),
    presets={
        "Flip, as in its read-me": {"augmentation": "flip", "strength": 0.5},
        "Colour jitter": {"augmentation": "jitter", "strength": 0.5},
    },
    says=(
        "Eye diseases, ResNet-50: 91.60 %, the greatest of six (abstract of MediAug's paper).",
        "The same: CutMix has 91.83 % there, and what is called YOCO flips one half and recolours "
        "the other (MediAug's README and notebooks).",
    ),
)
class YOCO(Method):
    augmentation: str = choice(
        "random", *AUGMENTATIONS, help="What is done to each half; random picks for each photo"
    )  # fmt: skip
    strength: float = real(
        0.5, 0.0, 1.0, help="Odds of a flip; for the others how far they go. 0 changes nothing",
    )  # fmt: skip

    def plan(self, batch: Batch, rng: Rng) -> PlanK:
        b, (h, w) = len(batch), batch.size
        random = make_streams(rng)
        down = random.stage("place").random(b) > 0.5
        left_right = [[0, h, 0, w // 2], [0, h, w // 2, w]]
        top_bottom = [[0, h // 2, 0, w], [h // 2, h, 0, w]]
        boxes = np.where(down[:, None, None], left_right, top_bottom)
        which = random.stage("which").integers(len(AUGMENTATIONS), size=b)
        draws = random.stage("augmentation").random((2, b, 4))
        halves = [
            View([self._chain(AUGMENTATIONS[k], u) for k, u in zip(which, draw, strict=True)], True)
            for draw in draws
        ]
        return self_mix.plan_views(batch, Tiles(boxes, batch.size), halves)

    def _chain(self, drawn: str, u: np.ndarray) -> Chain:
        """One half's operations from four uniform numbers."""
        s, name = self.strength, drawn if self.augmentation == "random" else self.augmentation
        first, *spot = u[:3].tolist()
        both = (2 * u - 1).tolist()  # in [-1, 1]
        if s == 0:
            return ()
        if name == "flip":
            return (("flip", ()),) if first < s else ()
        if name == "rotate":
            return (("rotate", (90 * s * both[0],)),)
        if name == "crop":
            side = 1 - 0.8 * s * first
            y, x = ((1 - side) * v for v in spot)
            return (("crop", (y, y + side, x, x + side)),)
        factors = [(1 + 0.8 * s * v,) for v in both[:3]]
        steps = zip(("brightness", "contrast", "saturation"), factors, strict=True)
        return (*steps, ("hue", (0.2 * s * both[3],)))
