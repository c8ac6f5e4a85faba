"""Free mix: every stage a choice, so that stages of different papers meet.

Not a published method. PAIR, RATIO, REGION, WARP and LABEL are each chosen from what the methods of
this folder use: FMix's field with partners of the same class, ResizeMix's shrinking with CutMix's
law of lam, a box with a hard label. As declared it is FMix; with region "whole" it is Mixup, with
"box" CutMix, with "cells" Patch Mixing, with "soft field" Field mix, and with "bump" SmoothMix's
Gaussian, as wide as lam asks. Tests hold it to that.
"""

import numpy as np

from mixcore import label, pair, ratio, region
from mixcore.batch import Batch
from mixcore.pairings import WITHOUT_FEATURES
from mixcore.params import choice, flag, integer, real, shape
from mixcore.plan import Plan
from mixcore.regions.shapes import Dense, Region, Whole
from mixcore.registry import Method, method
from mixcore.rng import Rng
from mixcore.warps.geometry import Resize, Then, Warp
from mixcore.warps.views import View


@method(
    "Free mix",
    family="Any",
    paper="no paper: stages of all methods, combined by you",
    authors="MixScope",
    year=2026,
    summary="Choose every stage yourself: partner, share, region, warp and label.",
    look="Change one stage at a time, and see which one moves the picture and which one the label.",
    given=("index", "lam", "box", "mask"),
    presets={
        "FMix within a class": {"pairing": "same class", "region": "field"},
        "CutMix across classes, label whole": {
            "pairing": "other class", "region": "box", "label": "whole A",
        },
        "A soft field, B mirrored": {"region": "soft field", "mirror": True},
        "ResizeMix with CutMix's law": {"region": "box", "shrink": True},
    },
    exemptions={
        "brightness": "label by lam or whole A is a choice here, and neither follows what the "
        "frame and the rounding leave of A",
    },
)  # fmt: skip
class FreeMix(Method):
    pairing: str = choice(
        *WITHOUT_FEATURES, help="Who is the partner; two photos alone are always each other's"
    )
    alpha: float = shape(1.0, help="Shape of Beta(alpha, alpha), the law of A's share")
    region: str = choice(
        "field", "whole", "box", "cells", "bump", "soft field", help="Where B goes"
    )
    decay: float = real(
        3.0, 1.0, 6.0, step=0.1, help="How fast the field's fine detail fades",
        when=("region", ("field", "soft field")),
    )  # fmt: skip
    sharpness: float = real(
        4.0, 0.0, 40.0, step=0.5, help="How steep the soft field is cut; 0 is an even blend",
        when=("region", ("soft field",)),
    )  # fmt: skip
    cells: int = integer(7, 2, 28, help="Cells a side", when=("region", ("cells",)))
    shrink: bool = flag(
        False, help="Shrink all of B into the box, instead of cutting", when=("region", ("box",))
    )
    mirror: bool = flag(False, help="Mirror B first")
    label: str = choice("area", "lam", "whole A", help="What A's label is worth")

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.draw_partners(self.pairing, batch, rng)
        lam = ratio.draw_beta(batch, self.alpha, rng)
        drawn = not {"box", "mask"} & set(batch.given)
        chosen = self._region(batch, lam, rng)
        w_a = {"area": None, "lam": label.by_lam(lam), "whole A": label.hard_weight(batch)}[
            self.label
        ]
        return Plan(
            index,
            chosen,
            lam=lam if drawn else None,
            w_a=None if self.label == "lam" and not drawn else w_a,
            warp=self._warp(batch),
        )

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha

    def _region(self, batch: Batch, lam: np.ndarray, rng: Rng) -> Region:
        if "mask" in batch.given:
            return Dense(batch.given["mask"])
        if "box" in batch.given or self.region == "box":
            return region.draw_box(batch, (1 - lam) ** 0.5, rng)
        match self.region:
            case "whole":
                return Whole(lam, batch.size)
            case "cells":
                return region.draw_cells(batch, lam, self.cells, rng)
            case "bump":
                return region.draw_bump(batch, rng, lam=lam)
            case "soft field":
                return region.draw_soft_field(batch, lam, self.decay, self.sharpness, rng)
        return region.draw_fourier(batch, lam, self.decay, rng)

    def _warp(self, batch: Batch) -> Warp | None:
        shrunk = self.shrink and (self.region == "box" or "box" in batch.given)
        warps: list[Warp] = [View([[("flip", ())]] * len(batch))] if self.mirror else []
        warps += [Resize()] if shrunk else []
        return Then(*warps) if len(warps) == 2 else warps[0] if warps else None
