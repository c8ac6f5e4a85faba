"""Parameters of methods, objectives and observers as the form of a training run offers them."""

from __future__ import annotations

from mixcore import registry
from mixcore.evidence.models.hybrid import READABLE
from mixcore.objectives import find_objective
from mixcore.params import Param
from mixcore.train.networks import VIT
from mixcore.train.observe import find_observer


def list_params(method: str, model: str = "hybrid_vit") -> tuple[Param, ...]:
    """The method's declared parameters, with the ranges that a model of this name allows.

    The bundled model, which judges audits, is such a hybrid.
    """
    known = {"hybrid_vit": READABLE[True], "small_vit": VIT}.get(model, {})
    return tuple(param.narrow(known) for param in registry.find_class(method).params())


def list_objective_params(key: str) -> tuple[Param, ...]:
    """The objective's declared parameters."""
    return find_objective(key).params()


def list_observer_params(key: str) -> tuple[Param, ...]:
    """The observer's declared parameters."""
    return find_observer(key).params()
