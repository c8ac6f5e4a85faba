"""What a method of a training run can be asked to do differently."""

from __future__ import annotations

from mixcore import registry
from mixcore.params import Param


def params(method: str) -> tuple[Param, ...]:
    """The method's declared parameters."""
    return registry.get(method).params()
