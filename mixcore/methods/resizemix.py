"""ResizeMix: the whole of B, made small, is pasted into A; the label follows the area.

Paper: Qin, Fang, Zhang, Liu, Wang, Wang, "ResizeMix: Mixing Data with Preserved Object Information
and True Labels", 2020: a scale tau ~ U(0.1, 0.8) of the sides, a uniform place.

There is no official code, and ports disagree on what is scaled. Here, as in OpenMixup, tau scales
B's sides, and B is squashed into what the frame leaves of the box, never cut; "shift" moves the box
inside instead. OpenMixup resizes by nearest neighbour; the default here is bilinear, antialiased.
A given lam fixes tau = sqrt(1 - lam), outside the range too.
"""

import numpy as np

from mixcore import pair, place, ratio
from mixcore.batch import Batch
from mixcore.params import choice, real
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng
from mixcore.warp import Resize


@method(
    "ResizeMix",
    family="Paste",
    paper="ResizeMix: Mixing Data with Preserved Object Information and True Labels",
    authors="Qin et al.",
    year=2020,
    summary="All of B, made small, is pasted into A; the label follows the area.",
    look="B's object is always there, at lower resolution; only A can lose its object.",
    given=("index", "lam", "box"),
)
class ResizeMix(Method):
    low: float = real(0.1, 0.05, 0.5, help="Smallest scale of B's sides", source="paper")
    high: float = real(0.8, 0.3, 1.0, help="Largest scale of B's sides", source="paper")
    interpolation: str = choice("bilinear", "nearest", help="How B is made small")
    on_border: str = choice(
        "squash", "shift", help="Where the box hangs over the frame: squash B into the rest of it, "
        "or move the box inside",
    )  # fmt: skip

    def check(self) -> None:
        if self.low > self.high:
            raise ValueError(
                f"ResizeMix.low must be at most ResizeMix.high, got {self.low} > {self.high}."
            )

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle(batch, rng)
        if "lam" in batch.given:
            tau = np.sqrt(1 - ratio.given(batch))
        else:
            tau = ratio.uniform(batch, self.low, self.high, rng)
        region = place.box(batch, tau, rng, inside=self.on_border == "shift")
        lam = None if "box" in batch.given else 1 - tau**2
        return Plan(index, region, lam=lam, warp=Resize(self.interpolation))
