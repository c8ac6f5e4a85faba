"""A mix of two photos as the mix pad in the browser takes it, ready to be moved.

Heavy things (photos, fields, maps) travel as parcels of their own, named by their digest, so that
the browser gets them once; the rest is a small dict that changes with every mix.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.link.states import SIZE
from app.mixes import evidence_kinds, maps, pad_shapes
from app.mixes.evidence_kinds import EXACT, LOADED
from app.mixes.known_methods import MethodCard
from app.mixes.maps import UnseenError
from app.mixes.memory import Named, remember
from app.mixes.mixing import Asked, make_pair_plan
from app.mixes.photos import CutPhoto
from mixcore import cell_masks, pictures
from mixcore.evidence import Evidence
from mixcore.plan import Plan
from mixcore.regions.shapes import Cells
from mixcore.warps.geometry import Resize, Then, Warp

GRID = 56  # cells a side of a brushed mask
FRAME = (0, SIZE, 0, SIZE)
FIELDS = ("rank", "sigmoid")  # shapes that are thresholds of a field


@dataclass(frozen=True, eq=False)
class Parcel:
    """Bytes for the browser, under a name that no other bytes have."""

    name: str
    kind: str
    load: bytes
    data: bytes


@dataclass(frozen=True, eq=False)
class Moves:
    """A mix as the browser can move it: the terms of its region, and what they refer to."""

    terms: dict[str, Any]
    parcels: tuple[Parcel, ...]


def is_drawable(card: MethodCard, plan: Any) -> bool:
    """Whether the browser can draw this plan itself, in every place a hand may bring it to."""
    if not isinstance(plan, Plan) or card.photos != 2 or card.inside:
        return False
    return _bend(plan.warp) is not None


def pack_asset(kind: str, load: bytes, **head: Any) -> Parcel:
    """The load with a head that says what it is."""
    name = pictures.digest(kind.encode() + load)
    text = json.dumps({"name": name, "kind": kind, **head}).encode()
    gap = b"\0" * (-(4 + len(text)) % 4)
    return Parcel(name, kind, load, struct.pack("<I", len(text)) + text + gap + load)


@remember(24)
def describe_moves(
    wanted: Asked, hands: tuple[str, ...], shots: Sequence[CutPhoto], later: bool = False
) -> Moves:
    """The mix for the browser, of a plan that it `can` draw.

    later: whether it asks for a `sweep` when a hand comes near the lam slider; to plan all steps
    costs more than the mix itself, and most changes are no drag.
    """
    plan = make_pair_plan(wanted, shots)[1]
    free = pad_shapes.free_request(wanted)
    word = dict(wanted.given).get("mask")
    now = pad_shapes.describe_shape(plan.region) if word is None else {"kind": "word", "word": word}
    bend = _bend(plan.warp)
    if bend is None:
        raise ValueError("the browser knows no such warp; ask is_drawable first.")
    mirrored, resize = bend
    parcels = [
        pack_picture(shots[0].png),
        pack_picture(_mirrored(shots[1]) if mirrored else shots[1].png),
    ]
    swept = "lam" in hands
    strip = pad_shapes.make_strip(free, shots) if swept and not later else None
    terms = {
        "n": SIZE, "grid": GRID, "now": now, "a": parcels[0].name, "b": parcels[1].name,
        "resize": resize, "mirrored": mirrored,
        "field": _field(free, now if strip is None else strip.shapes[0], plan, parcels, shots),
        "strip": strip and strip.steps(), "sweep": sweep_name(free) if swept and later else None,
        "byArea": pad_shapes.by_area(plan),
        "byHand": pad_shapes.by_hand(free, hands, shots),
        "after": bool(pad_shapes.list_needs(wanted)),
    }  # fmt: skip
    return Moves(terms, tuple(parcels))


def sweep_name(free: Asked) -> str:
    """What a mix is called as far as its lam slider goes: the same wherever a hand has set it."""
    return pictures.digest(repr(free).encode())


def pack_sweep(free: Asked, shots: Sequence[CutPhoto], at_hand: str) -> Parcel:
    """The mix at every step of lam; its load is the shapes' field, unless that is `at_hand`.

    The head's strip is null where only mixcore can draw them all.
    """
    strip = pad_shapes.make_strip(free, shots)
    kind, load = "strip", b""
    if strip and strip.shapes[0]["kind"] in FIELDS:
        field = _threshold(free, shots)
        if field.name != at_hand:
            kind, load = field.kind, field.load
    return pack_asset(kind, load, sweep=sweep_name(free), strip=strip and strip.steps())


def list_hands(card: MethodCard, plan: Any, word: str) -> tuple[str, ...]:
    """By what a hand may move this mix: "lam", "box", and "cells" or "brush" for a mask."""
    given = card.info.given
    found = ["lam"] if "lam" in given else []
    region = plan.region if isinstance(plan, Plan) else None
    if "box" in given and region is not None and pad_shapes.describe_shape(region)["kind"] == "box":
        found.append("box")
    if "mask" in given:
        whole = isinstance(region, Cells) or (word and max(cell_masks.read_mask(word).shape) < GRID)
        found.append("cells" if whole else "brush")
    return tuple(found)


def pack_picture(png: bytes) -> Parcel:
    """A picture, the very levels of its PNG."""
    return pack_asset("png", png)


def _mirrored(shot: CutPhoto) -> bytes:
    return pictures.png(np.ascontiguousarray(shot.image[:, ::-1]))


def _field(
    free: Asked,
    shape: pad_shapes.Shape,
    plan: Plan,
    parcels: list[Parcel],
    shots: Sequence[CutPhoto],
) -> str | None:
    """The name of what such shapes refer to, pixel by pixel, once it is among the parcels."""
    if shape["kind"] == "dense":  # the mask itself, which may be another for every lam
        found = pack_asset("heights", _compute_field(plan).tobytes())
    elif shape["kind"] in FIELDS:
        found = _threshold(free, shots)
    else:
        return None
    parcels.append(found)
    return found.name


@remember(24)
def _threshold(free: Asked, shots: Sequence[CutPhoto]) -> Parcel:
    """The field that the shapes are thresholds of: the same for every lam."""
    found = _compute_field(make_pair_plan(free, shots)[1])
    return pack_asset("ranks" if found.dtype == np.uint32 else "heights", found.tobytes())


def _compute_field(plan: Plan) -> NDArray[Any]:
    field = pad_shapes.compute_field(plan.region)
    if field is None:
        raise ValueError(f"{type(plan.region).__name__} is the threshold of no field.")
    return field


def _bend(warp: Warp | None) -> tuple[bool, dict[str, Any] | None] | None:
    """Whether B is mirrored first, and how it is resized into its box; None for other warps."""
    match warp:
        case None:
            return False, None
        case Resize():
            return False, _describe_resize(warp)
        case Then(second=Resize() as second):
            first = _bend(warp.first)
            return None if first is None or first[1] else (first[0], _describe_resize(second))
    probe = torch.arange(3.0 * SIZE * SIZE).view(3, SIZE, SIZE)
    return (True, None) if torch.equal(warp.piece(probe, 0, FRAME), probe.flip(-1)) else None


def _describe_resize(warp: Resize) -> dict[str, Any]:
    source = None if warp.source is None else warp.source[0].tolist()
    return {"source": source, "nearest": warp.mode == "nearest"}


def pack_evidence(
    sees: Sequence[str], mirrored: bool, shots: Sequence[CutPhoto]
) -> tuple[list[dict[str, Any]], Parcel | None]:
    """All maps at hand of both photos, as small as they were made, in one asset, with an index.

    An entry is {see, a: [offset, rows, columns], b: ..., ends}: offsets in numbers of the parcel,
    and the least and the largest value of each photo's map, as multiples of an even share.
    """
    table, load, offset = [], [], 0
    for see in dict.fromkeys((*sees, *LOADED, EXACT)):
        try:
            made = [maps.load_map(shot, evidence_kinds.find_kind(see)) for shot in shots]
        except UnseenError:
            continue
        entry: dict[str, Any] = {"see": see, "ends": []}
        for side, one in zip("ab", made, strict=True):
            values = _grid(one.values[0, 0].numpy())
            if mirrored and side == "b":
                values = values[:, ::-1]
            data = np.ascontiguousarray(values, np.float32).tobytes()
            entry[side] = [offset, *values.shape]
            entry["ends"].append(_ends(Named(one, pictures.digest(data)), values.shape))
            load.append(data)
            offset += values.size
        table.append(entry)
    return table, pack_asset("maps", b"".join(load)) if load else None


@remember(256)
def _ends(one: Named[Evidence], shape: tuple[int, ...]) -> tuple[float, float]:
    wide = one.value.at(SIZE, SIZE) * SIZE**2
    return float(wide.min()), float(wide.max())


def _grid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The map as it is, or one cell where it is the same everywhere."""
    return values[:1, :1] if values.size and np.ptp(values) == 0 else values
