"""One cell of a grid: a mix in small, what its label is worth, how far it is off, what it cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

import mixcore
from app.link.states import State
from app.mixes import evidence_kinds, layer_images, maps, method_maps, visible_shares
from app.mixes.contact_sheet import CELL
from app.mixes.decompose import apart
from app.mixes.known_methods import Card, catalogue
from app.mixes.label_maps import LabelMap, paint_map, read_maps
from app.mixes.label_text import USED
from app.mixes.maps import UnseenError
from app.mixes.memory import remember
from app.mixes.mismatch import Judged
from app.mixes.mixing import Asked, asked, batch_of, lacks_objects
from app.mixes.photos import Shot
from app.mixes.text import Facts
from mixcore import naming, pictures
from mixcore.plan_k import AnyPlan
from mixcore.runs import courtesy, home

LOOKS = "late attention, raw"  # by the model that methods show their mix to
LACKS = "Only scenes know their objects exactly, and this method needs that."


@dataclass(frozen=True, eq=False)
class Look:
    """A mix as a cell shows it: uint8 (CELL, CELL, 3), A's share of each pixel, uint8 (CELL, CELL).

    ms is what planning and applying took; batch, clean maps and judging are not counted.
    """

    picture: NDArray[np.uint8]
    share: NDArray[np.uint8]
    facts: Facts
    found: Judged
    ms: float
    used: tuple[LabelMap, ...] = ()


def can(card: Card) -> bool:
    """Whether mixes of this method have a place in a grid: two photos, mixed as pixels."""
    return card.photos == 2 and not card.inside


def cards() -> dict[str, Card]:
    """The methods that may be compared."""
    return {key: card for key, card in catalogue().items() if can(card)}


def look(state: State, shots: Sequence[Shot], device: str) -> Look | str:
    """The mix of two photos that `state` asks for, or why there is none, in one sentence."""
    if lacks_objects(catalogue()[state.method], shots):
        return LACKS
    wanted, why = asked(state, shots, device), visible_shares.blind(state.see, shots)
    try:
        return _look(wanted, state.see, state.truth, why, naming.ready(), _shots=tuple(shots))
    except (UnseenError, ValueError) as error:
        return str(error)


@remember(144)
def _look(wanted: Asked, see: str, truth: str, why: str, ready: bool, _shots: Any) -> Look:
    method = mixcore.method(wanted.method, **dict(wanted.params))
    batch = batch_of(method, _shots, dict(wanted.given), wanted.device)
    if method.info.after and not visible_shares.blind(LOOKS, _shots):
        _ = [method_maps.likeliest(shot) for shot in _shots]  # of the clean photos, beforehand
    plan, mixed, seconds = _mixed(method, wanted, batch, _shots)
    if not method.info.after:  # short, so it is timed a second time, when everything is warm
        seconds = min(seconds, _mixed(method, wanted, batch, _shots)[2])
    facts, masks, _ = apart(plan, batch.x)
    small = pictures.square(pictures.to_array(mixed)[0], CELL)
    share = np.rint(pooled(masks[0]) * 255).astype(np.uint8)
    found = visible_shares.measured(plan, wanted, see, truth, why, _shots)
    return Look(small, share, facts, found, seconds * 1e3, read_maps(plan, facts.account))


@dataclass(frozen=True, eq=False)
class Layer:
    """What a cell shows instead of its mix, uint8 (CELL, CELL, 3), and what that is; or why not."""

    picture: NDArray[np.uint8] | None
    said: str


def draw_layer(look: Look, shots: Sequence[Shot], layer: str, see: str) -> Layer:
    """A layer of a cell: a mask, what evidence sees in a photo, or the map behind the label.

    A map of the mix itself is neither A's nor B's and stands for both.
    """
    if layer == "mask":
        kept = look.share.astype(np.float32) / 255
        masks = np.stack([kept, 1 - kept])
        return Layer(layer_images.mask_picture(masks, layer_images.COLOURS[:2]), "")
    side = int(layer.endswith("B"))
    photo = pictures.square(shots[side].image, CELL)
    if layer.startswith(USED):
        one = next((m for m in look.used if m.source in (side, None)), None)
        if one is None:
            return Layer(None, f"no map of {'AB'[side]}")
        picture, ends = paint_map(one, look.picture if one.source is None else photo, CELL)
        return Layer(picture, f"{one.what}: {_range(ends)}")
    try:
        density = (
            maps.of(shots[side], evidence_kinds.of(see)).at(CELL, CELL)[0, 0].numpy() * CELL**2
        )
    except UnseenError as error:
        return Layer(None, str(error))
    return Layer(layer_images.overlay(photo, density), _range(layer_images.scale_ends(density)))


def _range(ends: Sequence[float]) -> str:
    """The scale of a map in words."""
    low, middle, high = ends
    return f"{low:.1f} · {middle:.1f} · {high:.1f} × even"


def _mixed(
    method: mixcore.Method, wanted: Asked, batch: mixcore.Batch, shots: Sequence[Shot]
) -> tuple[AnyPlan, Tensor, float]:
    """The plan, A's mix (1, 3, h, w) on the CPU, and the seconds that both took."""
    if wanted.device != "cpu":
        courtesy.claim(home.home())  # a training on the same GPU lets people go first
    begun = time.perf_counter()
    plan = method_maps.seen(method, method.plan(batch, rng=wanted.seed), batch.x, shots)
    mixed = plan.apply(batch.x)[:1].cpu()
    return plan, mixed, time.perf_counter() - begun


def planned(wanted: Asked, shots: Sequence[Shot]) -> AnyPlan:
    """The very plan of a cell, for who needs no picture of it; UnseenError and ValueError."""
    method = mixcore.method(wanted.method, **dict(wanted.params))
    batch = batch_of(method, shots, dict(wanted.given), wanted.device)
    return method_maps.seen(method, method.plan(batch, rng=wanted.seed), batch.x, shots)


def pooled(mask: NDArray[np.floating]) -> NDArray[np.floating]:
    """A mask (h, w) of SIZE brought to (CELL, CELL): the mean of each block."""
    step = mask.shape[0] // CELL
    return mask.reshape(CELL, step, CELL, step).mean((1, 3))
