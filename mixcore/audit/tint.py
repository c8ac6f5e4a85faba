"""A mix in gray, with the evidence that it still shows: of A in blue, of B in orange."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixcore import pictures
from mixcore.audit import one_mix
from mixcore.evidence.map import Evidence
from mixcore.plan_k import AnyPlan

BLUE, ORANGE = (47, 111, 222), (217, 119, 6)
GREY, STRONGEST = 0.55, 0.8  # brightness of what holds no evidence, and the densest tint


def draw_tint(plan: AnyPlan, x: Tensor, evidence: Evidence) -> NDArray[np.uint8]:
    """Row 0 of a plan of x (2, 3, h, w) under the evidence of both sources, uint8 (h, w, 3).

    Each source's map is drawn against its own largest value, and goes where its pixels go.
    """
    maps = evidence.at(*x.shape[-2:])
    maps = (maps / maps.amax((2, 3), keepdim=True)).expand_as(x).to(x.dtype)
    nothing = torch.zeros_like(x)
    rest = one_mix.make_picture(
        plan, nothing
    )  # what is neither of A nor of B, such as a bare ground
    gray = one_mix.make_picture(plan, x).mean(2, keepdims=True).repeat(3, 2) * GREY
    for k, color in enumerate((BLUE, ORANGE)):
        only = nothing.clone()
        only[k] = maps[k]
        left = np.clip(one_mix.make_picture(plan, only).astype(np.float64) - rest, 0, 255) / 255
        dense = STRONGEST * left[..., :1]
        gray = gray * (1 - dense) + dense * np.array(color)
    return pictures.to_array(torch.from_numpy(gray / 255).permute(2, 0, 1))
