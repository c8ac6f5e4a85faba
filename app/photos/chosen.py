"""Photos that a state names: which can be shown, their squares, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from app.link.states import SIDES, Keys, Picture, State
from app.mixes import photo_names, photos
from app.mixes.photos import CutPhoto
from app.photos import visitor_photos


def settle_state(state: State, keys: Keys, count: int) -> tuple[State, list[str]]:
    """The state that can be shown: an own photo that is not here gives way to the example.

    Also one sentence for each of the first `count`, lest the example be taken for the photo.
    """
    notes = []
    settled = list(state.pictures)
    for i, side in enumerate(SIDES[:count]):
        picture, example = settled[i], keys[side].default
        if not photos.at_hand(picture, visitor_photos.list_uploads()):
            called = f" (“{picture.name.strip()}”)" if picture.name.strip() else ""
            notes.append(
                f"This link needs a photo that is not here for picture {side.upper()}{called}; "
                "upload the same file, or choose an example. "
                f"Until then, {side.upper()} is the example “{example}”."
            )
            settled[i] = replace(picture, source=example, name="")
    return replace(state, pictures=tuple(settled)), notes


def cut_photos(state: State, count: int) -> tuple[CutPhoto, ...]:
    """The first `count` photos."""
    return tuple(
        photos.cut_photo(picture, visitor_photos.list_uploads())
        for picture in state.pictures[:count]
    )


def name_photos(state: State, shots: Sequence[CutPhoto]) -> tuple[str, ...]:
    """What the photos are called: as typed, else as known, else as their files are."""
    pairs = zip(state.pictures, shots, strict=False)
    found = [_name(picture, shot) for picture, shot in pairs]
    return tuple(
        f"{name} ({side.upper()})" if found.count(name) > 1 else name
        for side, name in zip(SIDES, found, strict=False)
    )


def _name(picture: Picture, shot: CutPhoto) -> str:
    return (
        picture.name.strip()
        or shot.title
        or photos.name_upload(visitor_photos.list_uploads()[picture.source])
    )


def wait_for_names(began: str) -> None:
    """While the naming model is loading, look every second; then draw the page with names.

    began: photo_names.get_status() when this page began to be drawn. What it was made without, it
    has to be made once more.
    """
    if photo_names.get_status() == "loading":
        photo_names.start_loading()
        _look()
    elif began == "loading":
        st.rerun()


@st.fragment(run_every=1.0)
def _look() -> None:
    if photo_names.get_status() != "loading":
        st.rerun()
