"""ResizeMix: the whole of B, made small, is pasted into A; the label follows the area.

Paper: Qin, Fang, Zhang, Liu, Wang, Wang, "ResizeMix: Mixing Data with Preserved Object Information
and True Labels", 2020: a scale tau ~ U(0.1, 0.8) of the sides, a uniform place.

There is no official code, and ports read 0.1 to 0.8 in two ways. "side", as in OpenMixup and in the
paper's words: tau scales B's sides, and B's mean area is 0.24. "area", as in mmpretrain: A's area
lam lies in the range, so B takes 0.2 to 0.9 of the frame. Both ports draw Beta(alpha, alpha) where
asked to: for a side, draws outside the range are drawn anew uniformly; for an area, the draw is
squeezed into the range. B is squashed into what the frame leaves of the box, never cut; "shift"
moves the box inside instead. The default resizing is bilinear, antialiased. OpenMixup's is torch's
"nearest", whose pixels lie up to half a step up and left of where they belong; "nearest" here is
torch's "nearest-exact", which has them in place. A given lam fixes tau = sqrt(1 - lam), outside the
range too.
"""

import numpy as np

from mixcore import pair, ratio, region
from mixcore.batch import Batch
from mixcore.params import choice, real, shape
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng, make_streams
from mixcore.warps.geometry import Resize


@method(
    "ResizeMix",
    family="Paste",
    paper="ResizeMix: Mixing Data with Preserved Object Information and True Labels",
    authors="Qin et al.",
    year=2020,
    summary="All of B, made small, is pasted into A; the label follows the area.",
    look="B's object is always there, at lower resolution; only A can lose its object.",
    given=("index", "lam", "box"),
    presets={
        "Paper": {"reading": "side", "law": "uniform"},
        "As in OpenMixup, CIFAR-100, but nearest-exact": {
            "reading": "side",
            "law": "beta",
            "alpha": 1.0,
            "interpolation": "nearest",
        },
        "As in mmpretrain": {"reading": "area", "law": "beta", "alpha": 1.0},
    },
    says=(
        "ImageNet, ResNet-50: 77.42 % after 100 epochs and 78.91 % after 300, CutMix 77.17 and "
        "78.69 % (OpenMixup's tables).",
        "CIFAR-100, DeiT-S: 68.45 %, CutMix 74.12 % (OpenMixup's tables).",
    ),
)
class ResizeMix(Method):
    low: float = real(0.1, 0.05, 0.5, help="Low end of the range", source="paper")
    high: float = real(0.8, 0.3, 1.0, help="High end of the range", source="paper")
    reading: str = choice(
        "side", "area", help="What the range limits: the scale of B's sides, or A's share of the "
        "area",
    )  # fmt: skip
    law: str = choice("uniform", "beta", help="How it is drawn from the range")
    alpha: float = shape(1.0, help="Shape of Beta(alpha, alpha)", when=("law", ("beta",)))
    interpolation: str = choice(
        "bilinear", "nearest", help="How B is made small; nearest is torch's nearest-exact"
    )
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
        index = pair.shuffle_batch(batch, rng)
        tau = np.sqrt(1 - ratio.get_given(batch)) if "lam" in batch.given else self._tau(batch, rng)
        box = region.draw_box(batch, tau, rng, inside=self.on_border == "shift")
        lam = None if "box" in batch.given else 1 - tau**2
        return Plan(index, box, lam=lam, warp=Resize(self.interpolation))

    def _tau(self, batch: Batch, rng: Rng) -> np.ndarray:
        """The scale of B's sides, by either reading of the range."""
        even = ratio.draw_uniform(batch, self.low, self.high, rng)
        drawn = even
        if self.law == "beta":
            drawn = ratio.draw_beta(batch, self.alpha, make_streams(rng).child("beta"))
            if self.reading == "area":
                drawn = self.low + (self.high - self.low) * drawn
            drawn = np.where((self.low <= drawn) & (drawn <= self.high), drawn, even)
        return drawn if self.reading == "side" else np.sqrt(1 - drawn)
