"""One mix of an audit, made so that it can be made again from its pictures and seed.

It is made as Explore makes it, a batch of two whose partners are each other, of which row 0 counts.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mixcore import pictures
from mixcore.audit.audit_sources import MODEL_SIDE, AuditPhoto
from mixcore.audit.clean_parts import CleanParts
from mixcore.batch import Batch
from mixcore.plan_k import AnyPlan, PlanK
from mixcore.registry import Method


def why_not_audited(method: Method, exact: bool) -> str:
    """Why a method cannot be audited, in one sentence; "" where it can."""
    info = method.info
    if info.sources != 2:
        return (
            f"{info.title} mixes {info.sources} picture{'s' * (info.sources > 1)}; an audit takes "
            "methods that mix two."
        )
    if info.space != "pixels":
        return f"{info.title} mixes inside a model, so there is no mixed picture to judge."
    lacks = {"object", "grounds"} & set(method.reads())
    if lacks and not exact:
        return f"{info.title} needs exact objects, which scenes alone have: audit it on scenes."
    return ""


def make_plan(
    method: Any, x: Tensor, a: AuditPhoto, b: AuditPhoto, read: CleanParts, seed: int
) -> AnyPlan:
    """The plan of two shots, of which row 0 is meant.

    x is both as a tensor (2, 3, SIDE, SIDE); read what the method reads of them. ValueError where
    these parameters make another kind of mix.
    """
    evidence, grounds = dict(read.maps), None
    if "object" in method.reads():
        assert a.object is not None
        assert b.object is not None
        evidence["object"] = torch.from_numpy(np.stack([a.object, b.object]))[:, None] / 255
    if "grounds" in method.reads():
        assert a.ground is not None
        assert b.ground is not None
        grounds = pictures.to_tensor(a.ground, b.ground)
    given = {"index": [1, 0]} if "index" in method.info.given else {}
    batch = Batch(x, given=given, evidence=evidence, grounds=grounds, hidden=read.hidden)
    plan = method.plan(batch, seed)
    if isinstance(plan, PlanK) and plan.index[0].tolist() != [0, 1]:
        raise ValueError(
            f"{method.info.title} with these parameters does not mix two pictures into one."
        )
    return plan


def read_numbers(plan: AnyPlan) -> dict[str, float]:
    """Row 0 of a plan of two: lam (NaN where none was drawn), area, w_a and w_b."""
    if isinstance(plan, PlanK):
        w_a, w_b = plan.w[0].tolist()
        return {"lam": math.nan, "area": float(plan.area[0, 0]), "w_a": w_a, "w_b": w_b}
    lam = math.nan if plan.lam is None else float(plan.lam[0])
    area, w_a, w_b = (float(column[0]) for column in (plan.area, plan.w_a, plan.w_b))
    return {"lam": lam, "area": area, "w_a": w_a, "w_b": w_b}


def make_picture(plan: AnyPlan, x: Tensor) -> NDArray[np.uint8]:
    """The mix of row 0 of a plan of x (2, 3, SIDE, SIDE), uint8 (SIDE, SIDE, 3)."""
    if isinstance(plan, PlanK):
        return pictures.to_array(plan.apply(x)[0])
    out, region = torch.empty_like(x[0]), plan.region
    region.put(out, x[0], plan.piece(region, x[int(plan.index[0])], 0), 0)  # row 1 is not made
    return pictures.to_array(out)


def shrink_images(*images: NDArray[np.uint8]) -> Tensor:
    """Pictures as the models see them, (n, 3, MODEL_SIDE, MODEL_SIDE) in [0, 1]."""
    return pictures.to_tensor(*(pictures.square(image, MODEL_SIDE) for image in images))
