"""Decoupled Mixup: cross-entropy, and each class of a mix scored without the other one.

Paper: Liu et al., "Harnessing hard mixed samples with decoupled regularizer", NeurIPS 2023; the
formula and what the released code does otherwise are in mixcore.losses.decoupled_mixup.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from mixcore.losses.decoupled_mixup import decoupled_term
from mixcore.moment import Losses, Moment, Players, Setting
from mixcore.objectives import Objective, objective
from mixcore.params import choice, real
from mixcore.plan import Plan


@objective(
    "Decoupled Mixup",
    paper="Harnessing Hard Mixed Samples with Decoupled Regularizer",
    authors="Liu et al.",
    year=2023,
    summary="Name both pictures of a mix, and score each as if the other were not there.",
    mixes="needed",
    sources=2,
    losses={"cross_entropy": "Cross-entropy", "decoupled": "Decoupled term"},
    cost="One pass a step, as plain Mixup.",
    presets={
        "OpenMixup, base": {"eta": 0.1, "power": 1.0, "mode": "both"},
        "CIFAR-100, ResNet-18, Mixup": {"eta": 0.01, "power": 0.5, "mode": "more"},
        "CIFAR-100, ResNet-18, CutMix": {"eta": 0.1, "power": 0.5, "mode": "less"},
        "CIFAR-100, ResNet-18, FMix": {"eta": 0.01, "power": 0.0, "mode": "less"},
        "CIFAR-100, ResNet-18, Manifold Mixup": {"eta": 0.01, "power": 0.0, "mode": "more"},
        "CIFAR-100, ResNet-18, ResizeMix": {"eta": 0.1, "power": 0.5, "mode": "less"},
        "CIFAR-100, ResNet-18, SaliencyMix": {"eta": 0.01, "power": 0.0, "mode": "less"},
        "CIFAR-100, ResNeXt-50, CutMix": {"eta": 0.1, "power": 1.0, "mode": "both"},
        "CIFAR-100, ResNeXt-50, FMix": {"eta": 0.5, "power": 0.0, "mode": "both"},
    },
    says=(
        "With it static mixing reaches dynamic methods or exceeds them at no extra computation, on "
        "seven data sets (abstract).",
    ),
)
class Decoupled(Objective):
    """CE(mix, soft label) - eta (w_a^t log phi_a + w_b^t log phi_b), in nats."""

    eta: float = real(
        0.1, 0.0, 1.0, help="Weight of the term; 0 is cross-entropy", source="OpenMixup"
    )
    power: float = real(
        1.0, 0.0, 2.0, title="Power of the share",
        help="t: how fast a class's weight falls with its share; at 0 both weigh alike",
        source="OpenMixup",
    )  # fmt: skip
    mode: str = choice(
        "both", "less", "more", title="Classes",
        titles={"both": "Both", "less": "The weaker one", "more": "The stronger one"},
        help="Whose term is added", source="OpenMixup",
    )  # fmt: skip
    threshold: float = real(
        0.5, 0.0, 1.0, when=("mode", ("less", "more")), source="OpenMixup",
        help="A's share below which it is the weaker one",
    )  # fmt: skip

    def build(self, setting: Setting) -> Players | None:
        """It owns nothing; two classes are refused, as the term would be 0."""
        if setting.k == 2:
            raise ValueError(
                "Decoupled Mixup leaves one class of a mix out, and of two classes nothing is left "
                "to score the other against: take data of more classes, or cross-entropy."
            )
        return None

    def compute_losses(self, moment: Moment) -> Losses:
        """Cross-entropy alone where the run does not mix now."""
        logits, plan = moment.forward(moment.draw_plan())
        target = moment.target(plan)
        terms = {"cross_entropy": F.cross_entropy(logits, target)}
        if plan is not None:
            assert isinstance(plan, Plan)  # as it is of two sources
            terms["decoupled"] = self._score_apart(moment, logits, plan)
        return Losses(terms, logits, target, plan)

    def _score_apart(self, moment: Moment, logits: Tensor, plan: Plan) -> Tensor:
        w_a, w_b = plan.w_a.to(logits), plan.w_b.to(logits)
        return decoupled_term(
            logits, moment.y, moment.y[plan.index.to(moment.y.device)],
            w_a / (w_a + w_b).clamp(min=1e-6),  # as weights need not sum to 1
            eta=self.eta, power=self.power, mode=self.mode, threshold=self.threshold,
        )  # fmt: skip
