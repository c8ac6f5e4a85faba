"""FMix: B shows through the low parts of a random smooth field; the label follows the area.

Paper: Harris, Marcu, Painter, Niranjan, Prugel-Bennett, Hare, "FMix: Enhancing Mixed Sample Data
Augmentation", 2020: white noise with amplitude 1 / f ** decay, back to pixels, and the
lam h w highest pixels are A's (rounded up or down by a fair coin).

The released code makes one mask for the whole batch (PerBatch(FMix())) and labels by lam; here
each sample has its own mask, and the label is the mask's mean, which differs by at most one pixel.
That code also takes real and imaginary parts from the first two rows of the frequency grid instead
of its last axis, so its fields hold no wave across the frame but the longest; the field here is the
paper's, alike in all directions, of the frequencies that move edges (see mixcore.regions.fourier).
With reformulate, lam is Beta(alpha + 1, alpha) and the label is A's alone: the same expected loss,
as in the code.
"""

from mixcore import label, pair, ratio, region
from mixcore.batch import Batch
from mixcore.params import flag, real, shape
from mixcore.plan import Plan
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "FMix",
    family="Free form",
    paper="FMix: Enhancing Mixed Sample Data Augmentation",
    authors="Harris et al.",
    year=2020,
    summary="B shows through the low parts of a random smooth field; the label follows the area.",
    look="Turn decay: crumbs at 1, islands at 3. With a fixed seed, lam only lets the same shape "
    "grow.",
    given=("index", "lam", "mask"),
    presets={
        "Paper": {"alpha": 1.0, "decay": 3.0},
        "CIFAR-100, ResNet-18 (OpenMixup)": {"alpha": 0.2, "decay": 3.0},
        "CIFAR-100, ViT (OpenMixup)": {"alpha": 1.0, "decay": 3.0},
    },
    says=(
        "CIFAR-10, PyramidNet-200: 98.64 %, Mixup 97.92 %, without mixing 98.31 % (authors' "
        "README).",
        "ImageNet, ResNet-101: 76.72 %, Mixup 76.27 %, without mixing 76.51 % (authors' README).",
    ),
    exemptions={
        "brightness": "reformulate gives the whole label to A; B's share is in the law of lam",
        "nested": "max_soft narrows the edge towards lam 0 and 1, so a pixel on a wide edge may "
        "lose a little of A while A grows",
    },
)
class FMix(Method):
    alpha: float = shape(
        1.0, help="Shape of Beta(alpha, alpha): small leaves one photo almost alone",
        source="paper",
    )  # fmt: skip
    decay: float = real(
        3.0, 1.0, 6.0, step=0.1, help="How fast fine detail fades: 1 is crumbs, 3 islands",
        source="paper",
    )  # fmt: skip
    max_soft: float = real(
        0.0, 0.0, 0.5, help="Widest soft edge as a share of the frame; 0 is a hard edge",
        source="paper",
    )  # fmt: skip
    reformulate: bool = flag(
        False, help="Keep A's label whole and draw lam ~ Beta(alpha + 1, alpha)"
    )

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        p, q = self.lam_law()
        lam = ratio.draw_beta(batch, p, rng, beta=q)
        field = region.draw_fourier(batch, lam, self.decay, rng, soft=self.max_soft)
        w_a = label.hard_weight(batch) if self.reformulate else None
        return Plan(index, field, lam=None if "mask" in batch.given else lam, w_a=w_a)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha + self.reformulate, self.alpha
