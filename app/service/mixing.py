"""One mix, computed by mixcore and taken apart into numpy arrays and plain numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st
import torch
from numpy.typing import NDArray

import mixcore
from app import charts, figures
from app.service.photos import Shot
from app.state import State
from app.words import Facts
from mixcore import pictures, registry
from mixcore.params import Param
from mixcore.registry import FAMILIES

Image = NDArray[np.uint8]
Given = tuple[tuple[str, Any], ...]

DRAWS = 20_000

# Two threads on a busy host of two cores are several times slower than one.
torch.set_num_threads(1)


@dataclass(frozen=True)
class Card:
    """What the page knows of a method."""

    key: str
    title: str
    family: str
    paper: str
    authors: str
    year: int
    summary: str
    look: str
    given: tuple[str, ...]
    presets: Mapping[str, Mapping[str, Any]]
    params: tuple[Param, ...]


@dataclass(frozen=True, eq=False)
class Mix:
    """A finished mix. layers: name -> PNG; gap: the largest difference from A, in delta E.

    box is B's place, (y0, y1, x0, x1), where the method has one.
    """

    facts: Facts
    box: tuple[int, ...] | None
    layers: Mapping[str, bytes]
    gap: float


@st.cache_resource(show_spinner=False, max_entries=1)
def catalogue() -> dict[str, Card]:
    """Every method, family by family."""
    classes = [registry.get(key) for key in mixcore.methods()]
    facts = ("key", "title", "family", "paper", "authors", "year", "summary", "look", "given")
    cards = [
        Card(
            **{name: getattr(cls.info, name) for name in facts},
            presets=cls.info.presets,
            params=cls.params(),
        )
        for cls in classes
    ]
    cards.sort(key=lambda card: (FAMILIES.index(card.family), card.year))
    return {card.key: card for card in cards}


def devices() -> tuple[str, ...]:
    """Names of the devices that torch can use here, "cpu" first."""
    return mixcore.devices()


def mix(state: State, a: Shot, b: Shot, device: str) -> Mix:
    """The mix that `state` asks for; ValueError with one sentence if its values do not fit."""
    given = tuple(state.given(catalogue()[state.method].given).items())
    return _mix(
        a.digest, b.digest, state.method, state.params, given, state.seed, device, _pair=(a, b)
    )


@st.cache_data(show_spinner=False, max_entries=48)
def _mix(
    a: str, b: str, method: str, params: Given, given: Given, seed: int, device: str, _pair: Any
) -> Mix:
    image_a, image_b = (shot.image for shot in _pair)
    x = pictures.to_tensor(image_a, image_b).to(device)
    batch = mixcore.Batch(x, torch.tensor([0, 1]), given={"index": [1, 0], **dict(given)})
    plan = mixcore.method(method, **dict(params)).plan(batch, rng=seed)
    mixed = pictures.to_array(plan.apply(x)[:1])[0]
    mask = plan.mask()[0, 0].cpu().numpy()
    facts = Facts(
        None if plan.lam is None else float(plan.lam[0]),
        float(plan.area[0]),
        float(plan.w_a[0]),
        float(plan.w_b[0]),
        kind(mask),
    )
    recipe = {"method": method, "params": dict(params), "given": dict(given), "seed": seed}
    layers, gap = _layers(mixed, mask, image_a, {**recipe, "a": a, "b": b, **versions()})
    box = getattr(plan.region, "box", None)
    return Mix(facts, None if box is None else tuple(map(int, box[0])), layers, gap)


def _layers(
    mixed: Image, mask: NDArray[np.float32], a: Image, recipe: Mapping[str, Any]
) -> tuple[dict[str, bytes], float]:
    far = figures.difference(mixed, a)
    drawn = {
        "mixed": mixed,
        "mask": figures.mask_picture(mask),
        "origin": figures.origin_picture(mixed, mask),
        "difference": figures.heat(far),
    }
    text = json.dumps(recipe)
    layers = {name: pictures.png(image, MixScope=text) for name, image in drawn.items()}
    return layers, float(far.max())


def law(state: State) -> tuple[charts.Curve, str]:
    """How lam is distributed for this method and these parameters, and that law in words."""
    law = mixcore.method(state.method, **dict(state.params)).lam_law()
    if law is None:
        return _draws(state.method, state.params), f"as in {DRAWS:,} draws"
    return charts.beta_curve(*law), f"drawn from Beta({law[0]:g}, {law[1]:g})"


@st.cache_data(show_spinner=False, max_entries=24)
def _draws(method: str, params: Given) -> charts.Curve:
    batch = mixcore.Batch(torch.zeros(DRAWS, 1, 8, 8))
    plan = mixcore.method(method, **dict(params)).plan(batch, rng=0)
    return charts.draws_curve(plan.lam.numpy())


def kind(mask: NDArray[np.float32]) -> str:
    """ "blend" where one weight holds everywhere, "hard" where it is 0 or 1, else "soft"."""
    if ((mask == 0) | (mask == 1)).all():
        return "hard"
    return "blend" if mask.min() == mask.max() else "soft"


def versions() -> dict[str, str]:
    """What made the pixels."""
    return {"mixcore": mixcore.__version__, "torch": torch.__version__}
