"""Controls of the photos: choose A and B, or A to D, cut them to squares, name them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from html import escape

import streamlit as st

from app.link.states import CROP, SCENE, SIDES, Keys, Picture, State
from app.mixes import photo_names, photos
from app.mixes.photos import CutPhoto
from app.mixes.text import format_share
from app.photos import own_photos, picker, visitor_photos
from app.session import EXPLORE

PARTS = ("", ".scene", ".name", *(f".{part}" for part in CROP))


def show(
    state: State, shots: Sequence[CutPhoto], called: Sequence[str], keys: Keys, used: int
) -> None:
    """The pictures with their pickers, two a row, and what can be done with all of them.

    used: how many of them the method mixes; what it does not use is shown, but faintly.
    """
    st.html(f'<h3 class="cap">{"Pair" if len(shots) == 2 else "Photos"}</h3>')
    sides = list(zip(SIDES, state.pictures, shots, called, strict=False))
    for row in range(0, len(sides), 2):
        if len(sides) == row + 1:  # an odd one keeps to its half
            with st.columns([4, 5], gap=None)[0]:
                _side(*sides[row], keys)
            break
        key = "pair" if row == 0 else f"pair-{row}"
        with st.container(key=key, horizontal=True, gap=None, wrap=False):
            for i, side in enumerate(sides[row : row + 2]):
                if i and row == 0:
                    st.button("Swap", icon=":material/swap_horiz:", key="swap", on_click=_swap)
                elif i:
                    st.html('<span class="between"></span>')
                with st.container(key=None if row + i < used else f"idle-{side[0]}"):
                    _side(*side, keys)
    st.html(f'<p class="sees">{_idle(used)}{_sees(shots[:used])}</p>')
    with st.container(key="pair-actions", horizontal=True, gap="xsmall"):
        title = "Random pair" if len(shots) == 2 else "Random photos"
        st.button(
            title, icon=":material/shuffle:", key="random", on_click=_random,
            args=(keys, len(shots)),
        )  # fmt: skip
        place = partial(_place, len(shots))
        own_photos.show("", place, EXPLORE.tell, partial(_frames, state, called))


def _side(side: str, picture: Picture, shot: CutPhoto, name: str, keys: Keys) -> None:
    with st.container(key=f"side-{side}", gap="xxsmall"):
        alt = f"Picture {side.upper()}: {shot.title or name}"
        st.image(shot.png, width="stretch", output_format="PNG", alt=alt)
        picker.show(side, picture, shot, name, keys)


def _idle(used: int) -> str:
    return "B is not used by this method. " if used == 1 else ""


def _sees(shots: Sequence[CutPhoto]) -> str:
    """What the naming model takes the photos for, or that it is on its way."""
    proposals = [photo_names.propose_names(shot) for shot in shots]
    if not all(proposals):
        return "The naming model is on its way." if photo_names.get_status() == "loading" else ""
    seen = (f"{escape(best[0][0])} {format_share(best[0][1])}" for best in proposals)
    return f"The model sees {', '.join(seen)}."


def _frames(state: State, called: Sequence[str]) -> None:
    """The frames of own photos that are shown here."""
    own = visitor_photos.list_uploads()
    with st.container(key="own-frames"):
        for side, picture, name in zip(SIDES, state.pictures, called, strict=False):
            if picture.source in own:
                picker.show_frame(f"own-crop-{side}", side, picture, f"{side.upper()}: {name}")


def _place(count: int, brought: list[str]) -> None:
    """Show photos that were brought: two or more from A on; one as A, or as B beside an own A.

    A photo that the link was waiting for is in its place already.
    """
    now = EXPLORE.read_values()
    sides = SIDES[:count]
    if not brought or any(now[side] in brought for side in sides):
        return
    first = "b" if len(brought) == 1 and now["a"] in visitor_photos.list_uploads() else "a"
    for side, digest in zip(sides[sides.index(first) :], brought, strict=False):
        picker.choose_picture(side, digest)


def _swap() -> None:
    now = EXPLORE.read_values()
    both = (("a", "b"), ("b", "a"))
    EXPLORE.put_values({f"{one}{part}": now[f"{two}{part}"] for one, two in both for part in PARTS})


def _random(keys: Keys, count: int) -> None:
    shelf = visitor_photos.list_uploads()
    own = [digest for digest, upload in shelf.items() if not upload.borrowed]
    sources = own if len(own) >= count else [p.name for p in photos.list_examples()] + [SCENE] * 4
    fresh: dict[str, object] = {}
    for side, source in zip(SIDES, random.sample(sources, count), strict=False):
        fresh |= {f"{side}{part}": keys[f"{side}{part}"].default for part in PARTS}
        fresh[side] = source
        fresh |= shelf[source].crop.values(side) if source in shelf else {}
        if source == SCENE:
            fresh[f"{side}.scene"] = random.randrange(10_000)
    if not EXPLORE.read_value("lock"):
        fresh["seed"] = random.randrange(10_000)
    EXPLORE.put_values(fresh)


def use_scenes(keys: Keys, count: int) -> None:
    """Put a generated scene in each of the first `count` places; for callbacks."""
    for side in SIDES[:count]:
        fresh = {f"{side}{part}": keys[f"{side}{part}"].default for part in PARTS}
        EXPLORE.put_values({**fresh, side: SCENE})
