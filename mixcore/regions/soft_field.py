"""A random smooth field as a soft mask: A's share of a pixel follows its height."""

from __future__ import annotations

import math
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from mixcore.regions.fourier import FourierField

GRID = 32  # points a side, at least, on which the level is found; fewer only in a smaller frame


class SoftField(FourierField):
    """A's share is sigmoid(sharpness * f + level), f the field with mean 0 and variance 1.

    noise  (n, b, 2) standard normal, as in Fourier
    lam    (b,) A's intended share, which the level is solved for; 0 and 1 are exact
    """

    def __init__(
        self,
        noise: np.ndarray,
        lam: np.ndarray,
        size: tuple[int, int],
        decay: float,
        sharpness: float,
    ) -> None:
        super().__init__(noise, size, decay)
        self.lam, self.sharpness = lam, sharpness

    def area(self) -> np.ndarray:
        # A row's mean in float32 is good to 1e-7, and far quicker than all in float64.
        return self.mask().mean(3).double().mean((1, 2)).numpy()

    def _like(self, noise: np.ndarray, rows: np.ndarray, size: tuple[int, int]) -> SoftField:
        return SoftField(noise, self.lam[rows], size, self.decay, self.sharpness)

    def _make(self, device: torch.device | str) -> Tensor:
        gain, offset = (v.to(device, torch.float32)[:, None, None] for v in self.line)
        return self.field(device).mul_(gain).add_(offset).sigmoid_()[:, None]

    @cached_property
    def line(self) -> tuple[Tensor, Tensor]:
        """Gain and offset (b,) that turn the raw field into the sigmoid's argument.

        They are found on the CPU, on a coarse grid of the field, so they are the same everywhere
        and cost little; the label is the mean of the mask itself.
        """
        step = max(1, min(self.size) // GRID)
        coarse = self.field(step=step).flatten(1).double()
        mean, deviation = coarse.mean(1), coarse.std(1, correction=0)
        flat = deviation < 1e-9  # a frame of one pixel has no field to follow
        gain = torch.where(flat, 0, self.sharpness / deviation)
        slopes = gain[:, None] * (coarse - mean[:, None])
        return gain, find_level(slopes, torch.from_numpy(self.lam)) - gain * mean


def find_level(slopes: Tensor, lam: Tensor) -> Tensor:
    """The c (b,) at which sigmoid(slopes + c) has the mean lam; slopes (b, n), lam (b,).

    slopes have the mean 0. Newton's method on the logit of the mean, which is nearly straight
    in c, kept between bounds by bisection; c is infinite where lam is 0 or 1.
    """
    ends = (lam == 0) | (lam == 1)
    inner = torch.where(ends, 0.5, lam)
    goal = torch.logit(inner)
    low, high = goal - slopes.amax(1), goal - slopes.amin(1)
    c = goal * torch.sqrt(1 + math.pi / 8 * slopes.var(1, correction=0))  # right for normal slopes
    c = torch.minimum(torch.maximum(c, low), high)
    for _ in range(60):
        share = torch.sigmoid(slopes + c[:, None])
        mean = share.mean(1)
        off = (mean - inner).abs() > 1e-9  # a sample that is there stays, whatever others need
        if not off.any():
            break
        low, high = torch.where(mean < inner, c, low), torch.where(mean > inner, c, high)
        step = c - (torch.logit(mean) - goal) * (mean * (1 - mean)) / (mean - (share**2).mean(1))
        step = torch.where((low < step) & (step < high), step, (low + high) / 2)
        c = torch.where(off, step, c)
    return torch.where(ends, torch.logit(lam), c)
