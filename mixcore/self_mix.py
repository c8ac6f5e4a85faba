"""Self mixes: every source is a view of the sample itself, so its label stays whole."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mixcore import pair
from mixcore.batch import Batch
from mixcore.plan_k import PlanK
from mixcore.regions.partition import Share
from mixcore.warps.geometry import Warp


def plan_views(batch: Batch, share: Share, views: Sequence[Warp | None]) -> PlanK:
    """The mix of these views of each sample; None is the sample as it is.

    Source 0 bears the whole label. The shares would give the same, but for rounding.
    """
    index = np.stack([pair.pair_with_itself(batch)] * len(views), 1)
    worth = np.zeros(index.shape)
    worth[:, 0] = 1
    return PlanK(index, share, w=worth, warps=views)
