"""Teachers: frozen networks that an objective learns from."""

from __future__ import annotations

import torch
from torch import nn

from mixcore.taught import Taught
from mixcore.train.in_memory import Data
from mixcore.train.training_request import TrainingRequest


def find_teacher(
    taught: Taught, request: TrainingRequest, data: Data, device: torch.device
) -> nn.Module:
    """The frozen network that the objective's words name, for pictures of this data.

    ValueError says in a sentence why there is none.
    """
    raise ValueError(f"There is no teacher {taught.teacher!r} yet.")
