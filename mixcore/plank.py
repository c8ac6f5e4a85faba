"""PlanK: one mix of k sources as data; the same verbs as Plan. Two sources stay the simple case."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor


class PlanK:
    """A mix of b samples from k sources each.

    index  (b, k) the sources of each sample; source 0 is the sample itself by custom
    w      (b, k) what each source's label is worth
    masks  (b, k, h, w) floating, each source's share of every pixel, summing to 1 over k;
           None for a blend of whole images with the weights w

    Raises ValueError where shapes disagree or masks or weights do not sum to one.
    """

    def __init__(self, index: np.ndarray, w: np.ndarray, masks: Tensor | None = None) -> None:
        if index.ndim != 2 or w.shape != index.shape:
            raise ValueError(
                f"PlanK.index and w must both have shape (b, k), got {index.shape}, {w.shape}."
            )
        if not np.allclose(w.sum(1), 1, atol=1e-6):
            raise ValueError(f"PlanK.w must sum to 1 for every sample, got {w.sum(1).tolist()}.")
        if masks is not None:
            if masks.ndim != 4 or tuple(masks.shape[:2]) != index.shape:
                raise ValueError(
                    f"PlanK.masks must have shape {(*index.shape, 'h', 'w')}, "
                    f"got {tuple(masks.shape)}."
                )
            off = float((masks.double().sum(1) - 1).abs().max())
            if not off <= 1e-5:
                raise ValueError(f"PlanK.masks must sum to 1 at every pixel, off by {off:.2g}.")
        self._index, self._w, self._masks = index, w, masks

    def __len__(self) -> int:
        return len(self._index)

    @cached_property
    def index(self) -> Tensor:
        """Sources of each sample, (b, k) int64."""
        return torch.from_numpy(self._index)

    @cached_property
    def w(self) -> Tensor:
        """Label weights, (b, k) float64."""
        return torch.from_numpy(self._w)

    @cached_property
    def area(self) -> Tensor:
        """Each source's realised share of the frame, (b, k) float64."""
        return self.w if self._masks is None else self._masks.double().mean((2, 3))

    def mask(self, height: int, width: int) -> Tensor:
        """Each source's share of every pixel, (b, k, h, w) float32, at any size."""
        if self._masks is None:
            return self.w.float()[:, :, None, None].expand(-1, -1, height, width)
        masks = self._masks.float()
        if masks.shape[-2:] == (height, width):
            return masks
        if height <= masks.shape[-2] and width <= masks.shape[-1]:
            return F.adaptive_avg_pool2d(masks, (height, width))
        return F.interpolate(masks, (height, width), mode="nearest-exact")

    def apply(self, x: Tensor, *, out: Tensor | None = None, in_place: bool = False) -> Tensor:
        """Mix x (b, c, h, w); out and in_place as in Plan.apply. The sum runs source by source,
        so it needs one spare batch, not k."""
        if len(x) != len(self) or x.ndim != 4:
            raise ValueError(f"x must have shape ({len(self)}, c, h, w), got {tuple(x.shape)}.")
        if not x.is_floating_point():
            raise TypeError(f"x must be floating point, got {x.dtype}; convert with x.float().")
        masks = self.mask(x.shape[-2], x.shape[-1]).to(x)
        mixed = sum(
            masks[:, k, None] * x.index_select(0, source.to(x.device))
            for k, source in enumerate(self.index.unbind(1))
        )
        assert isinstance(mixed, Tensor)
        destination = x if in_place else out
        return mixed if destination is None else destination.copy_(mixed)

    def target(self, y: Tensor, num_classes: int, smoothing: float = 0.0) -> Tensor:
        """Soft labels (b, k classes) float32 on y's device; smoothing as in Plan.target."""
        if y.shape != (len(self),):
            raise ValueError(f"y must have shape ({len(self)},), got {tuple(y.shape)}.")
        if not 0 <= smoothing < 1:
            raise ValueError(f"smoothing must be in [0, 1), got {smoothing}.")
        labels = y.long()[self.index.to(y.device)]
        target = torch.zeros(len(y), num_classes, device=y.device)
        target.scatter_add_(1, labels, self.w.to(y.device, torch.float32))
        return target * (1 - smoothing) + smoothing / num_classes
