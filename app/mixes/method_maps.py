"""Evidence maps that a method reads: of clean photos before it plans, of the mix after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

import mixcore
from app.mixes import evidence_kinds, maps
from app.mixes.memory import remember
from app.mixes.photos import CutPhoto
from mixcore import naming, pictures
from mixcore.evidence.models import bundled, hidden_features
from mixcore.plan_k import AnyPlan


def load_maps(method: mixcore.Method, shots: Sequence[CutPhoto], device: str) -> dict[str, Tensor]:
    """The maps that the method reads, name -> (b, 1, h, w).

    maps.UnseenError where one cannot be had.
    """
    key = method.info.key
    return {
        name: torch.cat(
            [
                maps.load_map(shot, evidence_kinds.spec_for_method(key, name)).values
                for shot in shots
            ]
        ).to(device)
        for name in method.reads()
        if name in evidence_kinds.FED
    }


def load_hidden(
    method: mixcore.Method, shots: Sequence[CutPhoto], device: str
) -> dict[str, Tensor]:
    """The hidden features that the method reads, name -> (b, c, h, w).

    maps.UnseenError where there is no model.
    """
    return {
        name: torch.cat([_hidden(shot, name) for shot in shots]).to(device)
        for name in method.reads_hidden()
    }


def _hidden(shot: CutPhoto, name: str) -> Tensor:
    maps.require_model()
    try:
        return _features(shot, name, str(naming.load().device))
    except (bundled.WeightsError, naming.NamingError) as error:
        raise maps.UnseenError(f"No model: this method cannot look at photos. {error}") from None


@remember(128)
def _features(shot: CutPhoto, name: str, device: str) -> Tensor:
    with maps.LOCK:
        return hidden_features.compute_hidden([name], maps.seen(shot, device))[name].cpu()


def reweigh_plan(method: Any, plan: AnyPlan, x: Tensor, shots: Sequence[CutPhoto]) -> AnyPlan:
    """The plan with the label that the method makes once a model has seen the mix.

    The model is the bundled one with a late class token. As photos come without a class, the
    likeliest one in each clean photo stands for it; a label that depends on how far a training has
    come is that of its end. maps.UnseenError where there is no model.
    """
    if not method.info.after:
        return plan
    for shot in shots:
        maps.load_map(shot, evidence_kinds.FED["attention"])
    device = naming.load().device
    model = bundled.load("late")
    y = torch.tensor([find_class(shot) for shot in shots], device=device)
    mixed = maps.shrink_images(*pictures.to_array(plan.apply(x))).to(device)
    with maps.LOCK, torch.no_grad():
        _, found = method.look(model, mixed, y)
    return method.reweigh(plan, replace(found, progress=1.0))


def find_class(shot: CutPhoto) -> int:
    """The class that the model with a late class token finds in a clean photo."""
    return _likeliest(shot, str(naming.load().device))


@remember(512)
def _likeliest(shot: CutPhoto, device: str) -> int:
    with maps.LOCK, torch.no_grad():
        x = maps.seen(shot, device)
        return int(maps.model("late", device)(x).argmax())
