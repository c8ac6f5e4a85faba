"""Pickers: where a picture comes from, how it is cut to a square, what it is called."""

from __future__ import annotations

import random
from functools import partial

import streamlit as st

from app.link.states import SCENE, Keys, PhotoCrop, Picture
from app.mixes import photo_names, photos
from app.mixes.photos import CutPhoto
from app.mixes.text import escape_markdown
from app.photos import crop_frame, visitor_photos
from app.session import EXPLORE


def show(side: str, picture: Picture, shot: CutPhoto, name: str, keys: Keys) -> None:
    """The picker of one side. Its widgets are always there, the grid only while it is open."""
    pop = st.popover(escape_markdown(name), key=f"pick-{side}", width="stretch", on_change="rerun")
    with pop, st.container(key=f"picker-{side}", gap="small"):
        st.html(f'<h3 class="cap">Picture {side.upper()}</h3>')
        if pop.open:
            _grid(side, picture)
        _crop(side, picture, name, keys, drawn=bool(pop.open))
        _name(side, picture, shot)
        _scene(side, picture, keys)


def _name(side: str, picture: Picture, shot: CutPhoto) -> None:
    proposals = photo_names.propose_names(shot)
    own = visitor_photos.list_uploads().get(picture.source)
    listed = ", ".join(f"{name} ({probability:.2f})" for name, probability in proposals)
    st.text_input(
        "Name", key=f"{side}.name", max_chars=40, bind="query-params",
        placeholder=shot.title or (photos.name_upload(own) if own else "type a name"),
        help=f"The model proposes {listed}." if listed else "The model has not proposed one yet.",
    )  # fmt: skip


def _crop(side: str, picture: Picture, name: str, keys: Keys, drawn: bool) -> None:
    if drawn:
        show_frame(f"crop-{side}", side, picture, name)
    with st.container(key=f"unused-crop-{side}"):  # the frame sets them, and they keep the link
        for part in ("zoom", "x", "y"):
            key = keys[f"{side}.{part}"]
            st.number_input(
                key.name, float(key.low), float(key.high), key.default, key=key.name,
                format="%.6g", bind="query-params",
            )  # fmt: skip
        st.toggle("whole", key=f"{side}.whole", bind="query-params")


def show_frame(key: str, side: str, picture: Picture, name: str) -> None:
    """The frame of the picture of one side."""
    preview = photos.make_preview(picture, visitor_photos.list_uploads())
    crop_frame.show(key, name, preview, picture.crop, partial(_cut, side, picture.source))


def _cut(side: str, source: str, to: PhotoCrop) -> None:
    EXPLORE.put_values(to.values(side))
    visitor_photos.keep_crop(source, to)


def _scene(side: str, picture: Picture, keys: Keys) -> None:
    key = keys[f"{side}.scene"]
    with st.container(key=f"scene-{side}", horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Generated scene", int(key.low), int(key.high), key.default, key=key.name,
            bind="query-params", width=130, help="A cut-out object on a photo, by chance.",
        )  # fmt: skip
        st.button(
            "Use it", key=f"scene-use-{side}", disabled=picture.is_scene, on_click=choose_picture,
            args=(side, SCENE),
        )  # fmt: skip
        st.button("New scene", key=f"scene-new-{side}", on_click=_new_scene, args=(side,))


def _grid(side: str, picture: Picture) -> None:
    with st.container(key=f"grid-{side}", horizontal=True, gap="xsmall"):
        for upload in visitor_photos.list_uploads().values():
            png, name = photos.make_tile(upload), upload.name
            _cell(
                side, upload.digest, photos.name_upload(upload), f"Your photo {name}", png, picture
            )
        for example in photos.list_examples():
            png = photos.make_thumb(example.name)
            _cell(side, example.name, example.title, example.alt, png, picture)


def _cell(side: str, source: str, title: str, alt: str, png: bytes, picture: Picture) -> None:
    with st.container(key=f"tile-{side}-{source}", width=84, height=104, gap=None, border=False):
        st.image(png, width=84, output_format="PNG", alt=alt)
        st.button(
            escape_markdown(title), key=f"use-{side}-{source}",
            on_click=choose_picture, args=(side, source),
            type="primary" if picture.source == source else "secondary",
        )  # fmt: skip


def choose_picture(side: str, source: str) -> None:
    """Take another picture, for callbacks; cut and name belonged to the last one.

    An own photo is cut as it was cut last.
    """
    upload = visitor_photos.list_uploads().get(source)
    cut = (upload.crop if upload else PhotoCrop()).values(side)
    EXPLORE.put_values({side: source, f"{side}.name": "", **cut})


def _new_scene(side: str) -> None:
    choose_picture(side, SCENE)
    EXPLORE.put_values({f"{side}.scene": random.randrange(10_000)})
