"""A plan taken apart: its numbers, its masks and its sources as they go in, of row 0."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from app.mixes import layer_images
from app.mixes.text import Facts
from mixcore import pictures
from mixcore.plan_k import AnyPlan, PlanK

Masks = NDArray[np.float32]

PLAIN = 0.9  # the grey behind an object that stands alone


@dataclass(frozen=True, eq=False)
class ViewFacts:
    """One source of a mix as it goes in.

    photo: 0 for A, 1 for B; share: of the picture; steps: the operations that changed it.
    """

    photo: int
    share: float
    png: bytes
    steps: tuple[str, ...] = ()


def decompose_plan(plan: AnyPlan, x: Tensor) -> tuple[Facts, Masks, tuple[ViewFacts, ...]]:
    """The numbers of row 0, its masks (k, h, w), and its sources as they go in.

    The masks are those of its photos, or of its views where it has only one photo.
    """
    if isinstance(plan, PlanK):
        return _many(plan, x)
    mask = plan.mask()[0, 0].cpu().numpy()
    masks = np.stack([mask, 1 - mask])
    area, lam = float(plan.area[0]), None if plan.lam is None else float(plan.lam[0])
    weights = (float(plan.w_a[0]), float(plan.w_b[0]))
    drawn = None if lam is None or np.isnan(lam) else lam
    account = plan.account.read_row()
    return Facts(drawn, (area, 1 - area), weights, name_kind(masks), account=account), masks, ()


def _many(plan: PlanK, x: Tensor) -> tuple[Facts, Masks, tuple[ViewFacts, ...]]:
    n, area = len(x), plan.area[0].numpy()
    used = np.flatnonzero(area > 0)
    owner, masks = plan.index[0].numpy()[used], plan.mask()[0].cpu().numpy()[used]
    area, w = area[used], plan.w[0].numpy()[used]
    views = [
        ViewFacts(int(photo), float(share), _piece(plan, x, int(k)), _steps(plan, int(k)))
        for k, photo, share in zip(used, owner, area, strict=True)
        if n == 1 or plan.instead
    ]
    if n > 1:
        masks = np.stack([masks[owner == photo].sum(0) for photo in range(n)])
    facts = Facts(
        None,
        tuple(np.bincount(owner, area, n).tolist()),
        tuple(np.bincount(owner, w, n).tolist()),
        name_kind(masks),
        views=tuple(area.tolist()) if n == 1 else (),
        folded=_folded(plan),
        ground=bool(plan.instead),
        account=plan.account.read_row(0, plan.index[0].tolist()),
    )
    return facts, masks, tuple(views)


def _piece(plan: PlanK, x: Tensor, k: int) -> bytes:
    """Source k as it goes in; an object alone, where another source gives the ground."""
    piece = plan.piece(x, 0, k)
    if plan.instead and k not in plan.instead:
        seen = plan.mask()[0, k].to(piece)
        piece = piece * seen + PLAIN * (1 - seen)
    return pictures.png(pictures.to_array(piece))


def _steps(plan: PlanK, k: int) -> tuple[str, ...]:
    """What was done to source k, in words."""
    if plan.instead:
        return ("ground",) if k in plan.instead else ("object",)
    chains = getattr(plan.warps[k], "chains", None)
    if plan.warps[k] is None or (chains and not chains[0]):
        return ("as it is",)
    return tuple(name for name, _ in chains[0]) if chains else ()


def _folded(plan: PlanK) -> float | None:
    folded = [
        shares for warp in plan.warps if (shares := getattr(warp, "folded", None)) is not None
    ]
    return float(folded[0][0]) if folded else None


def measure_folds(plan: AnyPlan, size: tuple[int, int]) -> tuple[bytes, float] | None:
    """Where the photo is bent, as PNG, and the most of it that a pixel takes; or None."""
    bent = [warp for warp in getattr(plan, "warps", ()) if hasattr(warp, "jacobian")]
    if not bent:
        return None
    picture, top = layer_images.draw_folds(bent[0].jacobian(*size)[0].numpy())
    return pictures.png(picture), top


def name_kind(masks: Masks) -> str:
    """The kind of masks (k, h, w): "hard", "blend" or "soft".

    "hard" where each pixel has one owner, "blend" where one weight holds everywhere.
    """
    if ((masks == 0) | (masks == 1)).all():
        return "hard"
    return "blend" if (np.ptp(masks, (1, 2)) == 0).all() else "soft"
