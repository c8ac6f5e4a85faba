"""netcal, called for comparison only; torchmetrics needs no help.

netcal's scaling imports tensorboard's writer, which a fit never opens, so one stands in.
"""

from functools import cache
from types import ModuleType
from typing import Any

import pytest


@cache
def netcal() -> Any:
    """Its ECE, MCE, ACE and TemperatureScaling, as attributes."""
    writer: Any = ModuleType("torch.utils.tensorboard")
    writer.SummaryWriter = None
    with pytest.MonkeyPatch.context() as patch:
        import sys

        patch.setitem(sys.modules, writer.__name__, writer)
        from netcal import metrics, scaling

        found: Any = ModuleType("peer")
        found.ECE, found.MCE, found.ACE = metrics.ECE, metrics.MCE, metrics.ACE
        found.TemperatureScaling = scaling.TemperatureScaling
    return found
