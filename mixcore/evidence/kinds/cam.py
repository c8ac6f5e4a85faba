"""Class activation maps: what each place of the last features adds to a class; their mean.

Paper: Zhou et al., "Learning Deep Features for Discriminative Localization", CVPR 2016. It holds
for models that end in the mean over places and one linear layer: there the map's mean plus the
bias is the logit, which is checked on every model once.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mixcore.evidence.kinds import MAPS, kind, list_possible
from mixcore.evidence.kinds.attention import name_model
from mixcore.evidence.map import Evidence
from mixcore.evidence.timing import Clock
from mixcore.unwrap import unwrap_model

_fit: weakref.WeakSet[nn.Module] = weakref.WeakSet()


@kind("cam", "CAM", needs=MAPS, cost="next to nothing", asks=True)
@dataclass(frozen=True)
class CAM:
    """Provider: x (b, 3, h, w) as the model takes it, and classes y (b,), or the likeliest ones.

    model  one of timm's with a mean over places and a linear head, such as Lite0; y counts its
           classes. Wrap it in `Normalised` to give it pictures in [0, 1]
    floor  "zero" keeps what speaks for the class; "min" subtracts each map's least value, which
           keeps the order of all places, as SnapMix does

    The cost is beside a bare forward pass, of which the features come. ValueError for a model
    whose logits are not such a mean.
    """

    model: nn.Module
    floor: str = "zero"

    def __post_init__(self) -> None:
        if self.floor not in ("zero", "min"):
            raise ValueError(f"CAM.floor must be 'zero' or 'min', got {self.floor!r}.")

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        with torch.no_grad():
            features, head = last_features(self.model, x), _head(self.model)
            clock = Clock(x)
            if unwrap_model(self.model) not in _fit:
                self._check(x[:1], features[:1], head)
            wanted = choose_classes(head(features.mean((2, 3))), y)
            values = torch.einsum("bchw,bc->bhw", features, head.weight[wanted])[:, None].float()
            if self.floor == "min":
                values = values - values.amin((2, 3), keepdim=True)
        return Evidence(
            values.clamp(min=0),
            name=f"CAM of the {'likeliest' if y is None else 'given'} class",
            model=name_model(self.model),
            layer="last features",
            scale="raw" if self.floor == "zero" else "minus min",
            cost=clock.cost(),
        )

    def _check(self, x: Tensor, features: Tensor, head: nn.Linear) -> None:
        model = unwrap_model(self.model)
        ours, theirs = head(features.mean((2, 3))), model(x)
        if ours.shape != theirs.shape or not torch.allclose(ours, theirs, rtol=1e-2, atol=1e-3):
            raise ValueError(_cannot(self.model, "its logits are not a mean over places"))
        _fit.add(model)


@kind("features", "Mean of the last features", needs=MAPS, cost="next to nothing")
@dataclass(frozen=True)
class FeatureMean:
    """Provider: the mean over channels of the model's last features; asks for no class at all."""

    model: nn.Module

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        with torch.no_grad():
            features = last_features(self.model, x)
            clock = Clock(x)
            values = features.float().mean(1, keepdim=True).clamp(min=0)
        return Evidence(
            values, "mean of the last features", name_model(self.model), "last features",
            cost=clock.cost(),
        )  # fmt: skip


def last_features(model: Any, x: Tensor) -> Tensor:
    """The model's last features, (b, c, h, w); ValueError where it has none of that shape."""
    model = unwrap_model(model)
    if not hasattr(model, "forward_features"):
        raise ValueError(_cannot(model, "it has no forward_features, as timm's models do"))
    features: Tensor = model.forward_features(x)
    if features.ndim != 4 or "NHWC" in str(getattr(model, "output_fmt", "")):
        raise ValueError(_cannot(model, "its last features are no maps of channels"))
    return features


def choose_classes(logits: Tensor, y: Tensor | None) -> Tensor:
    """The classes asked for, (b,), or the likeliest ones; ValueError for one that is not there."""
    if y is None:
        return logits.argmax(1)
    b, k = logits.shape
    if y.shape != (b,) or int(y.min()) < 0 or int(y.max()) >= k:
        raise ValueError(
            f"y must be ({b},) of the model's own classes, 0 to {k - 1}; got {tuple(y.shape)} "
            f"of {int(y.min())} to {int(y.max())}."
        )
    return y.to(logits.device).long()


def _head(model: Any) -> nn.Linear:
    model = unwrap_model(model)
    head = model.get_classifier() if hasattr(model, "get_classifier") else None
    if not isinstance(head, nn.Linear):
        raise ValueError(_cannot(model, "it does not end in a linear layer"))
    return head


def _cannot(model: Any, reason: str) -> str:
    return (
        f"{name_model(model)} gives no class activation map ({reason}); it can give: "
        f"{', '.join(list_possible(model))}."
    )
