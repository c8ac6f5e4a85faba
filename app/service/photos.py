"""Where pictures come from: the bundled examples, generated scenes, and what a person brings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from app.state import SIZE, Picture
from mixcore import pictures
from mixcore.data import gallery, scenes
from mixcore.pictures import PictureError

__all__ = ["SHELF", "PictureError", "Shot", "Upload"]

SHELF = 12  # own photos kept at once in a session
THUMB = 112


class Example(NamedTuple):
    """A bundled photo, as a picker shows it."""

    name: str
    title: str
    alt: str


@dataclass(frozen=True)
class Upload:
    """A photo that a person brought: its file and what it is called. Lives in their session."""

    digest: str
    name: str
    data: bytes


@dataclass(frozen=True, eq=False)
class Shot:
    """One photo cut to a square: uint8 (SIZE, SIZE, 3), as PNG, and what it shows.

    title is what is known without a model: the example's name, the scene's class, or "".
    alpha is the object's share of each pixel, uint8 (SIZE, SIZE), and ground the same picture
    without its object; only a generated scene knows them.
    """

    image: NDArray[np.uint8]
    png: bytes
    digest: str
    title: str
    alt: str
    alpha: NDArray[np.uint8] | None = None
    ground: NDArray[np.uint8] | None = None


@st.cache_resource(show_spinner=False, max_entries=1)
def examples() -> tuple[Example, ...]:
    """The bundled photos, everyday ones first."""
    photos = (gallery.info(name) for name in gallery.names())
    return tuple(Example(p.name, p.title, p.alt) for p in photos)


@st.cache_data(show_spinner=False, max_entries=128)
def thumb(name: str) -> bytes:
    """A small square of a bundled photo, PNG."""
    return pictures.png(pictures.square(gallery.load(name), THUMB))


def admit(data: bytes, name: str, notes: list[str] | None = None) -> Upload:
    """Take in a file, after one full reading; PictureError says in one sentence why not.

    What a person should know of its tones is appended to `notes`.
    """
    pictures.read(data, name, notes)
    return Upload(pictures.digest(data), name, data)


def at_hand(picture: Picture, shelf: dict[str, Upload]) -> bool:
    """Whether `picture` can be made here: all can, but for another person's photo."""
    return picture.is_scene or picture.source in gallery.names() or picture.source in shelf


def shot(picture: Picture, shelf: dict[str, Upload]) -> Shot:
    """The square that `picture` asks for; it must be at hand."""
    cut = (picture.zoom, picture.x, picture.y)
    if picture.is_scene:
        return _scene(picture.scene, *cut)
    if picture.source in shelf:
        upload = shelf[picture.source]
        return _upload(upload.digest, *cut, upload.name, _data=upload.data)
    return _example(picture.source, *cut)


@st.cache_data(show_spinner=False, max_entries=24)
def _example(name: str, zoom: float, x: float, y: float) -> Shot:
    photo = gallery.info(name)
    return _shot(gallery.load(name), zoom, x, y, photo.title, photo.alt)


@st.cache_data(show_spinner=False, max_entries=24)
def _scene(seed: int, zoom: float, x: float, y: float) -> Shot:
    scene = scenes.make(seed, SIZE)
    alt = f"a generated scene with a {scene.name}"
    whole = _shot(scene.image, zoom, x, y, scene.name, alt)
    cover = np.dstack([np.rint(scene.alpha * 255).astype(np.uint8)] * 3)
    alpha = pictures.square(cover, SIZE, zoom, x, y)[..., 0]
    return replace(whole, alpha=alpha, ground=pictures.square(scene.empty, SIZE, zoom, x, y))


@st.cache_data(show_spinner=False, max_entries=24)
def _upload(digest: str, zoom: float, x: float, y: float, name: str, _data: bytes) -> Shot:
    return _shot(pictures.read(_data, name), zoom, x, y, "", f"your photo {name}")


def _shot(whole: NDArray[np.uint8], zoom: float, x: float, y: float, title: str, alt: str) -> Shot:
    image = pictures.square(whole, SIZE, zoom, x, y)
    return Shot(image, pictures.png(image), pictures.digest(image), title, alt)
