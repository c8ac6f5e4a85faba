"""Parameters of a method as the form of a training run offers them."""

from __future__ import annotations

from mixcore import registry
from mixcore.evidence.models.hybrid import READABLE
from mixcore.params import Param
from mixcore.train.networks import VIT


def list_params(method: str, model: str = "hybrid_vit") -> tuple[Param, ...]:
    """The method's declared parameters, with the ranges that a model of this name allows.

    The bundled model, which judges audits, is such a hybrid.
    """
    known = {"hybrid_vit": READABLE[True], "small_vit": VIT}.get(model, {})
    return tuple(param.narrow(known) for param in registry.find_class(method).params())
