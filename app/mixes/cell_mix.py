"""One cell of a grid: a small mix, its label weights, its mismatch, and what it cost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

import mixcore
from app.link.states import State
from app.mixes import evidence_kinds, layer_images, maps, method_maps, visible_shares
from app.mixes.contact_sheet import CELL
from app.mixes.decompose import decompose_plan
from app.mixes.known_methods import MethodCard, load_catalogue
from app.mixes.label_maps import LabelMap, paint_map, read_maps
from app.mixes.label_text import USED
from app.mixes.maps import UnseenError
from app.mixes.memory import remember
from app.mixes.mismatch import Judgement
from app.mixes.mixing import Asked, batch_of, lacks_objects, make_request
from app.mixes.photos import CutPhoto
from app.mixes.text import Facts
from mixcore import naming, pictures
from mixcore.plan_k import AnyPlan
from mixcore.runs import courtesy, home

LOOKS = "late attention, raw"  # by the model that methods show their mix to
LACKS = "Only scenes know their objects exactly, and this method needs that."


@dataclass(frozen=True, eq=False)
class Look:
    """A mix as a cell shows it: picture (CELL, CELL, 3) and A's share of each pixel, uint8.

    ms is what planning and applying took; batch, clean maps and judging are not counted.
    """

    picture: NDArray[np.uint8]
    share: NDArray[np.uint8]
    facts: Facts
    found: Judgement
    ms: float
    used: tuple[LabelMap, ...] = ()


def is_comparable(card: MethodCard) -> bool:
    """Whether mixes of this method have a place in a grid: two photos, mixed as pixels."""
    return card.photos == 2 and not card.inside


def list_cards() -> dict[str, MethodCard]:
    """The methods that may be compared."""
    return {key: card for key, card in load_catalogue().items() if is_comparable(card)}


def make_look(state: State, shots: Sequence[CutPhoto], device: str) -> Look | str:
    """The mix of two photos that `state` asks for, or why there is none, in one sentence."""
    if lacks_objects(load_catalogue()[state.method], shots):
        return LACKS
    wanted, why = (
        make_request(state, shots, device),
        visible_shares.why_not_visible(state.see, shots),
    )
    try:
        return _look(wanted, state.see, state.truth, why, naming.ready(), shots)
    except (UnseenError, ValueError) as error:
        return str(error)


@remember(144)
def _look(
    wanted: Asked, see: str, truth: str, why: str, ready: bool, shots: Sequence[CutPhoto]
) -> Look:
    method = mixcore.method(wanted.method, **dict(wanted.params))
    batch = batch_of(method, shots, dict(wanted.given), wanted.device)
    if method.info.after and not visible_shares.why_not_visible(LOOKS, shots):
        _ = [method_maps.find_class(shot) for shot in shots]  # of the clean photos, beforehand
    plan, mixed, seconds = _mixed(method, wanted, batch, shots)
    if not method.info.after:  # short, so it is timed a second time, when everything is warm
        seconds = min(seconds, _mixed(method, wanted, batch, shots)[2])
    facts, masks, _ = decompose_plan(plan, batch.x)
    small = pictures.square(pictures.to_array(mixed)[0], CELL)
    share = np.rint(pool_mask(masks[0]) * 255).astype(np.uint8)
    found = visible_shares.measure_mismatch(plan, wanted, see, truth, why, shots)
    return Look(small, share, facts, found, seconds * 1e3, read_maps(plan, facts.account))


@dataclass(frozen=True, eq=False)
class CellLayer:
    """A layer in place of a cell's mix, uint8 (CELL, CELL, 3), and what it is; or why not."""

    picture: NDArray[np.uint8] | None
    said: str


def draw_layer(look: Look, shots: Sequence[CutPhoto], layer: str, see: str) -> CellLayer:
    """A layer of a cell: a mask, what evidence sees in a photo, or the map behind the label.

    A map of the mix itself is neither A's nor B's and stands for both.
    """
    if layer == "mask":
        kept = look.share.astype(np.float32) / 255
        masks = np.stack([kept, 1 - kept])
        return CellLayer(layer_images.mask_picture(masks, layer_images.COLORS[:2]), "")
    side = int(layer.endswith("B"))
    photo = pictures.square(shots[side].image, CELL)
    if layer.startswith(USED):
        one = next((m for m in look.used if m.source in (side, None)), None)
        if one is None:
            return CellLayer(None, f"no map of {'AB'[side]}")
        picture, ends = paint_map(one, look.picture if one.source is None else photo, CELL)
        return CellLayer(picture, f"{one.what}: {_range(ends)}")
    try:
        density = (
            maps.load_map(shots[side], evidence_kinds.find_kind(see)).at(CELL, CELL)[0, 0].numpy()
            * CELL**2
        )
    except UnseenError as error:
        return CellLayer(None, str(error))
    return CellLayer(
        layer_images.draw_overlay(photo, density), _range(layer_images.scale_ends(density))
    )


def _range(ends: Sequence[float]) -> str:
    """The scale of a map in words."""
    low, middle, high = ends
    return f"{low:.1f} · {middle:.1f} · {high:.1f} × even"


def _mixed(
    method: mixcore.Method, wanted: Asked, batch: mixcore.Batch, shots: Sequence[CutPhoto]
) -> tuple[AnyPlan, Tensor, float]:
    """The plan, A's mix (1, 3, h, w) on the CPU, and the seconds that both took."""
    if wanted.device != "cpu":
        courtesy.claim_gpu(home.get_home())  # a training on the same GPU lets people go first
    begun = time.perf_counter()
    plan = method_maps.reweigh_plan(method, method.plan(batch, rng=wanted.seed), batch.x, shots)
    mixed = plan.apply(batch.x)[:1].cpu()
    return plan, mixed, time.perf_counter() - begun


def make_plan(wanted: Asked, shots: Sequence[CutPhoto]) -> AnyPlan:
    """The very plan of a cell, without its picture; UnseenError and ValueError."""
    method = mixcore.method(wanted.method, **dict(wanted.params))
    batch = batch_of(method, shots, dict(wanted.given), wanted.device)
    return method_maps.reweigh_plan(method, method.plan(batch, rng=wanted.seed), batch.x, shots)


def pool_mask(mask: NDArray[np.floating]) -> NDArray[np.floating]:
    """A mask (h, w) of SIZE brought to (CELL, CELL): the mean of each block."""
    step = mask.shape[0] // CELL
    return mask.reshape(CELL, step, CELL, step).mean((1, 3))
