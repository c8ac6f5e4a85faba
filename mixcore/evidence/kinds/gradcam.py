"""Grad-CAM: any layer's features, weighted by how much the class asks for each of them.

Paper: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
Localization", ICCV 2017: a channel's weight is the mean gradient of the class's logit over
places; the map is the positive part of the weighted sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from mixcore.evidence.kinds import MODEL, kind
from mixcore.evidence.kinds.attention import hook_modules, name_model, on_grid
from mixcore.evidence.kinds.cam import choose_classes
from mixcore.evidence.map import Evidence
from mixcore.evidence.timing import Clock
from mixcore.unwrap import unwrap_model


@kind("grad-cam", "Grad-CAM", needs=MODEL, cost="a backward pass", asks=True)
@dataclass(frozen=True)
class GradCAM:
    """Provider: x (b, 3, h, w) as the model takes it, and classes y (b,), or the likeliest ones.

    layer  a name of model.named_modules() whose output is a map (b, c, h, w) or tokens (b, n, c);
           None takes the last convolution's, or what the last block of a transformer reads

    Tokens are set back on their grid, class and register tokens left out; done without that, a
    transformer's map is a single row. Cost: beside a bare forward pass. ValueError for a layer
    that is not there, that the model does not call, or that the class does not look at.
    """

    model: nn.Module
    layer: str | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "model", unwrap_model(self.model))
        layer = self.layer or usual_layer(self.model)
        if layer not in dict(self.model.named_modules()):
            raise ValueError(f"{name_model(self.model)} has no layer {layer!r} for Grad-CAM.")
        object.__setattr__(self, "layer", layer)

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        seen: list[Any] = []

        def keep(module: nn.Module, inputs: Any, output: Any) -> Any:
            """The model goes on with a copy: an operation in place would overwrite what is kept."""
            seen.append(output)
            return output.clone() if isinstance(output, Tensor) else output

        hook = dict(self.model.named_modules())[str(self.layer)].register_forward_hook
        with torch.inference_mode(False), torch.enable_grad():
            picture = x.detach().clone().requires_grad_()
            with hook_modules((hook, keep)):
                logits = self.model(picture)
            clock = Clock(x)
            output = self._output(seen)
            wanted = choose_classes(logits, y)
            score = logits.gather(1, wanted[:, None]).sum()
            (slope,) = torch.autograd.grad(score, output, allow_unused=True)
        found = self._maps(output.detach(), x)
        slope = None if slope is None else self._maps(slope, x)
        if slope is None or not bool(slope.any()):
            raise ValueError(
                f"{name_model(self.model)} does not look at the places of {self.layer!r}: take "
                f"another layer, such as {usual_layer(self.model)!r}."
            )
        weight = slope.mean((2, 3), keepdim=True)
        return Evidence(
            (weight * found).sum(1, keepdim=True).clamp(min=0),
            name=f"Grad-CAM of the {'likeliest' if y is None else 'given'} class",
            model=name_model(self.model),
            layer=str(self.layer),
            cost=clock.cost(),
        )

    def _output(self, seen: list[Any]) -> Tensor:
        """What the layer gave in its last run, which must be a tensor with a gradient."""
        if not seen:
            raise ValueError(f"{name_model(self.model)} never calls its layer {self.layer!r}.")
        if not isinstance(seen[-1], Tensor) or not seen[-1].requires_grad:
            raise ValueError(
                f"The output of {self.layer!r} cannot be differentiated: take another layer, such "
                f"as {usual_layer(self.model)!r}."
            )
        return seen[-1]

    def _maps(self, output: Tensor, x: Tensor) -> Tensor:
        """What the layer gives as maps (b, c, h, w), float32."""
        if output.ndim == 4:
            last = "NHWC" in str(getattr(self.model, "output_fmt", ""))
            return (output.movedim(-1, 1) if last else output).float()
        if output.ndim != 3:
            raise ValueError(
                f"{self.layer!r} gives {tuple(output.shape)}: neither maps (b, c, h, w) nor tokens."
            )
        b, n, c = output.shape
        tokens = output.movedim(2, 1).reshape(b * c, n)
        frame = (x.shape[-2], x.shape[-1])
        try:
            grid = on_grid(tokens[:, getattr(self.model, "num_prefix_tokens", 0) :], frame)
        except ValueError:  # a layer before the class token joins
            grid = on_grid(tokens, frame)
        return grid.reshape(b, c, *grid.shape[-2:])


def usual_layer(model: Any) -> str:
    """Where Grad-CAM is usually taken; ValueError for a model without such a layer."""
    modules = dict(model.named_modules())
    blocks = [name for name in modules if name.rpartition(".")[2] == "norm1" and "blocks." in name]
    if getattr(model, "num_prefix_tokens", None) is not None and blocks:
        return blocks[-1]
    last: str = (getattr(model, "feature_info", None) or [{}])[-1].get("module", "")
    for name in (f"inner.{last}", last):
        if last and name in modules:
            return name
    maps = [name for name, m in modules.items() if isinstance(m, nn.Conv2d | nn.BatchNorm2d)]
    if not maps:
        raise ValueError(
            f"{name_model(model)} has no convolution and no blocks for Grad-CAM to look at."
        )
    return maps[-1]
