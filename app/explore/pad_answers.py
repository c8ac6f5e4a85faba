"""Preview server: answers about a mix that is being moved, where the browser cannot tell.

A label that a model makes once it has seen the mix, a mask that is learned or solved. Each session
lays what it shows on the desk, under a handle that cannot be guessed; a client that has it may ask
what becomes of it when the hand moves. Nothing else can be asked.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from app.link.keys import Key
from app.link.states import SIZE
from app.mixes import pad_data, pad_shapes
from app.mixes.label_maps import read_maps
from app.mixes.mixing import Asked, make_pair_plan
from app.mixes.pad_data import Parcel, pack_asset
from app.mixes.pad_maps import pack_map
from app.mixes.photos import CutPhoto
from mixcore import pictures

SESSIONS = 256  # on the desk at once; the oldest makes room
RATE, BURST = 20.0, 30.0  # questions a second, and how many may come at once
ASKABLE = {
    "lam": Key("lam", "real", 0, 0, 1),
    "rows": Key("rows", "span", (0, 0), 0, SIZE),
    "columns": Key("columns", "span", (0, 0), 0, SIZE),
    "mask": Key("mask", "mask", ""),
    "sweep": Key("sweep", "text", "", high=200),
}
WAYS = ({"lam"}, {"rows", "columns"}, {"mask"}, {"sweep"})


class BusyError(RuntimeError):
    """Too many questions; the message says so."""


class StaleError(RuntimeError):
    """A later question has come in the meantime."""


@dataclass(eq=False)
class Place:
    """One session's mix on the preview server, and its questions."""

    wanted: Asked
    shots: tuple[CutPhoto, ...]
    latest: int = 0
    allowance: float = BURST
    checked: float = field(default_factory=time.monotonic)
    turn: threading.Lock = field(default_factory=threading.Lock)

    def spend(self) -> None:
        """Count one question; BusyError where there are too many."""
        now = time.monotonic()
        self.allowance = min(BURST, self.allowance + (now - self.checked) * RATE)
        self.checked = now
        if self.allowance < 1:
            raise BusyError(f"At most {RATE:g} questions a second.")
        self.allowance -= 1


_places: OrderedDict[str, Place] = OrderedDict()
_lock = threading.Lock()


def make_handle() -> str:
    """A new handle, 192 random bits."""
    return secrets.token_urlsafe(24)


def keep_place(name: str, wanted: Asked, shots: Sequence[CutPhoto]) -> None:
    """Put what a session shows on the desk, in the place of what it showed before."""
    with _lock:
        place = _places.pop(name, None) or Place(wanted, tuple(shots))
        place.wanted, place.shots = wanted, tuple(shots)
        _places[name] = place
        while len(_places) > SESSIONS:
            _places.popitem(last=False)


def find_place(name: str) -> Place | None:
    """The place of this handle."""
    with _lock:
        return _places.get(name)


def read_given(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What a question fixes, for `answer`; ValueError unless it is one of WAYS, and right."""
    if set(asked) not in WAYS:
        raise ValueError("it must hold lam, or rows and columns, or mask, or sweep")
    read = {name: ASKABLE[name].read(raw) for name, raw in asked.items()}
    if "rows" in read:
        return {"box": (*read["rows"], *read["columns"])}
    if not read.get("mask", "2"):
        raise ValueError(ASKABLE["mask"].rule())
    return read


def make_answer(place: Place, fixed: Mapping[str, Any], number: int) -> Parcel:
    """The mix with the hand there: its picture, its areas and weights, as a parcel.

    fixed: what `given` made of the question. One question of a session at a time; StaleError where
    a later one waits already. A question for the sweep of lam, {"sweep": name of the field that is
    at hand}, is never too old.
    """
    if set(fixed) == {"sweep"}:
        with place.turn:
            return pad_data.pack_sweep(
                pad_shapes.free_request(place.wanted), place.shots, fixed["sweep"]
            )
    place.latest = max(place.latest, number)
    with place.turn:
        if number < place.latest:
            raise StaleError("A later question has come.")
        wanted, shots = place.wanted, place.shots
        index = tuple(pair for pair in wanted.given if pair[0] == "index")
        moved = replace(wanted, given=(*index, *fixed.items()))
        batch, plan = make_pair_plan(moved, shots)
        weights = [float(plan.w_a[0]), float(plan.w_b[0])]
        area = float(plan.area[0])
        if not np.isfinite([*weights, area]).all():
            raise ValueError("this mix has no finite label.")
        png = pictures.png(pictures.to_array(plan.apply(batch.x)[:1])[0])
        account = plan.account.read_row()
        # Maps of the clean photos are there already; those of the mix are new with every place.
        used = [pack_map(one) for one in read_maps(plan, account) if one.source is None]
        more = {"account": account.to_dict(), "used": used, "number": number}
        return pack_asset("png", png, weights=weights, areas=[area, 1 - area], **more)
