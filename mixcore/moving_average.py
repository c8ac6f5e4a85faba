"""Moving averages of a network's weights."""

from __future__ import annotations

import torch
from torch import nn


def update_average(average: nn.Module, model: nn.Module, decay: float) -> None:
    """One step of the average: decay * average + (1 - decay) * model; counts are copied."""
    with torch.no_grad():
        for old, new in zip(
            average.state_dict().values(), model.state_dict().values(), strict=True
        ):
            if old.is_floating_point():
                old.lerp_(new, 1 - decay)
            else:
                old.copy_(new)
