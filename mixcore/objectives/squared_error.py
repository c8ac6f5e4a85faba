"""Squared error on soft labels: what work on neural collapse compares cross-entropy with.

Fisher et al., "Pushing Boundaries: Mixup's Influence on Neural Collapse", ICLR 2024, note that with
it the features of mixes are the convex combinations of class means that cross-entropy avoids.
"""

from __future__ import annotations

from mixcore.losses.soft_squared import soft_squared_error
from mixcore.moment import Losses, Moment
from mixcore.objectives import Objective, objective


@objective(
    "Squared error",
    summary="Give the label itself, soft or plain, as the outputs, without a softmax.",
    losses={"squared_error": "Squared error, summed over classes"},
    cost="One pass a step.",
)
class SquaredError(Objective):
    """Mean over the batch of sum((outputs - target) ** 2).

    What is judged after an epoch reads a softmax of the outputs, so that its calibration says
    little; accuracy is that of the largest output.
    """

    def compute_losses(self, moment: Moment) -> Losses:
        """The loss of the batch as it is mixed, or of the clean one."""
        outputs, plan = moment.forward(moment.draw_plan())
        target = moment.target(plan)
        loss = soft_squared_error(outputs, target).mean()
        return Losses({"squared_error": loss}, outputs, target, plan)
