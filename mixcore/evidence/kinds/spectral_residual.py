"""Spectral residual: what a picture's spectrum does not lead one to expect. Needs no model."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur

from mixcore.evidence.kinds import NOTHING, kind
from mixcore.evidence.map import Evidence
from mixcore.evidence.timing import Clock


@kind("spectral-residual", "Spectral residual", needs=NOTHING, cost="a millisecond")
@dataclass(frozen=True)
class SpectralResidual:
    """Hou and Zhang, "Saliency Detection: A Spectral Residual Approach", CVPR 2007.

    The picture, grey and of 64 x 64 pixels; its log spectrum minus the mean of 3 x 3 frequencies
    around each; back with the old phases, squared, and blurred by 2.5 pixels as the authors do.
    Each picture by itself, on the device of x (b, c, h, w). The map is 64 x 64.
    """

    side: int = 64
    blur: float = 2.5

    def __post_init__(self) -> None:
        if self.side < 16 or not self.blur > 0:
            raise ValueError(
                f"SpectralResidual needs side >= 16 and blur > 0, got {self.side} and {self.blur}."
            )

    def __call__(self, x: Tensor, y: Tensor | None = None) -> Evidence:
        clock = Clock(x)
        with torch.no_grad():
            values = self._map(x.float())
        return Evidence(values, "spectral residual", cost=clock.cost())

    def _map(self, x: Tensor) -> Tensor:
        gray = F.interpolate(
            x.mean(1, keepdim=True), (self.side, self.side), mode="bilinear", antialias=True
        )
        spectrum = torch.fft.fft2(gray)
        size = spectrum.abs().clamp(min=1e-8).log()
        around = F.avg_pool2d(F.pad(size, (1, 1, 1, 1), mode="circular"), 3, 1)
        found = torch.fft.ifft2(torch.polar((size - around).exp(), spectrum.angle()))
        reach = min(2 * round(3 * self.blur) + 1, self.side // 2 * 2 - 1)
        return gaussian_blur(found.abs() ** 2, [reach, reach], [self.blur, self.blur]).clamp(min=0)
