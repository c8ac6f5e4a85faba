"""mixcore: mixup-family augmentation as data.

A method writes a Plan (who, how much, where, worth what); applying it, making targets, drawing
it and testing it only read that Plan. Importing this package is cheap: torch is imported when
the first name that needs it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mixcore import moved
from mixcore.version import __version__ as __version__

moved.install_aliases()

if TYPE_CHECKING:
    from mixcore import loss
    from mixcore.audit.log import AuditLog
    from mixcore.batch import Batch
    from mixcore.hardware import device, devices
    from mixcore.methods import methods
    from mixcore.mixer import Mixer, mix
    from mixcore.plan import Plan
    from mixcore.plan_k import PlanK
    from mixcore.registry import Method
    from mixcore.registry import make_method as method
    from mixcore.seen import Seen
    from mixcore.space import Space
    from mixcore.wrappers import OneOf, Paired, PerBatch, Sometimes


_HOME = {
    "AuditLog": "audit.log.AuditLog",
    "Batch": "batch.Batch",
    "Method": "registry.Method",
    "Mixer": "mixer.Mixer",
    "OneOf": "wrappers.OneOf",
    "Paired": "wrappers.Paired",
    "PerBatch": "wrappers.PerBatch",
    "Plan": "plan.Plan",
    "PlanK": "plan_k.PlanK",
    "Seen": "seen.Seen",
    "Sometimes": "wrappers.Sometimes",
    "Space": "space.Space",
    "device": "hardware.device",
    "devices": "hardware.devices",
    "method": "registry.make_method",
    "mix": "mixer.mix",
}

__all__ = [
    "AuditLog",
    "Batch",
    "Method",
    "Mixer",
    "OneOf",
    "Paired",
    "PerBatch",
    "Plan",
    "PlanK",
    "Seen",
    "Sometimes",
    "Space",
    "device",
    "devices",
    "loss",
    "method",
    "methods",
    "mix",
]


def __getattr__(name: str) -> Any:
    if name in ("loss", "methods"):  # modules; calling methods lists their keys
        return import_module(f"mixcore.{name}")
    if name in _HOME:
        module, _, attribute = _HOME[name].rpartition(".")
        return getattr(import_module(f"mixcore.{module}"), attribute)
    raise AttributeError(f"module 'mixcore' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
