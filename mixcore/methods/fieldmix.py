"""Field mix: A's share of every pixel follows a random smooth field, between Mixup and FMix.

Ours. The field f is FMix's with mean 0 and variance 1, and A's share of a pixel is
sigmoid(sharpness f + c), with c such that the mean is lam ~ Beta(alpha, alpha). Sharpness 0 is
Mixup, and the sharper, the nearer to FMix's mask of the same seed. c is found on a coarse grid, and
the label follows the realised mean: within 0.004 of lam at decay 3 and up, 0.03 at decay 1.

Smooth fields as strengths of an augmentation, pixel by pixel, are the idea of Mansfield et al.,
"Random Field Augmentations for Self-Supervised Representation Learning", 2023, who change one
image with them; mixing two is not in that paper.
"""

from mixcore import pair, ratio, region
from mixcore.batch import Batch
from mixcore.params import real, shape
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "Field mix",
    family="Free form",
    paper="FMix's field as a soft mask, after Random Field augmentations",
    authors="MixScope",
    year=2026,
    summary="Each pixel has a share of A of its own, by a smooth random field; its mean is the "
    "label.",
    look="Turn sharpness: at 0 every pixel is the same blend, as in Mixup; at 40 islands stand "
    "out, as in FMix.",
    given=("index", "lam", "mask"),
    presets={
        "As Mixup": {"sharpness": 0.0},
        "Soft islands": {"sharpness": 4.0},
        "Nearly FMix": {"sharpness": 40.0},
    },
)
class FieldMix(Method):
    alpha: float = shape(
        1.0, help="Shape of Beta(alpha, alpha): small leaves one photo almost alone",
    )  # fmt: skip
    decay: float = real(
        3.0, 1.0, 6.0, step=0.1, help="How fast fine detail fades: 1 is crumbs, 3 islands",
        source="FMix",
    )  # fmt: skip
    sharpness: float = real(
        4.0, 0.0, 40.0, step=0.5, help="How steeply A turns into B: 0 is an even blend, 40 an edge"
    )

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        lam = ratio.draw_beta(batch, self.alpha, rng)
        field = region.draw_soft_field(batch, lam, self.decay, self.sharpness, rng)
        return Plan(index, field, lam=None if "mask" in batch.given else lam)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
