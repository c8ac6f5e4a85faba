"""A mix inside a network: what Lite0 holds at one layer, and what it says from there on."""

from __future__ import annotations

import copy
import threading
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st
import torch
from torch import Tensor

import mixcore
from app.link.states import SIZE, State
from app.mixes import layer_images
from app.mixes.memory import remember
from app.mixes.mixing import Asked, make_pair_plan, make_request
from app.mixes.photos import CutPhoto
from mixcore import naming, pictures

# Depth 0 is the photos; block by block down to the last features.
LAYERS = (*(f"blocks.{i}" for i in range(7)), "bn2")
SEEN, ZOOM = 224, 256 / 224  # the middle of a photo, as naming sees it

Proposal = tuple[str, float]


@dataclass(frozen=True, eq=False)
class Inside:
    """A mix at one layer.

    depth   0 for the photos, k for LAYERS[k - 1]
    size    height and width of the layer's maps
    maps    "a", "b" and "mixed" -> PNG of the mean absolute activation, dark at 0
    top     the brightest of the three, which all share; None at depth 0, where they are photos
    here    the three likeliest classes when the network goes on from this mix
    pixels  the same when the photos are mixed as pixels
    """

    depth: int
    size: tuple[int, int]
    maps: dict[str, bytes]
    top: float | None
    here: tuple[Proposal, ...]
    pixels: tuple[Proposal, ...]


class _Copy:
    """Lite0 for our own use: what hooks into it must not meet the one that names photos."""

    def __init__(self) -> None:
        namer = naming.load()
        self.model, self.names, self.device = copy.deepcopy(namer.model), namer.names, namer.device
        self.space = mixcore.Space(self.model, LAYERS)
        self.lock = threading.Lock()


@st.cache_resource(show_spinner=False, max_entries=1)
def _lite() -> _Copy:
    return _Copy()


def is_ready() -> bool:
    """Whether the network is in memory; before that there is nothing to look at."""
    return naming.ready()


def name_depth(depth: int) -> str:
    """What lies at a depth, in words."""
    if depth == 0:
        return "the photos themselves"
    return f"block {depth} of 7" if depth < len(LAYERS) else "the last features"


def mix_hidden(state: State, shots: Sequence[CutPhoto]) -> Inside:
    """The mix that `state` asks for, inside the network, which must be in memory."""
    return _inside(make_request(state, shots, "cpu"), shots)


@remember(24)
def _inside(wanted: Asked, shots: Sequence[CutPhoto]) -> Inside:
    _, plan = make_pair_plan(wanted, shots)
    lite = _lite()
    views = pictures.to_tensor(*(pictures.square(s.image, SEEN, zoom=ZOOM) for s in shots))
    with lite.lock, torch.inference_mode():
        x = (views.to(lite.device) - 0.5) / 0.5
        held = _held(lite, x, plan.depth)
        with lite.space.mixing(plan):
            here = _best(lite, x)
        with lite.space.mixing(plan, depth=0):
            pixels = _best(lite, x)
    three = torch.cat([held, plan.apply(held)[:1]])
    if plan.depth == 0:
        drawn, top = pictures.to_array(three * 0.5 + 0.5), None
    else:
        strength = three.abs().mean(1).cpu().numpy()
        top = float(strength.max())
        drawn = np.stack([_enlarged(layer_images.draw_heat(one, top)) for one in strength])
    maps = {name: pictures.png(one) for name, one in zip(("a", "b", "mixed"), drawn, strict=True)}
    return Inside(plan.depth, (three.shape[-2], three.shape[-1]), maps, top, here, pixels)


def _held(lite: _Copy, x: Tensor, depth: int) -> Tensor:
    """What the network holds of x at a depth, (b, c, h, w)."""
    if depth == 0:
        return x
    found: list[Tensor] = []
    module = lite.model.get_submodule(LAYERS[depth - 1])
    handle = module.register_forward_hook(lambda _, __, output: found.append(output.clone()))
    try:
        lite.model(x)
    finally:
        handle.remove()
    return found[0]


def _best(lite: _Copy, x: Tensor) -> tuple[Proposal, ...]:
    best = lite.model(x).softmax(-1)[0].topk(3)
    return tuple(
        (lite.names[i], p) for i, p in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    )


def _enlarged(picture: layer_images.Image) -> layer_images.Image:
    """Each cell as a square of pixels, so that no browser smears it."""
    return picture.repeat(SIZE // picture.shape[0], 0).repeat(SIZE // picture.shape[1], 1)
