"""One mix, computed by mixcore and taken apart into numpy arrays and plain numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

import mixcore
from app import figures
from app.service.apart import Masks, View, apart, folds
from app.service.methods import Card, Given, catalogue
from app.service.photos import Shot
from app.state import State
from app.words import Facts
from mixcore import pictures
from mixcore.plank import PlanK

Image = NDArray[np.uint8]


# Two threads on a busy host of two cores are several times slower than one.
torch.set_num_threads(1)


@dataclass(frozen=True, eq=False)
class Mix:
    """A finished mix. layers: name -> PNG; gap: the largest difference from A, in delta E.

    many   whether its plan is one of k sources, mixcore.PlanK
    box    B's place, (y0, y1, x0, x1), where the method has one
    views  the sources as they go in, where they are not simply the photos
    folds  where the photo is bent, as PNG: how much of it a pixel takes, and the most that it takes
    """

    facts: Facts
    box: tuple[int, ...] | None
    layers: Mapping[str, bytes]
    gap: float
    views: tuple[View, ...] = ()
    folds: tuple[bytes, float] | None = None
    many: bool = False


def devices() -> tuple[str, ...]:
    """Names of the devices that torch can use here, "cpu" first."""
    return mixcore.devices()


def lacks_objects(card: Card, shots: Sequence[Shot]) -> bool:
    """Whether the method needs exact objects and grounds that these photos do not have."""
    return bool(card.info.needs) and any(shot.alpha is None for shot in shots)


def mix(state: State, shots: Sequence[Shot], device: str) -> Mix:
    """The mix of these photos that `state` asks for; ValueError if its values do not fit."""
    digests = tuple(shot.digest for shot in shots)
    given = tuple(fixed(state).items())
    return _mix(digests, state.method, state.params, given, state.seed, device, _shots=shots)


def fixed(state: State) -> dict[str, Any]:
    """What is not left to chance, for mixcore.Batch: the partners, and what the person fixed.

    Row 0 is A's mix: A goes with B, B with C, and the last with A.
    """
    card = catalogue()[state.method]
    index = {"index": [*range(1, card.photos), 0]} if "index" in card.info.given else {}
    return index | state.given(card.info.given)


def batch_of(card: Card, shots: Sequence[Shot], given: Mapping[str, Any], device: str) -> Any:
    """The photos as a mixcore.Batch, with exact objects and grounds where the method needs them."""
    x = pictures.to_tensor(*(shot.image for shot in shots)).to(device)
    if not card.info.needs:
        return mixcore.Batch(x, given=given)
    alpha = np.stack([shot.alpha for shot in shots])[:, None]
    grounds = pictures.to_tensor(*(shot.ground for shot in shots)).to(device)
    evidence = {"object": torch.from_numpy(alpha).to(device) / 255}
    return mixcore.Batch(x, given=given, evidence=evidence, grounds=grounds)


def planned(
    method: str, params: Given, given: Given, seed: int, shots: Any, device: str
) -> tuple[Any, Any]:
    """The photos as a batch, and its plan; ValueError if the values do not fit."""
    batch = batch_of(catalogue()[method], shots, dict(given), device)
    return batch, mixcore.method(method, **dict(params)).plan(batch, rng=seed)


@st.cache_data(show_spinner=False, max_entries=48)
def _mix(
    digests: tuple[str, ...],
    method: str,
    params: Given,
    given: Given,
    seed: int,
    device: str,
    _shots: Any,
) -> Mix:
    batch, plan = planned(method, params, given, seed, _shots, device)
    mixed = pictures.to_array(plan.apply(batch.x)[:1])[0]
    facts, masks, views = apart(plan, batch.x)
    if catalogue()[method].inside:
        facts = replace(facts, kind="features")
    colours = figures.COLOURS[: len(masks)] if len(_shots) > 1 else figures.tints(len(masks))
    recipe = {"method": method, "params": dict(params), "given": dict(given), "seed": seed}
    recipe |= {"photos": digests, **versions()}
    layers, gap = _layers(mixed, masks, colours, _shots[0].image, json.dumps(recipe))
    box = getattr(getattr(plan, "region", None), "box", None)
    box = None if box is None else tuple(map(int, box[0]))
    many = isinstance(plan, PlanK)
    return Mix(facts, box, layers, gap, views, folds(plan, batch.size), many)


def _layers(
    mixed: Image, masks: Masks, colours: figures.Colours, a: Image, recipe: str
) -> tuple[dict[str, bytes], float]:
    far = figures.difference(mixed, a)
    drawn = {
        "mixed": mixed,
        "mask": figures.mask_picture(masks, colours),
        "origin": figures.origin_picture(mixed, masks, colours),
        "difference": figures.heat(far),
    }
    layers = {name: pictures.png(image, MixScope=recipe) for name, image in drawn.items()}
    return layers, float(far.max())


def versions() -> dict[str, str]:
    """What made the pixels."""
    return {"mixcore": mixcore.__version__, "torch": torch.__version__}
