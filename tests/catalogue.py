"""Every registered method, in every variant that its declarations allow: what laws run over."""

from typing import Any

import mixcore
from mixcore.params import Param
from mixcore.registry import Method, get

KEYS = mixcore.methods()


def others(param: Param) -> list[Any]:
    """Legal values of a parameter other than its default."""
    if param.kind == "flag":
        return [not param.default]
    if param.kind == "choice":
        return [o for o in param.options if o != param.default]
    assert param.low is not None
    assert param.high is not None
    middle = (param.low + param.high) / 2
    values = [param.low, param.high, int(middle) if param.kind == "integer" else middle]
    return [v for v in values if v != param.default]


def variants(key: str) -> list[Method]:
    """The method with its defaults, and with each parameter turned, one at a time."""
    cls = get(key)
    turned = [{p.name: v} for p in cls.params() for v in others(p)]
    return [cls()] + [cls(**parameters) for parameters in turned if _legal(cls, parameters)]


def _legal(cls: type[Method], parameters: dict[str, Any]) -> bool:
    try:
        cls(**parameters)
    except ValueError:
        return False
    return True


ALL = [v for key in KEYS for v in variants(key)]
