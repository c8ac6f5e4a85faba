"""What a model sees in the photos, once a photo, and how much of it a mix still shows.

A map depends on the photo alone, so it is made once whatever the sliders do; all people share
one model. Nothing stands in for a map that cannot be made: `UnseenError` says why in one sentence.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
import torch

from app import figures
from app.judged import Judged, Measure
from app.service import naming as names
from app.service.methods import Given
from app.service.mixing import fixed, planned
from app.service.photos import Shot
from app.service.sights import EXACT, QUESTIONS, SIGHTS, Sight
from app.state import SIZE, State
from mixcore import naming, pictures
from mixcore.evidence import Evidence, bundled, providers, visible
from mixcore.evidence.normalised import lite0

SIDE = 224  # pixels a side that the models see; the whole square

_lock = threading.Lock()


class UnseenError(RuntimeError):
    """There is no such map of this photo here; the message says why."""


@dataclass(frozen=True)
class Overlay:
    """A photo with its map: PNG, and the map's least and largest value as multiples of even."""

    png: bytes
    low: float
    high: float


def of(shot: Shot, see: str) -> Evidence:
    """The map of one photo, (1, 1, h, w) on the CPU; UnseenError where there can be none."""
    sight = SIGHTS[see]
    if sight.kind == "exact-mask" and shot.alpha is None:
        raise UnseenError("Only generated scenes know exactly where their object is.")
    if sight.model and not naming.ready():
        status = names.status()
        if status == "loading":
            raise UnseenError("The model is being loaded; what it sees will be here in a moment.")
        raise UnseenError(f"No model: this evidence cannot be shown. {status}")
    try:
        return _map(shot.digest, see, str(_device(sight)), _shot=shot)
    except (bundled.WeightsError, naming.NamingError) as error:
        raise UnseenError(f"No model: this evidence cannot be shown. {error}") from None


def overlay(shot: Shot, see: str) -> Overlay:
    """The photo in dim grey under its map; UnseenError where there can be none."""
    of(shot, see)
    return _overlay(shot.digest, see, str(_device(SIGHTS[see])), _shot=shot)


def judge(state: State, shots: Sequence[Shot], device: str) -> Judged:
    """What is in sight of each photo, and how far the label of row 0 is from it."""
    why = ""
    try:
        for shot in shots:
            of(shot, state.see)
    except UnseenError as error:
        why = str(error)
    digests = tuple(shot.digest for shot in shots)
    given = tuple(fixed(state).items())
    return _judge(
        digests, state.method, state.params, given, state.seed, device, state.see, state.truth,
        why, naming.ready(), _shots=tuple(shots),
    )  # fmt: skip


def _device(sight: Sight) -> torch.device:
    """Where the models are, for what needs one; the rest is made on the CPU."""
    return naming.load().device if sight.model else torch.device("cpu")


@st.cache_resource(show_spinner=False, max_entries=2)
def _lite0(device: str) -> Any:
    return lite0(device)


@st.cache_resource(show_spinner=False, max_entries=256)
def _map(digest: str, see: str, device: str, _shot: Any) -> Evidence:
    return _made(SIGHTS[see], _shot, device)


def _made(sight: Sight, shot: Shot, device: str) -> Evidence:
    source: tuple[Any, ...] = ()
    if sight.kind == "exact-mask":
        source = (torch.from_numpy(shot.alpha)[None, None] / 255,)
    elif sight.model:
        model = _lite0(device) if sight.model == "lite0" else bundled.load(sight.model, device)
        source = (model,)
    with _lock:
        found = providers.provider(sight.kind, *source)(_small(shot.image).to(device))
    found = found.minus_mean() if sight.minus_mean else found
    if sight.times:
        found = found.times(_made(SIGHTS[sight.times], shot, device).minus_mean())
    return Evidence(
        found.values.cpu(), found.name, found.model, found.layer, found.scale, found.cost
    )


def _small(image: Any) -> torch.Tensor:
    return pictures.to_tensor(pictures.square(image, SIDE))


@st.cache_data(show_spinner=False, max_entries=64)
def _overlay(digest: str, see: str, device: str, _shot: Any) -> Overlay:
    density = _map(digest, see, device, _shot=_shot).at(SIZE, SIZE)[0, 0].numpy() * SIZE**2
    drawn = figures.overlay(_shot.image, density)
    return Overlay(pictures.png(drawn), float(density.min()), float(density.max()))


@st.cache_data(show_spinner=False, max_entries=96)
def _judge(
    digests: tuple[str, ...],
    method: str,
    params: Given,
    given: Given,
    seed: int,
    device: str,
    see: str,
    truth: str,
    why: str,
    ready: bool,
    _shots: Any,
) -> Judged:
    batch, plan = planned(method, params, given, seed, _shots, device)
    chosen = exact = None
    gaps = []
    if not why:
        chosen, gap = _measure(plan, [of(shot, see) for shot in _shots], SIGHTS[see].title)
        gaps.append(gap)
    if all(shot.alpha is not None for shot in _shots):
        masks = [of(shot, EXACT) for shot in _shots]
        exact, gap = _measure(plan, masks, SIGHTS[EXACT].title, QUESTIONS[truth])
        gaps.append(gap)
    said, classes = (), "no model"
    if ready:
        said, classes = _said(_shots, pictures.to_array(plan.apply(batch.x)[:1])[0])
    mismatch = gaps[-1] if gaps and np.isfinite(gaps[-1]) else None
    return Judged(chosen, why, exact, truth, said, classes, mismatch)


def _measure(
    plan: Any, maps: Sequence[Evidence], title: str, truth: str = "own"
) -> tuple[Measure, float]:
    """Row 0 by these maps, one a photo, and its mismatch."""
    first = maps[0]
    whole = Evidence(torch.cat([m.values for m in maps]), first.name)
    seen, worth = visible.visible(plan, whole)[0], visible.worth(plan, whole, truth)[0]
    gap = float(visible.mismatch(plan, whole, truth)[0])
    made = ", ".join(filter(None, (first.model, first.layer, first.model and first.scale)))
    shares = () if worth.isnan().any() else tuple(worth.tolist())
    # Maps sum to one in single precision: what is left over is not a share.
    return Measure(title, made, tuple(seen.round(decimals=6).tolist()), shares), gap


def _said(shots: Sequence[Shot], mixed: Any) -> tuple[tuple[float, ...], str]:
    """Lite0's probabilities of the mix for its likeliest class of each photo, summing to 1."""
    namer = naming.load()
    model = _lite0(str(namer.device))
    x = torch.cat([_small(image) for image in (*(shot.image for shot in shots), mixed)])
    with _lock, torch.inference_mode():
        p = model(x.to(namer.device)).softmax(1).double().cpu()
    best = p[:-1].argmax(1).tolist()
    called = [namer.names[i] for i in best]
    if len(set(best)) < len(best):
        return (), f"not used: {called[0]} for both" if len(best) == 2 else "not used: one class"
    shares = p[-1, best] / p[-1, best].sum()
    return tuple(shares.tolist()), ", ".join(called)
