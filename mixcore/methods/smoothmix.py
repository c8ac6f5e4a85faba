"""SmoothMix: B shows through a Gaussian bump; no edge tells where the photos meet.

Paper: Lee, Zaheer, Astrid, Lee, "SmoothMix: A Simple Yet Effective Data Augmentation to Train
Robust Classifiers", CVPR Workshops 2020: x = (1 - k) A + k B with k a Gaussian of peak 1, its
centre uniform over the frame, sigma ~ U(0.25, 0.5) of the side; labels by the mean of k.

OpenMixup's port gives A the weight mean(k), which is B's share: its labels are the wrong way
round. It draws alpha's Beta and never uses it, takes square frames of even side only, and centres
on corners between pixels, one for the batch; here the centre is any point, and sigma is taken of
each own side. A given lam fixes sigma, outside the range too.
"""

from mixcore import pair, ratio, region
from mixcore.batch import Batch
from mixcore.params import real
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "SmoothMix",
    family="Free form",
    paper="SmoothMix: A Simple Yet Effective Data Augmentation to Train Robust Classifiers",
    authors="Lee et al.",
    year=2020,
    summary="B shows through a soft round bump; the label follows the bump's mean.",
    look="There is no edge to learn, but at the centre of the bump nothing is left of A.",
    given=("index", "lam", "mask"),
    presets={"All data sets (OpenMixup)": {"low": 0.25, "high": 0.5}},
    says=(
        "CIFAR-100, ResNet-18: 77.90 % after 200 epochs and 78.69 % after 800, against 76.42 % "
        "and 78.04 % without mixing (OpenMixup's tables, made with the inverted labels).",
    ),
)
class SmoothMix(Method):
    low: float = real(
        0.25, 0.05, 0.5, help="Narrowest bump: its sigma as a share of the side",
        source="OpenMixup",
    )  # fmt: skip
    high: float = real(
        0.5, 0.25, 1.0, help="Widest bump: its sigma as a share of the side", source="OpenMixup"
    )

    def check(self) -> None:
        if self.low > self.high:
            raise ValueError(
                f"SmoothMix.low must be at most SmoothMix.high, got {self.low} > {self.high}."
            )

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        sigma = ratio.draw_uniform(batch, self.low, self.high, rng)
        lam = ratio.get_given(batch) if "lam" in batch.given else None
        bump = region.draw_bump(batch, rng, sigma=sigma, lam=lam)
        return Plan(index, bump, lam=None if "mask" in batch.given else lam)
