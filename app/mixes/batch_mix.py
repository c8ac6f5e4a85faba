"""A batch of eight, mixed by one method: what another pairing does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
import torch
from torch import Tensor

import mixcore
from app.link.states import State
from app.mixes import method_maps
from app.mixes.known_methods import Given
from app.mixes.memory import remember
from app.mixes.mixing import batch_of
from app.mixes.photos import CutPhoto
from mixcore import pictures
from mixcore.data import scenes
from mixcore.plan_k import PlanK
from mixcore.rng import make_streams

SIDE = 160  # pixels of a small picture
CLASSES, EACH = 3, 2  # of the scenes beside A and B
SPAN = 64  # seeds of scenes to choose from; a dozen classes come twice


@dataclass(frozen=True, eq=False)
class BatchCell:
    """One mix of the batch: PNG, and each class in it with what its label is worth."""

    png: bytes
    label: tuple[tuple[str, float], ...]


def mix_batch(
    state: State, shots: Sequence[CutPhoto], names: Sequence[str], device: str
) -> tuple[BatchCell, ...]:
    """A, B and six scenes of three classes, each mixed as the pairing says."""
    return _mix(shots[:2], names[:2], state.method, state.params, state.seed, state.pairing, device)


@remember(24)
def _mix(
    shots: Sequence[CutPhoto],
    names: Sequence[str],
    method: str,
    params: Given,
    seed: int,
    pairing: str,
    device: str,
) -> tuple[BatchCell, ...]:
    small = [_small(shot) for shot in shots] + [_scene(s) for s in _seeds(seed)]
    classes = [*names, *(shot.title for shot in small[2:])]
    known = sorted(set(classes))
    chosen = mixcore.method(method, **dict(params))
    bare = batch_of(chosen, small, {}, device)
    batch = mixcore.Batch(
        bare.x,
        torch.tensor([known.index(name) for name in classes], device=bare.x.device),
        evidence=bare.evidence,
        grounds=bare.grounds,
        hidden=bare.hidden,
        features=_colors(bare.x),
    )
    plan = mixcore.Paired(chosen, pairing).plan(batch, rng=seed)
    plan = method_maps.reweigh_plan(chosen, plan, batch.x, small)
    mixed = pictures.to_array(plan.apply(batch.x))
    return tuple(
        BatchCell(pictures.png(one), _label(plan, i, classes)) for i, one in enumerate(mixed)
    )


def _label(plan: Any, i: int, classes: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """What each class in mix i is worth, in the order in which they come."""
    if isinstance(plan, PlanK):
        parts = list(zip(plan.index[i].tolist(), plan.w[i].tolist(), strict=True))
    else:
        parts = [(i, float(plan.w_a[i])), (int(plan.index[i]), float(plan.w_b[i]))]
    worth: dict[str, float] = {}
    for source, w in parts:
        worth[classes[source]] = worth.get(classes[source], 0.0) + w
    return tuple((name, w) for name, w in worth.items() if w > 0)


def _small(shot: CutPhoto) -> CutPhoto:
    """The same photo, smaller."""
    cover = None if shot.alpha is None else np.dstack([shot.alpha] * 3)
    return CutPhoto(
        pictures.square(shot.image, SIDE), b"", f"{shot.digest} at {SIDE}", shot.title, shot.alt,
        None if cover is None else pictures.square(cover, SIDE)[..., 0],
        None if shot.ground is None else pictures.square(shot.ground, SIDE),
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=64)
def _scene(seed: int) -> CutPhoto:
    scene = scenes.make(seed, SIDE)
    alpha = np.rint(scene.alpha * 255).astype(np.uint8)
    digest = f"scene {seed} at {SIDE}"  # maps are kept by it
    return CutPhoto(scene.image, b"", digest, scene.name, scene.name, alpha, scene.empty)


def _seeds(seed: int) -> list[int]:
    """Scenes in turn of three classes that the seed chooses, two of each."""
    random = make_streams(seed).stage("classes")
    of = {name: found for name, found in _by_class().items() if len(found) >= EACH}
    chosen = random.choice(sorted(of), CLASSES, replace=False)
    pairs = [random.choice(of[name], EACH, replace=False).tolist() for name in chosen]
    return [found[i] for i in range(EACH) for found in pairs]


@st.cache_resource(show_spinner=False, max_entries=1)
def _by_class() -> dict[str, list[int]]:
    """The first scenes, by what is in them; tiny ones are enough to know."""
    found: dict[str, list[int]] = {}
    for seed in range(SPAN):
        found.setdefault(scenes.make(seed, 16).name, []).append(seed)
    return found


def _colors(x: Tensor) -> Tensor:
    """What pairing by cluster goes by here: the colours of sixteen places, (b, 48)."""
    return torch.nn.functional.adaptive_avg_pool2d(x, 4).flatten(1)
