"""AugMix's loss: name the clean picture, and see its mixes alike.

Paper: Hendrycks, Mu, Cubuk, Zoph, Gilmer, Lakshminarayanan, "AugMix: A Simple Data Processing
Method to Improve Robustness and Uncertainty", ICLR 2020, section 3. As in the authors' code the
clean pictures and both mixes go through the model as one batch, so that norms see all three.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F

from mixcore.loss import jensen_shannon
from mixcore.moment import Losses, Moment
from mixcore.objectives import Objective, objective
from mixcore.params import real


@objective(
    "Jensen-Shannon consistency",
    paper="AugMix: A Simple Data Processing Method to Improve Robustness and Uncertainty",
    authors="Hendrycks et al.",
    year=2020,
    summary="Name the clean picture, and see two mixes of it with itself alike.",
    mixes="needed",
    sources=1,
    losses={"cross_entropy": "Cross-entropy, clean", "consistency": "Jensen-Shannon divergence"},
    cost="The pictures and two mixes of them in one pass: three times its time and memory.",
)
class JensenShannon(Objective):
    """CE(clean) + weight * JS(clean, mix, mix), in nats."""

    weight: float = real(
        12.0, 0.0, 50.0, step=0.5, help="Weight of the divergence", source="the authors' code"
    )

    def compute_losses(self, moment: Moment) -> Losses:
        """Of the clean batch alone where the run does not mix now."""
        plans = [moment.draw_plan(i) for i in range(2)]
        target = moment.target(None)
        x = moment.batch.x
        mixes = [plan.apply(x) for plan in plans if plan is not None]
        clean, *mixed = moment.predict(torch.cat([x, *mixes])).chunk(1 + len(mixes))
        terms = {"cross_entropy": F.cross_entropy(clean, target)}
        if mixed:
            terms["consistency"] = self.weight * jensen_shannon(clean, *mixed)
        return Losses(terms, clean, target)
