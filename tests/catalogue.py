"""Every method of classes, in every variant that its declarations allow: what laws run over.

Those of real labels alone have laws of their own; ALL_KEYS has their keys, too.

PAIRS plan two sources (Plan), MANY plan any number (PlanK); each has a file of laws.
"""

from functools import cache
from typing import Any

import torch

import mixcore
from mixcore import Batch
from mixcore.evidence.models.hidden_features import WIDTHS
from mixcore.params import Param
from mixcore.plan_k import PlanK
from mixcore.registry import Method, find_class

ALL_KEYS = mixcore.methods()
KEYS = mixcore.methods("classes")


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


def switched_on(cls: type[Method], param: Param) -> dict[str, Any]:
    """What the other parameters must be for this one to matter."""
    if param.when is None:
        return {}
    name, values = param.when
    upper = next(p for p in cls.params() if p.name == name)
    return {**switched_on(cls, upper), name: values[0]}


def variants(key: str) -> list[Method]:
    """The method with its defaults, and with each parameter turned, one at a time."""
    cls = find_class(key)
    turned = [{**switched_on(cls, p), p.name: v} for p in cls.params() for v in others(p)]
    return [cls()] + [cls(**parameters) for parameters in turned if legal(cls, parameters)]


def legal(cls: type[Method], parameters: dict[str, Any]) -> bool:
    """Whether the rules between parameters allow these."""
    try:
        cls(**parameters)
    except ValueError:
        return False
    return True


def probe(b: int = 4, h: int = 16, w: int = 16, **given: Any) -> Batch:
    """A batch with all that any method may need: labels, objects and the ground behind them."""
    x = torch.rand(b, 3, h, w, generator=torch.Generator().manual_seed(b))
    return furnished(x, torch.arange(b) % 4, **given)


def furnished(x: torch.Tensor, y: torch.Tensor | None = None, **given: Any) -> Batch:
    """A batch of these images, each with an object in its middle, and maps of other places."""
    b, _, h, w = x.shape
    alpha = torch.zeros(b, 1, h, w)
    alpha[:, :, h // 4 : h - h // 4, w // 3 : w - w // 3] = 1
    cells = torch.arange(b)[:, None] * 7 + torch.arange(16)  # another peak in every image
    maps = {
        "cam": (cells * 5 % 17).float().view(b, 1, 4, 4),
        "attention": (1 + cells * 3 % 16).float().view(b, 1, 4, 4),
        "saliency": (cells * 11 % 16).float().view(b, 1, 4, 4),
    }
    evidence = {name: value.to(x.device) for name, value in {"object": alpha, **maps}.items()}
    hidden = {name: draw_features(b, width).to(x.device) for name, width in WIDTHS.items()}
    return Batch(x, y, evidence=evidence, grounds=x.flip(-1), given=given, hidden=hidden)


@cache
def draw_features(b: int, width: int) -> torch.Tensor:
    """Features of b images, others in each; of very many the same, so that they take no memory."""
    random = torch.Generator().manual_seed(width)
    found = 2 * torch.randn(1 if b > 1000 else b, width, 3, 3, generator=random)
    return found.expand(b, -1, -1, -1)


ALL = [v for key in KEYS for v in variants(key)]
MANY_KEYS = tuple(k for k in KEYS if isinstance(find_class(k)().plan(probe(), 0), PlanK))
PAIR_KEYS = tuple(k for k in KEYS if k not in MANY_KEYS)
PAIRS = [v for v in ALL if v.info.key in PAIR_KEYS]
MANY = [v for v in ALL if v.info.key in MANY_KEYS]
