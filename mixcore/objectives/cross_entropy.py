"""Cross-entropy with the labels of mixes, soft or plain."""

from __future__ import annotations

import torch.nn.functional as F

from mixcore.moment import Losses, Moment
from mixcore.objectives import Objective, objective


@objective(
    "Cross-entropy",
    summary="Name what is in the picture; of a mix, both in the shares of its label.",
    losses={"cross_entropy": "Cross-entropy"},
    cost="One pass a step.",
)
class CrossEntropy(Objective):
    """Mean over the batch of -sum(target * log softmax(logits)), in nats."""

    def compute_losses(self, moment: Moment) -> Losses:
        """The loss of the batch as it is mixed, or of the clean one."""
        logits, plan = moment.forward(moment.draw_plan())
        target = moment.target(plan)
        return Losses({"cross_entropy": F.cross_entropy(logits, target)}, logits, target, plan)
