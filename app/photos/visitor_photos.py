"""The photos that a visitor brought: the same on every page, and after a reload."""

from __future__ import annotations

from collections.abc import Iterable

import streamlit as st

from app.link.states import PhotoCrop
from app.mixes import photos
from app.mixes.photo_store import STORE, Upload
from app.shell import visitor

REMOVED = "removed-photos"


def list_uploads() -> dict[str, Upload]:
    """The user's own photos, by digest, oldest first."""
    return STORE.load(visitor.get_key())


def keep_uploads(uploads: Iterable[Upload]) -> list[Upload]:
    """Put own photos on the shelf; those there was no room for."""
    return STORE.add(visitor.get_key(), uploads)


def keep_crop(digest: str, crop: PhotoCrop) -> None:
    """Remember how an own photo was cut last."""
    STORE.change_crop(visitor.get_key(), digest, crop)


def forget_uploads(digest: str | None = None) -> None:
    """Drop one of the user's own photos, or all of them."""
    gone = set(list_uploads()) if digest is None else {digest}
    st.session_state[REMOVED] = list_removed() | gone
    photos.forget_all()
    if digest is None:
        STORE.clear(visitor.get_key())
    else:
        STORE.remove(visitor.get_key(), digest)


def list_removed() -> set[str]:
    """The own photos that were dropped in this session: pages let go of what they made of them."""
    return st.session_state.get(REMOVED, set())
