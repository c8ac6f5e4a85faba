"""Pickers: where a picture comes from, how it is cut to a square, what it is called."""

from __future__ import annotations

import random
from collections.abc import Sequence

import streamlit as st

from app import session
from app.service import naming, photos
from app.service.photos import PictureError, Shot, Upload
from app.state import SCENE, SIDES, Keys, Picture
from app.words import plain

# HEIC and AVIF are let through to be refused in words, not by a greyed-out file.
TYPES = ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "heic", "heif", "avif"]


def popover(side: str, picture: Picture, shot: Shot, name: str, keys: Keys) -> None:
    """The picker of one side. Its widgets are always there, the grid only while it is open."""
    pop = st.popover(plain(name), key=f"pick-{side}", width="stretch", on_change="rerun")
    with pop, st.container(key=f"picker-{side}", gap="small"):
        st.html(f'<h3 class="cap">Picture {side.upper()}</h3>')
        if pop.open:
            _grid(side, picture)
        _scene(side, picture, keys)
        _name(side, shot)
        _crop(side)


def _name(side: str, shot: Shot) -> None:
    proposals = naming.propose(shot)
    listed = ", ".join(f"{name} ({probability:.2f})" for name, probability in proposals)
    st.text_input(
        "Name", key=f"{side}.name", max_chars=40, bind="query-params",
        placeholder=shot.title or (proposals[0][0] if proposals else "type a name"),
        help=f"The model proposes {listed}." if listed else "The model has not proposed one yet.",
    )  # fmt: skip


def _crop(side: str) -> None:
    st.slider("Zoom", 1.0, 8.0, 1.0, 0.1, key=f"{side}.zoom", bind="query-params")
    with st.container(horizontal=True, gap="medium"):
        for name, label in (("x", "Across"), ("y", "Down")):
            st.slider(label, 0.0, 1.0, 0.5, 0.01, key=f"{side}.{name}", bind="query-params")


def _scene(side: str, picture: Picture, keys: Keys) -> None:
    key = keys[f"{side}.scene"]
    with st.container(key=f"scene-{side}", horizontal=True, vertical_alignment="bottom"):
        st.number_input(
            "Generated scene", int(key.low), int(key.high), key.default, key=key.name,
            bind="query-params", width=130, help="A cut-out object on a photo, by chance.",
        )  # fmt: skip
        st.button(
            "Use it", key=f"scene-use-{side}", disabled=picture.is_scene, on_click=_choose,
            args=(side, SCENE),
        )  # fmt: skip
        st.button("New scene", key=f"scene-new-{side}", on_click=_new_scene, args=(side,))


def _grid(side: str, picture: Picture) -> None:
    with st.container(key=f"grid-{side}", horizontal=True, gap="xsmall"):
        for upload in session.shelf().values():
            whole = Picture(upload.digest, 0, 1.0, 0.5, 0.5, "")
            png = photos.shot(whole, session.shelf()).png
            _cell(side, upload.digest, upload.name, f"Your photo {upload.name}", png, picture)
        for example in photos.examples():
            png = photos.thumb(example.name)
            _cell(side, example.name, example.title, example.alt, png, picture)


def _cell(side: str, source: str, title: str, alt: str, png: bytes, picture: Picture) -> None:
    with st.container(key=f"tile-{side}-{source}", width=84, height=104, gap=None, border=False):
        st.image(png, width=84, output_format="PNG", alt=alt)
        st.button(
            plain(title), key=f"use-{side}-{source}", on_click=_choose, args=(side, source),
            type="primary" if picture.source == source else "secondary",
        )  # fmt: skip


def _choose(side: str, source: str) -> None:
    """Take another picture; cut and name belonged to the last one."""
    fresh = {"zoom": 1.0, "x": 0.5, "y": 0.5, "name": ""}
    session.put({side: source, **{f"{side}.{part}": value for part, value in fresh.items()}})


def _new_scene(side: str) -> None:
    _choose(side, SCENE)
    session.put({f"{side}.scene": random.randrange(10_000)})


def own_photos(keys: Keys, count: int) -> None:
    """Bring own photos, from files or the camera, for the first `count` places."""
    # A forgotten file must also leave the uploader, which only a new uploader does.
    files = f"files-{session.generation()}"
    with st.popover("Your photos", icon=":material/upload:", key="own"):
        st.file_uploader(
            "Two photos make a pair; bring up to twelve to pair them up", TYPES, key=files,
            accept_multiple_files=True, on_change=_take, args=(files, keys, count),
            help="They stay on this machine and are forgotten when you close the page.",
        )  # fmt: skip
        if st.toggle("Take one with the camera", key="camera-on"):
            st.camera_input("Camera", key="camera", on_change=_take, args=("camera", keys, count))
        if len(session.shelf()) > 1:
            st.caption("Random pair now draws from your photos.")
        if session.shelf():
            st.button("Forget my photos", key="forget", on_click=_forget, args=(keys,))


def _take(widget: str, keys: Keys, count: int) -> None:
    found = st.session_state[widget] or []
    files = found if isinstance(found, list) else [found]
    uploads: list[Upload] = []
    said: list[str] = []
    for file in files:
        try:
            uploads.append(photos.admit(file.getvalue(), file.name, said))
        except PictureError as error:
            said.append(str(error))
    session.tell(*dict.fromkeys(said))
    fresh = {upload.digest: upload for upload in uploads if upload.digest not in session.shelf()}
    places = _places(list(fresh), session.values(keys), SIDES[:count])
    session.keep(fresh)
    for side, digest in places.items():
        _choose(side, digest)


def _places(fresh: list[str], now: dict[str, object], sides: Sequence[str]) -> dict[str, str]:
    """Where new photos go: two or more from A on; one goes to A, or to B beside an own A.

    A photo that the link was waiting for is in its place already.
    """
    if not fresh or any(now[side] in fresh for side in sides):
        return {}
    if len(fresh) > 1:
        return dict(zip(sides, fresh, strict=False))
    return {"b" if now["a"] in session.shelf() else "a": fresh[0]}


def _forget(keys: Keys) -> None:
    shelf, now = session.shelf(), session.values(keys)
    for side in SIDES:
        if now[side] in shelf:
            _choose(side, keys[side].default)
    session.forget()
