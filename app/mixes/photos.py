"""Sources of photos: bundled examples, generated scenes, and uploads."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from app.link.states import SCENE, SIZE, PhotoCrop, Picture
from app.mixes.memory import Named, remember
from app.mixes.photo_store import Upload
from mixcore import pictures
from mixcore.data import gallery, scenes
from mixcore.decode import clean_name
from mixcore.pictures import PictureError

__all__ = ["CutPhoto", "PhotoPreview", "PictureError", "Upload"]

THUMB = 112
PREVIEW = 480  # pixels of the longer side
TITLE = 24  # characters


class GalleryPhoto(NamedTuple):
    """A bundled photo, as a picker shows it."""

    name: str
    title: str
    alt: str


class PhotoPreview(NamedTuple):
    """A whole photo in small, JPEG, and the size that it really has."""

    jpeg: bytes
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class CutPhoto:
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

    @property
    def cache_key(self) -> tuple[str, bool]:
        """Its pixels, and whether its object is known."""
        return self.digest, self.alpha is not None


@st.cache_resource(show_spinner=False, max_entries=1)
def list_examples() -> tuple[GalleryPhoto, ...]:
    """The bundled photos, everyday ones first."""
    photos = (gallery.info(name) for name in gallery.names())
    return tuple(GalleryPhoto(p.name, p.title, p.alt) for p in photos)


@remember(128)
def make_thumb(name: str) -> bytes:
    """A small square of a bundled photo, PNG."""
    return pictures.png(pictures.square(gallery.load(name), THUMB))


def admit_file(
    data: bytes, name: str, notes: list[str] | None = None, borrowed: bool = False
) -> Upload:
    """Take in a file, after one full reading; PictureError says in one sentence why not.

    What a person should know of its tones is appended to `notes`.
    """
    name = clean_name(name)
    image = pictures.read(data, name, notes)
    height, width = image.shape[:2]
    return Upload(pictures.digest(data), name, data, width, height, _jpeg(image), borrowed=borrowed)


def name_upload(upload: Upload) -> str:
    """What an own photo is called in a sentence: its file's name without the ending."""
    stem = PurePath(upload.name).stem
    return stem if len(stem) <= TITLE else stem[: TITLE - 1] + "…"


def make_preview(picture: Picture, shelf: dict[str, Upload]) -> PhotoPreview:
    """The whole photo that `picture` is cut from, in small; it must be at hand."""
    if picture.source in shelf:
        upload = shelf[picture.source]
        return PhotoPreview(upload.preview, upload.width, upload.height)
    return _preview(SCENE, picture.scene) if picture.is_scene else _preview(picture.source, 0)


@st.cache_data(show_spinner=False, max_entries=64)
def _preview(name: str, seed: int) -> PhotoPreview:
    image = scenes.make(seed, SIZE).image if name == SCENE else gallery.load(name)
    return PhotoPreview(_jpeg(image), image.shape[1], image.shape[0])


def make_tile(upload: Upload) -> bytes:
    """A small square of an own photo as it was cut last, PNG; of its preview, so at once."""
    return _tile(Named(upload.preview, upload.digest), upload.crop)


@remember(256)
def _tile(preview: Named[bytes], crop: PhotoCrop) -> bytes:
    image = np.array(Image.open(io.BytesIO(preview.value)))
    return pictures.png(_square(image, THUMB, crop.zoom, crop.x, crop.y, crop.whole))


def forget_all() -> None:
    """Drop what is kept of own photos beside the photos themselves."""
    _upload.clear()
    _tile.clear()


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    step = max(1, max(image.shape[:2]) // (2 * PREVIEW))  # a photo of 40 megapixels is big enough
    small, out = Image.fromarray(np.ascontiguousarray(image[::step, ::step])), io.BytesIO()
    small.thumbnail((PREVIEW, PREVIEW))
    small.save(out, "JPEG", quality=85)
    return out.getvalue()


def at_hand(picture: Picture, shelf: dict[str, Upload]) -> bool:
    """Whether `picture` can be made here: all can, but for another user's photo."""
    return picture.is_scene or picture.source in gallery.names() or picture.source in shelf


def cut_photo(picture: Picture, shelf: dict[str, Upload]) -> CutPhoto:
    """The square that `picture` asks for; it must be at hand."""
    cut = (picture.zoom, picture.x, picture.y, picture.whole)
    if picture.is_scene:
        return _scene(picture.scene, *cut)
    if picture.source in shelf:
        upload = shelf[picture.source]
        return _upload(Named(upload.data, upload.digest), *cut, upload.name)
    return _example(picture.source, *cut)


@remember(24)
def _example(name: str, zoom: float, x: float, y: float, whole: bool) -> CutPhoto:
    photo, cut = gallery.info(name), (zoom, x, y, whole)
    return _shot(_square(gallery.load(name), SIZE, *cut), photo.title, photo.alt)


@remember(24)
def _scene(seed: int, zoom: float, x: float, y: float, whole: bool) -> CutPhoto:
    scene, cut = scenes.make(seed, SIZE), (zoom, x, y, whole)
    alt = f"a generated scene with a {scene.name}"
    shot = _shot(_square(scene.image, SIZE, *cut), scene.name, alt)
    cover = np.dstack([np.rint(scene.alpha * 255).astype(np.uint8)] * 3)
    alpha = _square(cover, SIZE, *cut)[..., 0]
    return replace(shot, alpha=alpha, ground=_square(scene.empty, SIZE, *cut))


@remember(24)
def _upload(
    data: Named[bytes], zoom: float, x: float, y: float, whole: bool, name: str
) -> CutPhoto:
    image = _square(pictures.read(data.value, name), SIZE, zoom, x, y, whole)
    return _shot(image, "", f"your photo {name}")


def _square(
    image: NDArray[np.uint8], size: int, zoom: float, x: float, y: float, whole: bool
) -> NDArray[np.uint8]:
    return pictures.fit(image, size) if whole else pictures.square(image, size, zoom, x, y)


def _shot(image: NDArray[np.uint8], title: str, alt: str) -> CutPhoto:
    return CutPhoto(image, pictures.png(image), pictures.digest(image), title, alt)
