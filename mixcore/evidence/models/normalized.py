"""A model that takes pictures in [0, 1], whatever it was trained on."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from mixcore.moved import find_renamed

__getattr__ = find_renamed(__name__)


class Normalized(nn.Module):
    """The model behind its own normalisation: pictures (b, 3, h, w) in [0, 1] to its output.

    mean and std are the channels' own, by default those of timm's `pretrained_cfg`.
    Everything else of the model (blocks, classifier, ...) is found here too; it is not copied.
    Raises ValueError where neither the model nor the caller says them.
    """

    name: str  # where it was given one of its own

    def __init__(
        self,
        model: nn.Module,
        mean: Sequence[float] | None = None,
        std: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        known: Any = getattr(model, "pretrained_cfg", None) or {}
        mean, std = mean or known.get("mean"), std or known.get("std")
        if mean is None or std is None:
            raise ValueError(
                f"{type(model).__name__} does not say its normalisation; give mean and std."
            )
        self.inner = model
        self.register_buffer("_mean", torch.tensor(mean).view(-1, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(std).view(-1, 1, 1), persistent=False)
        self.training = model.training

    def forward(self, x: Tensor) -> Tensor:
        return self.inner(self._normal(x))

    def forward_features(self, x: Tensor) -> Tensor:
        """The model's last features, where it is one of timm's."""
        return self.inner.forward_features(self._normal(x))  # type: ignore[operator]

    def _normal(self, x: Tensor) -> Tensor:
        mean, std = self._buffers["_mean"], self._buffers["_std"]
        assert mean is not None
        assert std is not None
        return (x - mean.to(x)) / std.to(x)

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            if name == "inner":  # not there yet
                raise
            return getattr(self.inner, name)


def lite0(device: torch.device | str = "cpu") -> Normalized:
    """EfficientNet-Lite0 as `mixcore.naming` has it in memory, for pictures in [0, 1]."""
    from mixcore import naming

    return Normalized(naming.load(device).model).eval()


def fold_norms(model: nn.Module) -> nn.Module:
    """A copy, for use in eval mode, whose batch norms are part of the convolutions before them.

    The same but for rounding; one picture on a CPU takes two thirds of the time.
    """
    model = copy.deepcopy(model)
    for module in list(model.modules()):
        for (name, conv), (norm_name, norm) in pairwise(list(module.named_children())):
            if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                setattr(module, name, fuse_conv_bn_eval(conv, norm))
                setattr(module, norm_name, getattr(norm, "act", nn.Identity()))
    return model.requires_grad_(False)
