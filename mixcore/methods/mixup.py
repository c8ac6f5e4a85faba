"""Mixup: every pixel is a weighted mean of two images, and so is the label.

Paper: Zhang, Cisse, Dauphin, Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", ICLR 2018,
section 1: x = lam x_i + (1 - lam) x_j, y = lam y_i + (1 - lam) y_j, lam ~ Beta(alpha, alpha).

The released code draws one lam for the whole batch; here each sample draws its own, and
PerBatch(Mixup()) is the released way.
"""

from mixcore import pair, ratio
from mixcore.batch import Batch
from mixcore.params import shape
from mixcore.plan import Plan
from mixcore.regions.shapes import Whole
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "Mixup",
    family="Blend",
    paper="mixup: Beyond Empirical Risk Minimization",
    authors="Zhang et al.",
    year=2018,
    summary="Two photos shine through each other; the label is shared in the same proportion.",
    look="Both objects stay whole but faint: nothing is hidden, and nothing is quite real.",
    presets={
        "CIFAR, ResNet": {"alpha": 1.0},
        "ImageNet, ResNet": {"alpha": 0.2},
        "ImageNet, DeiT": {"alpha": 0.8},
    },
    says=(
        "CIFAR-100, ResNet-18: 78.52 % after 200 epochs, 79.34 % after 400, 79.12 % after 800; "
        "without mixing 76.42, 77.73 and 78.04 % (OpenMixup's tables).",
        "ImageNet, ResNet-50, 100 epochs: 77.12 %, without mixing 76.83 % (OpenMixup's tables).",
    ),
)
class Mixup(Method):
    alpha: float = shape(
        1.0, help="Shape of Beta(alpha, alpha): small leaves most images nearly pure",
        source="CIFAR in the paper; it uses 0.1 to 0.4 on ImageNet",
    )  # fmt: skip

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.shuffle_batch(batch, rng)
        lam = ratio.draw_beta(batch, self.alpha, rng)
        return Plan(index, Whole(lam, batch.size), lam=lam)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
