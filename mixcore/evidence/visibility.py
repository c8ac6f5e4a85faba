"""Visible share of each source of a mix, through mask and warp, and the label it would make.

Visible is the share of a source's own evidence that the mix still shows: all of B where ResizeMix
shrinks B into a box, lam of A in a blend, none of what a box covers.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.combine import to_plan_k
from mixcore.evidence.map import Evidence
from mixcore.moved import find_renamed
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan, PlanK
from mixcore.regions.shapes import Box
from mixcore.warps.geometry import Resize

__getattr__ = find_renamed(__name__)

TRUTHS = ("own", "pixels")


def visible_share(plan: AnyPlan, evidence: Evidence) -> Tensor:
    """The share of each source's own evidence that is in sight, (b, k) float64 in [0, 1].

    evidence holds a map for each picture of the batch. k is 2 for a Plan: A and its partner. What
    is taken from another image instead (a ground without its object) shows nothing of its source.
    ValueError for a self mix, where no other source could have a share.
    """
    whole = _sources(plan, len(evidence))
    maps = evidence.at(*whole.share.size)[:, 0].double().cpu()
    masks, found = whole.mask().double(), []
    for i, sources in enumerate(whole.index):
        found.append((maps[sources] * _shown(whole, masks, i)).sum((1, 2)))
    return torch.stack(found).clamp(0, 1)


def visible_masks(plan: AnyPlan, i: int = 0) -> Tensor:
    """Which share of each pixel of each of its sources mix i shows, (k, h, w) float64 in [0, 1].

    Times a source's map and summed, it is `visible`: made once, it serves any number of maps.
    ValueError as there.
    """
    if isinstance(plan, Plan) and not plan.region.bent:
        kept = plan.region.rows(np.array([i])).mask().cpu()[0].double()
        if plan.warp is None:
            return torch.cat([kept, 1 - kept])  # nothing is bent: what is in sight is the mask
        if isinstance(plan.warp, Resize) and isinstance(plan.region, Box):
            return torch.cat([kept, _squeezed(plan.warp, plan.region, i)])
    whole = _sources(plan, len(plan))
    return _shown(whole, whole.mask().double(), i)


def count_visible_pixels(plan: AnyPlan, objects: Tensor) -> Tensor:
    """How many pixels of each source's object are in the mix, (b, k) float64.

    objects (b, 1, h, w) in [0, 1] is each object's share of every pixel of its own picture.
    """
    whole = _sources(plan, len(objects))
    h, w = whole.share.size
    cover = objects.double().cpu()
    if cover.shape[-2:] != (h, w):
        cover = F.interpolate(cover, (h, w), mode="bilinear", align_corners=False, antialias=True)
    masks, found = whole.mask().double(), whole.w.new_zeros(whole.index.shape)
    for i in range(len(whole)):
        for k in range(found.shape[1]):
            if k not in whole.instead:
                found[i, k] = (whole.piece(cover, i, k) * _windowed(whole, masks, i, k)).sum()
    return found


def label_weight(plan: AnyPlan, evidence: Evidence, truth: str = "own") -> Tensor:
    """Label weights (b, k) if labels followed what is in sight; rows sum to 1.

    truth  "own": of the shares of each one's own evidence that are left, s_A / (s_A + s_B);
           "pixels": of all evidence in the mix, pixel by pixel (for exact masks)

    NaN where nothing of any source is in sight.
    """
    if truth not in TRUTHS:
        raise ValueError(f"truth must be one of {', '.join(TRUTHS)}, got {truth!r}.")
    seen = (
        visible_share(plan, evidence)
        if truth == "own"
        else count_visible_pixels(plan, evidence.values)
    )
    total = seen.sum(1, keepdim=True)
    return torch.where(total > 1e-9, seen / total, torch.nan)


def mismatch(plan: AnyPlan, evidence: Evidence, truth: str = "own") -> Tensor:
    """How far the label is from what is in sight, (b,) float64: 0 is perfect, 1 the worst.

    |w_a - s_A / (s_A + s_B)| for two sources; half the sum of all such gaps for more. Weights that
    do not sum to 1 (SnapMix) count by their shares of the label. NaN where nothing is in sight.
    """
    ours = label_weight(plan, evidence, truth)
    given = torch.stack([plan.w_a, plan.w_b], 1) if isinstance(plan, Plan) else plan.w
    shares = given / given.sum(1, keepdim=True).clamp(min=1e-12)
    return (shares - ours).abs().sum(1) / 2


def _sources(plan: AnyPlan, b: int) -> PlanK:
    """The plan as one of k sources, for a batch of b, which must be its own."""
    if len(plan) != b:
        raise ValueError(f"The plan has {len(plan)} mixes, but there are {b} maps.")
    if isinstance(plan, PlanK) and bool((plan.index == plan.index[:, :1]).all()):
        raise ValueError("This is a self mix: its label has one owner, whatever can be seen.")
    if isinstance(plan, Plan):
        warp = plan.warp
        if isinstance(warp, Resize) and warp.mode == "nearest":
            # A nearest pixel stands for those around it, which are not covered.
            warp = replace(warp, mode="bilinear")
        # What can be seen does not depend on the label, which need not sum to 1.
        plan = Plan(plan.index.numpy(), plan.region, warp=warp)
    return to_plan_k(plan)


def _shown(plan: PlanK, masks: Tensor, i: int) -> Tensor:
    found = torch.zeros_like(masks[i])
    for k in range(len(found)):
        if k in plan.instead or not bool(masks[i, k].any()):
            continue
        if plan.warps[k] is None:
            y0, y1, x0, x1 = plan.share.window(i, k)
            found[k, y0:y1, x0:x1] = masks[i, k, y0:y1, x0:x1]
        else:
            found[k] = _unbent(plan, masks, i, k)
    return found


def _squeezed(warp: Resize, box: Box, i: int) -> Tensor:
    """What a box shows of what is resized into it: all, as nothing covers it, (1, h, w)."""
    found = torch.zeros(1, *box.size, dtype=torch.float64, device="cpu")
    y0, y1, x0, x1 = box.window(i)
    if y1 > y0 and x1 > x0:
        top, bottom, left, right = warp.taken(i, box.size)
        found[:, top:bottom, left:right] = 1
    return found


def _unbent(plan: PlanK, masks: Tensor, i: int, k: int) -> Tensor:
    """What mix i shows of each pixel of its source k, which is bent on the way, (h, w) in [0, 1].

    A warp is linear in its image, so its gradient says how much every pixel of the source gives
    to the mix; with the mask over without it, that is the share which is not covered.
    """
    with torch.inference_mode(False), torch.enable_grad():
        even = torch.ones(
            len(plan), 1, *plan.share.size, dtype=torch.float64, device="cpu", requires_grad=True
        )
        piece = plan.piece(even, i, k)
        seen = (piece * _windowed(plan, masks, i, k)).sum()
        (given,) = torch.autograd.grad(seen, even, retain_graph=True)
        (full,) = torch.autograd.grad(piece.sum(), even)
    j = int(plan.index[i, k])
    given, full = given[j, 0], full[j, 0]
    return torch.where(full > 1e-6, given / full.clamp(min=1e-6), 0.0)


def _windowed(plan: PlanK, masks: Tensor, i: int, k: int) -> Tensor:
    y0, y1, x0, x1 = plan.share.window(i, k)
    return masks[i, k, y0:y1, x0:x1]
