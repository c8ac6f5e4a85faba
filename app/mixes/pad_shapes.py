"""Regions as plain numbers, from which the pad draws a mix of two photos itself.

A shape is one row of a region as plain numbers; a strip is the shape at every step of the lam
slider, planned by mixcore, so that the browser follows the hand without knowing any method's law.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

import mixcore
from app.mixes.memory import remember
from app.mixes.mixing import Asked, as_pair_plan, batch_of
from app.mixes.photos import CutPhoto
from mixcore.combine import Parts
from mixcore.plan import Plan
from mixcore.regions.fourier import Fourier
from mixcore.regions.separable import Bump, Holes
from mixcore.regions.shapes import Box, Cells, Region, Whole
from mixcore.regions.soft_field import SoftField

STEPS = 100  # of the lam slider, from 0 to 1
ENDLESS = 1e9  # stands for infinity, which JSON lacks

Shape = dict[str, Any]


@dataclass(frozen=True)
class Strip:
    """Shapes at lam 0, 0.01, ... 1, and the label weights there, or None where they are areas."""

    shapes: tuple[Shape, ...]
    weights: tuple[tuple[float, float], ...] | None

    def steps(self) -> dict[str, Any]:
        """The same for JSON."""
        return {"shapes": self.shapes, "weights": self.weights}


def describe_shape(region: Region, i: int = 0) -> Shape:
    """Row i of a region in its own terms, or "dense" where it has none but its pixels."""
    match region:
        case Parts():
            return describe_shape(region.plans[int(region.owner[i])].region, i)
        case Whole():
            return {"kind": "whole", "w": float(region.lam[i])}
        case Box():
            return {"kind": "box", "box": region.box[i].tolist()}
        case Cells():
            rows, columns = region.keep.shape[1:]
            keep = pack_bits(region.keep[i])
            return {"kind": "cells", "rows": rows, "columns": columns, "keep": keep}
        case Fourier():
            pixels, lam = region.size[0] * region.size[1], float(region.lam[i])
            half = int(pixels * min(region.soft, lam, 1 - lam))
            return {"kind": "rank", "count": int(region.count[i]), "half": half}
        case SoftField():
            gain, offset = (float(v[i].float()) for v in region.line)
            return {"kind": "sigmoid", "gain": gain, "offset": _finite(offset)}
        case Bump():
            y, x = region.center[i].tolist()
            return {"kind": "bump", "y": y, "x": x, "sigma": _finite(float(region.sigma[i]))}
        case Holes():
            rows, columns = (pack_bits(region.profile(axis)[i]) for axis in (0, 1))
            return {"kind": "holes", "rows": rows, "columns": columns, "n": region.size[0]}
    return {"kind": "dense"}


def compute_field(region: Region, i: int = 0) -> NDArray[Any] | None:
    """The field (h * w,) of which a region's shape is a threshold, or None.

    For "rank" the place of each pixel among all, uint32, highest first; for "sigmoid" the height,
    for "dense" the mask, float32.
    """
    if isinstance(region, Fourier):
        order = region.field()[i].flatten().argsort(descending=True, stable=True).numpy()
        rank = np.empty(len(order), np.uint32)
        rank[order] = np.arange(len(order), dtype=np.uint32)
        return rank
    if isinstance(region, SoftField):
        return region.field()[i].flatten().numpy()
    if describe_shape(region, i)["kind"] == "dense":
        return region.mask()[i].float().flatten().numpy()
    return None


def by_area(plan: Plan) -> bool:
    """Whether row 0's label is simply its realised area."""
    return plan.by_area or (
        isinstance(plan.region, Parts) and bool(plan.w_a[0] == plan.area[0] == 1 - plan.w_b[0])
    )


def list_needs(wanted: Asked) -> tuple[str, ...]:
    """What a model must have said of the mix before this label can be made."""
    return mixcore.method(wanted.method).info.after


def free_request(wanted: Asked) -> Asked:
    """The same mix with nothing set by hand; what is made for it serves wherever the hand goes."""
    return replace(wanted, given=tuple(pair for pair in wanted.given if pair[0] == "index"))


@remember(48)
def by_hand(free: Asked, hands: tuple[str, ...], shots: Sequence[CutPhoto]) -> dict[str, bool]:
    """Whether a label is the realised area where a box or cells are set by hand."""
    probes = {
        "box": ("box", (0, 9, 0, 9)),
        "cells": ("mask", "2x2bkA"),
        "brush": ("mask", "2x2bkA"),
    }
    method = mixcore.method(free.method, **dict(free.params))
    fixed = dict(free.given)
    found = {}
    for hand in set(hands) & probes.keys():
        name, value = probes[hand]
        batch = batch_of(method, shots, fixed | {name: value}, free.device)
        plan = as_pair_plan(method.plan(batch, rng=free.seed), free.method)
        found["box" if hand == "box" else "cells"] = by_area(plan) and not method.info.after
    return found


@remember(48)
def make_strip(free: Asked, shots: Sequence[CutPhoto]) -> Strip | None:
    """The mix at every step of lam; None where only mixcore can draw them all."""
    method = mixcore.method(free.method, **dict(free.params))
    fixed = dict(free.given)
    batch = batch_of(method, shots, fixed, free.device)
    plans = [
        as_pair_plan(
            method.plan(replace(batch, given=fixed | {"lam": i / STEPS}), rng=free.seed),
            free.method,
        )
        for i in range(STEPS + 1)
    ]
    shapes = tuple(describe_shape(plan.region) for plan in plans)
    kinds = {one["kind"] for one in shapes}
    if len(kinds) > 1 or "dense" in kinds:
        return None
    weights = None
    if not method.info.after and not all(map(by_area, plans)):
        weights = tuple((float(plan.w_a[0]), float(plan.w_b[0])) for plan in plans)
    return Strip(shapes, weights)


def pack_bits(values: NDArray[Any]) -> str:
    """Zeros and ones as base64, as app/components/pad/packing.js reads them."""
    return base64.b64encode(np.packbits(values.astype(bool)).tobytes()).decode()


def _finite(value: float) -> float:
    return float(np.clip(value, -ENDLESS, ENDLESS))
