"""C-Mixup: Mixup for regression, whose partner is drawn by how near it is in label.

Paper: Yao, Wang, Zhang, Zou, Finn, "C-Mixup: Improving Generalization in Regression", NeurIPS 2022:
the partner j of i is drawn with P(j | i) proportional to exp(-d(i, j)^2 / (2 h^2)), d being the
distance of their labels; then x = lam x_i + (1 - lam) x_j and y = lam y_i + (1 - lam) y_j with
lam ~ Beta(alpha, alpha). A sample may be its own partner: with a bandwidth h near 0 it always is,
which is training without mixing; with a great one any partner is alike likely, which is Mixup.

Labels are measured in their standard deviation, that of each batch or `label_sd` of the data set,
so that h means the same everywhere. The released code takes them as they are, with another h for
every data set, so its values of h do not carry over. It draws partners from the whole training set,
by a table of n x n, or from the batch and a second one; here they come from the batch, and for a
table in memory pair.draw_by_label_kernel(y, h, rng, rows=...) draws from all of it. The code has
one lam a batch, which is PerBatch(CMixup()), here each sample has its own.
"""

from mixcore import pair, ratio
from mixcore.batch import Batch
from mixcore.label_kernel import BANDWIDTH
from mixcore.params import choice, real, shape
from mixcore.plan import Plan
from mixcore.regions.shapes import Whole
from mixcore.registry import Method, method
from mixcore.rng import Rng


@method(
    "C-Mixup",
    family="Blend",
    paper="C-Mixup: Improving Generalization in Regression",
    authors="Yao et al.",
    year=2022,
    summary="Samples near in label are mixed; the label is a number, shared in the same way.",
    look="Only what belongs close together shines through each other: faces of about one age.",
    labels="real",
    presets={
        "Released code": {"alpha": 2.0},
        "Released code, exchange rates": {"alpha": 1.5},
    },
    says=(
        "Against the best prior approach 6.56 % better in distribution, 4.76 % in task "
        "generalization, 5.82 % out of distribution (abstract of the paper).",
    ),
)
class CMixup(Method):
    alpha: float = shape(
        2.0, help="Shape of Beta(alpha, alpha): large keeps mixes near half and half",
        source="released code",
    )  # fmt: skip
    bandwidth: float = real(
        BANDWIDTH, 0.01, 10.0, log=True, accepts=(1e-9, 1e9),
        help="Width of the label kernel in standard deviations: small pairs equals, large anyone",
    )  # fmt: skip
    kernel: str = choice(
        "gaussian", "tophat", help="Partners grow rarer with distance, or end at the bandwidth",
        source="released code",
    )  # fmt: skip
    label_sd: float = real(
        0.0, 0.0, 100.0, accepts=(0.0, 1e12),
        help="Standard deviation of the data set's labels; 0 takes that of each batch",
    )  # fmt: skip

    def plan(self, batch: Batch, rng: Rng) -> Plan:
        index = pair.draw_by_label_kernel(
            batch, self.bandwidth, rng, kernel=self.kernel, sd=self.label_sd or None
        )
        lam = ratio.draw_beta(batch, self.alpha, rng)
        return Plan(index, Whole(lam, batch.size), lam=lam)

    def lam_law(self) -> tuple[float, float]:
        return self.alpha, self.alpha
