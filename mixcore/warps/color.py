"""Color changes of images, (c, h, w) or a batch, by one number or by a map of numbers.

All are differentiable and leave an image of one channel grey. They are made for values in [0, 1].
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

ROUNDING = 1e-4  # how far beyond [0, 1] is still taken for a rounding error


def must_be_unit(x: Tensor, what: str) -> None:
    """Raise ValueError unless x is in [0, 1]; not looked at where the look would cost a sync."""
    if x.device.type != "cpu" or not x.numel():
        return
    low, high = (float(end) for end in x.detach().aminmax())
    if not (low >= -ROUNDING and high <= 1 + ROUNDING):
        raise ValueError(
            f"{what} needs images in [0, 1], got values from {low:.3g} to {high:.3g}; mix first "
            "and normalise the mix."
        )


def turn_hue(x: Tensor, turns: Tensor | float) -> Tensor:
    """Colours turned about the grey axis by a share of the colour circle; the mean stays.

    turns is a number or of a shape that goes with (h, w). A third sends red to green.
    """
    if x.shape[-3] != 3:
        return x
    gray = x.mean(-3, keepdim=True)
    r, g, b = (x - gray).unbind(-3)
    angle = torch.as_tensor(turns, dtype=x.dtype, device=x.device) * (2 * math.pi)
    cos, sin = angle.cos(), angle.sin() / math.sqrt(3)
    turned = (r * cos + (b - g) * sin, g * cos + (r - b) * sin, b * cos + (g - r) * sin)
    return gray + torch.stack(turned, -3)


def scale_saturation(x: Tensor, factor: Tensor | float) -> Tensor:
    """The distance from grey times factor, a number or of a shape that goes with (1, h, w)."""
    if x.shape[-3] != 3:
        return x
    gray = x.mean(-3, keepdim=True)
    return gray + (x - gray) * factor


def stretch_contrast(x: Tensor) -> Tensor:
    """Each channel stretched to [0, 1]; a channel of one value is left as it is."""
    low, high = x.amin((-2, -1), keepdim=True), x.amax((-2, -1), keepdim=True)
    flat = high == low
    span = torch.where(flat, torch.ones_like(high), high - low)
    return torch.where(flat, x, (x - low) / span)


def scale_sharpness(x: Tensor, factor: float) -> Tensor:
    """The distance from a blur of 3 x 3 pixels times factor; the outermost pixels stay."""
    if min(x.shape[-2:]) < 3:
        return x
    inner = x[..., 1:-1, 1:-1]
    blur = (9 * F.avg_pool2d(x, 3, 1) + 4 * inner) / 13  # the middle pixel counts five times
    return x + F.pad((inner - blur) * (factor - 1), (1, 1, 1, 1))
