"""Plans made of parts, as wrappers and recipes return them: each sample takes one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from mixcore.account import join_accounts
from mixcore.moved import find_renamed
from mixcore.plan import Plan
from mixcore.plan_k import AnyPlan, PlanK
from mixcore.regions.partition import Masks
from mixcore.regions.shapes import Region
from mixcore.warps.geometry import Window, crop_image

__getattr__ = find_renamed(__name__)


class Parts(Region):
    """Sample i's region is that of plan owner[i]; each plan is as long as the batch."""

    def __init__(self, plans: Sequence[Plan], owner: np.ndarray) -> None:
        self.plans, self.owner = plans, owner
        self.size = plans[0].region.size
        self.bent = any(p.warp is not None or p.region.bent for p in plans)
        self._owner = owner.tolist()

    def __len__(self) -> int:
        return len(self.owner)

    def area(self) -> np.ndarray:
        areas = np.stack([p.region.area() for p in self.plans])
        return pick_values(areas, self.owner)

    def mask(self, device: torch.device | str = "cpu") -> Tensor:
        full = torch.empty(len(self), 1, *self.size, dtype=torch.float32, device=device)
        for rows, plan in self._used():
            full[torch.from_numpy(rows).to(device)] = plan.region.rows(rows).mask(device).float()
        return full

    def rows(self, rows: np.ndarray) -> Parts:
        return Parts([p.rows(rows) for p in self.plans], self.owner[rows])

    def at(self, height: int, width: int) -> Parts:
        return Parts([p.at(height, width) for p in self.plans], self.owner)

    def nearest(self) -> Parts:
        return Parts([p.nearest() for p in self.plans], self.owner)

    def window(self, i: int) -> Window:
        return self.plans[self._owner[i]].region.window(i)

    def piece(self, row: Tensor, i: int) -> Tensor:
        plan = self.plans[self._owner[i]]
        return plan.piece(plan.region, row, i)

    def put(self, out: Tensor, a: Tensor, piece: Tensor, i: int) -> None:
        self.plans[self._owner[i]].region.put(out, a, piece, i)

    def blend(self, a: Tensor, b: Tensor, out: Tensor | None = None) -> Tensor:
        mixed = torch.empty_like(a) if out is None else out  # where it is a: a row is read once
        for rows, plan in self._used():
            chosen = torch.from_numpy(rows).to(a.device)
            mixed[chosen] = plan.region.rows(rows).blend(a[chosen], b[chosen])
        return mixed

    def _used(self) -> list[tuple[np.ndarray, Plan]]:
        owned = [(np.flatnonzero(self.owner == k), plan) for k, plan in enumerate(self.plans)]
        return [(rows, plan) for rows, plan in owned if len(rows)]


def combine_plans(plans: Sequence[AnyPlan], owner: np.ndarray) -> AnyPlan:
    """One plan whose sample i is that of plans[owner[i]]; each is as long as the batch.

    Two-source plans with the same partners keep each part's fast path; others become one plan of
    as many sources as the largest has, in which a sample's missing ones weigh nothing.
    """
    pairs = [plan for plan in plans if isinstance(plan, Plan)]
    first = plans[0].index
    if len(pairs) == len(plans) and all(torch.equal(plan.index, first) for plan in pairs):
        return _pairs(pairs, owner)
    return _many([to_plan_k(plan) for plan in plans], owner)


def pick_values(values: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """values[owner[i], i] for every sample i; values is (parts, b, ...)."""
    chosen: np.ndarray = values[owner, np.arange(len(owner))]
    return chosen


def _pairs(plans: Sequence[Plan], owner: np.ndarray) -> Plan:
    nan = np.full(len(owner), np.nan)
    lam = pick_values(np.stack([nan if p.lam is None else p.lam.numpy() for p in plans]), owner)
    return Plan(
        plans[0].index.numpy(),
        Parts(plans, owner),
        lam=None if np.isnan(lam).all() else lam,
        w_a=pick_values(np.stack([p.w_a.numpy() for p in plans]), owner),
        w_b=pick_values(np.stack([p.w_b.numpy() for p in plans]), owner),
        depth=_depth(plans),
        account=join_accounts([p.account for p in plans], owner),
    )


def _depth(plans: Sequence[Plan]) -> int:
    """The layer of all plans; those that leave every sample alone fit any."""
    depths = {plan.depth for plan in plans if bool((plan.area < 1).any())}
    if len(depths) > 1:
        raise ValueError(
            f"Plans of different layers ({', '.join(map(str, sorted(depths)))}) cannot be one "
            "plan: a batch is mixed at one layer. Use OneOf on recipes of one space."
        )
    return depths.pop() if depths else 0


def _many(plans: Sequence[PlanK], owner: np.ndarray) -> PlanK:
    k = max(plan.index.shape[1] for plan in plans)

    def padded(values: np.ndarray) -> np.ndarray:
        missing = [(0, 0)] * values.ndim
        missing[1] = (0, k - values.shape[1])
        return np.pad(values, missing)

    masks = [padded(plan.mask().numpy()) for plan in plans]
    return PlanK(
        pick_values(np.stack([padded(plan.index.numpy()) for plan in plans]), owner),
        Masks(torch.from_numpy(pick_values(np.stack(masks), owner))),
        w=pick_values(np.stack([padded(plan.w.numpy()) for plan in plans]), owner),
        warps=[Piecewise(plans, owner, j) for j in range(k)],
        account=join_accounts([plan.account for plan in plans], owner),
    )


def to_plan_k(plan: AnyPlan) -> PlanK:
    """A two-source plan as one of k = 2 sources, for places that must treat all plans alike."""
    if isinstance(plan, PlanK):
        return plan
    w = np.stack([plan.w_a.numpy(), plan.w_b.numpy()], 1)
    if not np.allclose(w.sum(1), 1, atol=1e-6):
        raise ValueError(
            "A mix whose two weights do not sum to 1, such as SnapMix's, can only be joined with "
            "mixes of two photos that have the same partners."
        )
    mask = plan.mask()
    return PlanK(
        np.stack([np.arange(len(plan)), plan.index.numpy()], 1),
        Masks(torch.cat([mask, 1 - mask], 1)),
        w=w,
        warps=[None, Partner(plan)],
        account=plan.account,
    )


@dataclass(frozen=True, eq=False)
class Partner:
    """The warp of a two-source plan's partner, whole frames instead of windows."""

    plan: Plan

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        """The partner as sample i takes it, black where the region takes nothing."""
        size = row.shape[-2:]
        region = self.plan.region.at(*size)
        return crop_image(_framed(self.plan.piece(region, row, i), region.window(i), size), window)

    def rows(self, rows: np.ndarray) -> Partner:
        """The same for the chosen samples."""
        return Partner(self.plan.rows(rows))

    def nearest(self) -> Partner:
        """The same for label maps."""
        return Partner(self.plan.nearest())


@dataclass(frozen=True, eq=False)
class Piecewise:
    """Source k of sample i, bent as plans[owner[i]] bends it."""

    plans: Sequence[PlanK]
    owner: np.ndarray
    k: int

    def piece(self, row: Tensor, i: int, window: Window) -> Tensor:
        """What sample i takes of its source k."""
        plan = self.plans[self.owner[i]]
        if self.k in plan.instead:
            row = plan.instead[self.k][int(plan.index[i, self.k])].to(row)
        warp = plan.warps[self.k] if self.k < len(plan.warps) else None
        if warp is None:
            return crop_image(row, window)
        own = plan.share.at(*row.shape[-2:]).window(i, self.k)
        return crop_image(_framed(warp.piece(row, i, own), own, row.shape[-2:]), window)

    def rows(self, rows: np.ndarray) -> Piecewise:
        """The same for the chosen samples."""
        return Piecewise([plan.rows(rows) for plan in self.plans], self.owner[rows], self.k)

    def nearest(self) -> Piecewise:
        """The same for label maps."""
        return Piecewise([plan.nearest() for plan in self.plans], self.owner, self.k)


def _framed(piece: Tensor, window: Window, size: tuple[int, ...]) -> Tensor:
    """The piece in its window of an otherwise black frame."""
    y0, y1, x0, x1 = window
    return F.pad(piece, (x0, size[1] - x1, y0, size[0] - y1))
