"""Manifold Mixup: Mixup of hidden features, at a layer drawn anew for every batch.

Paper: Verma, Lamb, Beckham, Najafi, Mitliagkas, Lopez-Paz, Bengio, "Manifold Mixup: Better
Representations by Interpolating Hidden States", ICML 2019, section 2: a layer k is drawn from a set
of eligible layers, 0 being the input; both samples are run up to k, their features and labels are
mixed with lam ~ Beta(alpha, alpha), and the network goes on from there.

It is Mixup's own Plan with a depth: `with mixcore.Space(model, layers).mixing(plan): model(x)`.
The layers are yours to name; OpenMixup draws from the input and the first two stages, which are
the defaults here. One lam a sample; the released code has one for the batch (PerBatch).
"""

from mixcore import pair, ratio
from mixcore.batch import Batch
from mixcore.params import integer, shape
from mixcore.plan import Plan
from mixcore.regions.shapes import Whole
from mixcore.registry import Method, method
from mixcore.rng import Rng, make_streams


@method(
    "Manifold Mixup",
    family="Features",
    paper="Manifold Mixup: Better Representations by Interpolating Hidden States",
    authors="Verma et al.",
    year=2019,
    summary="Two photos are mixed inside the network, at a layer drawn for every batch.",
    look="There is no mixed photo to see: the deeper the layer, the less of the pixels is left in "
    "what is mixed.",
    space="features",
    presets={
        "CIFAR-100, ResNet-18 (OpenMixup)": {"alpha": 2.0, "first_layer": 0, "last_layer": 2},
        "ImageNet, ResNet (OpenMixup)": {"alpha": 0.2, "first_layer": 0, "last_layer": 2},
        "CUB and Aircraft (OpenMixup)": {"alpha": 0.5, "first_layer": 0, "last_layer": 2},
    },
    says=(
        "CIFAR-100, ResNet-18: 79.18 % after 200 epochs, 80.35 % after 800; without mixing 76.42 "
        "and 78.04 %, with Mixup 78.52 and 79.12 % (OpenMixup's tables).",
    ),
)
class ManifoldMixup(Method):
    alpha: float = shape(
        2.0, help="Shape of Beta(alpha, alpha): large keeps mixes near half and half",
        source="CIFAR rows of OpenMixup",
    )  # fmt: skip
    first_layer: int = integer(
        0, 0, 8, help="Shallowest layer that may be drawn; 0 is the photo itself"
    )
    last_layer: int = integer(2, 0, 8, help="Deepest layer that may be drawn", source="OpenMixup")

    def check(self) -> None:
        if self.first_layer > self.last_layer:
            raise ValueError(
                "ManifoldMixup.first_layer must be at most ManifoldMixup.last_layer, "
                f"got {self.first_layer} > {self.last_layer}."
            )

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        random = make_streams(rng)
        index = pair.shuffle_batch(batch, random)
        lam = ratio.draw_beta(batch, self.alpha, random)
        places = 1 + self.last_layer - self.first_layer
        depth = self.first_layer + int(random.stage("layer").random() * places)
        return Plan(index, Whole(lam, batch.size), lam=lam, depth=depth)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
