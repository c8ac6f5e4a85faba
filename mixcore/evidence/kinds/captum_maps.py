"""Gradient saliency, integrated gradients and occlusion, by Captum, for any model.

Captum refuses tensors made under inference_mode, so pictures are copied out of it first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from mixcore.evidence.kinds import MODEL, kind
from mixcore.evidence.kinds.attention import name_model
from mixcore.evidence.kinds.cam import choose_classes
from mixcore.evidence.map import Evidence
from mixcore.evidence.timing import Clock
from mixcore.unwrap import unwrap_model


@kind("saliency", "Gradient saliency", needs=MODEL, cost="2 passes", asks=True)
@dataclass(frozen=True)
class GradientSaliency:
    """Provider: how steeply the class's logit changes with each pixel, |gradient| over channels.

    Simonyan, Vedaldi, Zisserman 2014. One forward and one backward pass.
    """

    model: nn.Module

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        from captum.attr import Saliency

        with prepare_inputs(self.model, x, y) as (picture, wanted, clock):
            found = Saliency(unwrap_model(self.model)).attribute(
                picture.requires_grad_(), target=wanted
            )
        return _evidence(found.sum(1, keepdim=True), "gradient saliency", self.model, y, clock)


@kind(
    "integrated-gradients",
    "Integrated gradients",
    needs=MODEL,
    cost="64 passes: seconds",
    asks=True,
)
@dataclass(frozen=True)
class IntegratedGradients:
    """Provider: pixels' shares of the logit on the way from an even picture to this one.

    Sundararajan, Taly, Yan 2017. steps forward and backward passes: about 8 s a picture of 224
    pixels on one core with 50 of a small network. background is the even picture's grey, in the
    units of x.
    """

    model: nn.Module
    steps: int = 32
    background: float = 0.5

    def __post_init__(self) -> None:
        if self.steps < 2:
            raise ValueError(f"IntegratedGradients.steps must be >= 2, got {self.steps}.")

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        from captum.attr import IntegratedGradients as Integrated

        with prepare_inputs(self.model, x, y) as (picture, wanted, clock):
            found = Integrated(unwrap_model(self.model), multiply_by_inputs=True).attribute(
                picture,
                baselines=self.background,
                target=wanted,
                n_steps=self.steps,
                internal_batch_size=max(len(x), 16),
            )
        return _evidence(
            found.sum(1, keepdim=True).abs(), "integrated gradients", self.model, y, clock,
            scale=f"{self.steps} steps from {self.background:g}",
        )  # fmt: skip


@kind("occlusion", "Occlusion", needs=MODEL, cost="169 passes at 224 px: seconds", asks=True)
@dataclass(frozen=True)
class Occlusion:
    """Provider: how far the logit falls when a square of the picture is covered.

    Zeiler, Fergus 2014. One forward pass a place: ((side - window) / stride + 1) ** 2 of them,
    some 5 s a picture of 224 pixels on one core. window and stride in pixels, background the
    colour of the cover in the units of x. A rise counts as 0.
    """

    model: nn.Module
    window: int = 32
    stride: int = 16
    background: float = 0.5

    def __post_init__(self) -> None:
        if not 1 <= self.stride <= self.window:
            raise ValueError(
                "Occlusion needs 1 <= stride <= window, or it would miss pixels; got "
                f"{self.stride} and {self.window}."
            )

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        from captum.attr import Occlusion as Occluding

        with prepare_inputs(self.model, x, y) as (picture, wanted, clock), torch.no_grad():
            c, (h, w) = x.shape[1], (min(self.window, side) for side in x.shape[-2:])
            found = Occluding(unwrap_model(self.model)).attribute(
                picture,
                sliding_window_shapes=(c, h, w),
                strides=(c, self.stride, self.stride),
                baselines=self.background,
                target=wanted,
            )
        return _evidence(
            found.mean(1, keepdim=True).clamp(min=0), "occlusion", self.model, y, clock,
            scale=f"{self.window} pixels every {self.stride}",
        )  # fmt: skip


@contextmanager
def prepare_inputs(
    model: nn.Module, x: Tensor, y: Tensor | None
) -> Iterator[tuple[Tensor, Tensor, Clock]]:
    """Pictures that Captum may differentiate, the classes asked for, and a running clock."""
    with torch.inference_mode(False), torch.enable_grad():
        picture = x.detach().clone()
        with torch.no_grad():
            wanted = choose_classes(unwrap_model(model)(picture), y)
        yield picture, wanted, Clock(x)


def _evidence(
    values: Tensor, name: str, model: nn.Module, y: Tensor | None, clock: Clock, scale: str = "raw"
) -> Evidence:
    return Evidence(
        values.detach().float(),
        name=f"{name} of the {'likeliest' if y is None else 'given'} class",
        model=name_model(model),
        layer="pixels",
        scale=scale,
        cost=clock.cost(),
    )
