"""PAIR: choose A and B, cut them to squares, name them."""

from __future__ import annotations

import random
from dataclasses import replace
from html import escape
from pathlib import PurePath

import streamlit as st

from app import session
from app.parts import picker
from app.service import naming, photos
from app.service.photos import Shot
from app.state import SCENE, Keys, Picture, State
from app.words import short

SIDES = ("a", "b")
SURE = 0.3  # below this, a proposal is a guess and would make a sentence untrue
PARTS = ("", ".scene", ".zoom", ".x", ".y", ".name")


def settle(state: State, keys: Keys) -> tuple[State, list[str]]:
    """The state that can be shown: an own photo that is not here gives way to the example.

    Also one sentence for each, as nobody may take the example for the photo.
    """
    notes = []
    for side in SIDES:
        picture, example = getattr(state, side), keys[side].default
        if not photos.at_hand(picture, session.shelf()):
            notes.append(
                f"This link needs image {picture.source[:4]}…; upload it, or choose an example. "
                f"Until then, {side.upper()} is the example “{example}”."
            )
            state = replace(state, **{side: replace(picture, source=example, name="")})
    return state, notes


def shots(state: State) -> tuple[Shot, Shot]:
    """The two squares."""
    return photos.shot(state.a, session.shelf()), photos.shot(state.b, session.shelf())


def names(state: State, both: tuple[Shot, Shot]) -> tuple[str, str]:
    """What A and B are called: as typed, else as known, else as the model proposes."""
    first, second = (_name(p, s) for p, s in zip((state.a, state.b), both, strict=True))
    return (first, second) if first != second else (f"{first} (A)", f"{second} (B)")


def _name(picture: Picture, shot: Shot) -> str:
    if picture.name.strip() or shot.title:
        return picture.name.strip() or shot.title
    for proposal, probability in naming.propose(shot)[:1]:
        if probability >= SURE:
            return proposal
    return PurePath(session.shelf()[picture.source].name).stem[:24] or "your photo"


def panel(state: State, both: tuple[Shot, Shot], called: tuple[str, str], keys: Keys) -> None:
    """The two pictures with their pickers, and what can be done with both."""
    st.html('<h3 class="cap">Pair</h3>')
    with st.container(key="pair", horizontal=True, gap=None, wrap=False):
        _side("a", state.a, both[0], called[0], keys)
        st.button("Swap", icon=":material/swap_horiz:", key="swap", on_click=_swap, args=(keys,))
        _side("b", state.b, both[1], called[1], keys)
    st.html(f'<p class="sees">{_sees(both)}</p>')
    with st.container(key="pair-actions", horizontal=True, gap="xsmall"):
        st.button(
            "Random pair", icon=":material/shuffle:", key="random", on_click=_random, args=(keys,)
        )
        picker.own_photos(keys)


def _side(side: str, picture: Picture, shot: Shot, name: str, keys: Keys) -> None:
    with st.container(key=f"side-{side}", gap="xxsmall"):
        alt = f"Picture {side.upper()}: {shot.title or name}"
        st.image(shot.png, width="stretch", output_format="PNG", alt=alt)
        picker.popover(side, picture, shot, name, keys)


def _sees(both: tuple[Shot, Shot]) -> str:
    """What the naming model takes the two for, or that it is on its way."""
    first, second = (naming.propose(shot) for shot in both)
    if not first or not second:
        return "The naming model is on its way." if naming.status() == "loading" else ""
    seen = (f"{escape(best[0])} {short(best[1])}" for best in (first[0], second[0]))
    return f"The model sees {', '.join(seen)}."


def _swap(keys: Keys) -> None:
    now = session.values(keys)
    both = (SIDES, SIDES[::-1])
    session.put({f"{one}{part}": now[f"{two}{part}"] for one, two in both for part in PARTS})


def _random(keys: Keys) -> None:
    own = list(session.shelf())
    sources = own if len(own) >= 2 else [p.name for p in photos.examples()] + [SCENE] * 4
    first = random.choice(sources)
    second = random.choice([s for s in sources if s != first or s == SCENE])
    fresh: dict[str, object] = {}
    for side, source in zip(SIDES, (first, second), strict=True):
        fresh |= {f"{side}{part}": keys[f"{side}{part}"].default for part in PARTS}
        fresh[side] = source
        if source == SCENE:
            fresh[f"{side}.scene"] = random.randrange(10_000)
    if not session.values(keys)["lock"]:
        fresh["seed"] = random.randrange(10_000)
    session.put(fresh)
