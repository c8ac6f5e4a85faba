"""Controls of own photos: bring, frame, remove; for every page that shows photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import file_drop
from app.components import upload_filter
from app.link.states import SIDES
from app.mixes import photos
from app.mixes.photo_store import EXPIRY, OWN_BYTES, PHOTOS
from app.mixes.photos import PictureError, Upload
from app.mixes.text import escape_markdown, join_names
from app.photos import picker, visitor_photos
from app.session import EXPLORE
from app.shell import visitor
from mixcore.decode import ENDINGS

KINDS = " or ".join((", ".join([*ENDINGS][:-1]), [*ENDINGS][-1]))


def show(
    key: str,
    place: Callable[[list[str]], None],
    tell: Callable[..., None],
    frames: Callable[[], None],
) -> None:
    """The button and its panel.

    key: begins the keys of its widgets; place: called with the digests of photos that were brought;
    tell: says sentences on this page; frames: draws the frames of those that the page shows.
    """
    shelf = visitor_photos.list_uploads()
    pop = st.popover("Your photos", icon=":material/upload:", key=f"{key}own", on_change="rerun")
    with pop, st.container(key=f"{key}own-panel", gap="small"):
        _bring(key, place, tell)
        if pop.open and shelf:
            frames()
        if shelf:
            _list(key, shelf)
        st.caption(_kept())


def _bring(key: str, place: Callable[[list[str]], None], tell: Callable[..., None]) -> None:
    take = partial(_take, place)
    files = file_drop.draw_uploader(
        f"Two photos make a pair. {KINDS}", None, f"{key}files", take, tell,
        accept_multiple_files=True,
    )  # fmt: skip
    upload_filter.mount(files, [ending for endings in ENDINGS.values() for ending in endings])
    camera = f"{key}camera"
    if st.toggle("Take one with the camera", key=f"{camera}-on"):
        st.camera_input(
            "Camera", key=camera, on_change=file_drop.receive_files, args=(camera, take, tell)
        )


def _take(place: Callable[[list[str]], None], files: list[UploadedFile]) -> list[str]:
    """Keep these photos, and place them; what must be said of some."""
    uploads: list[Upload] = []
    sentences: list[str] = []
    for file in files:
        try:
            uploads.append(photos.admit_file(file.getvalue(), file.name, sentences))
        except PictureError as error:
            sentences.append(str(error))
    left = visitor_photos.keep_uploads(uploads)
    if left:
        sentences.append(_no_room(left))
    gone = {upload.digest for upload in left}
    place([*dict.fromkeys(one.digest for one in uploads if one.digest not in gone)])
    return [*dict.fromkeys(sentences)]


def _no_room(left: Sequence[Upload]) -> str:
    names = join_names([upload.name for upload in left[:3]])
    more = f" and {len(left) - 3} more" if len(left) > 3 else ""
    return (
        f"There is no room for {names}{more}: {PHOTOS} photos of {OWN_BYTES >> 20} MB together are "
        "kept at once. Remove some under Your photos, then bring the rest."
    )


def _list(key: str, shelf: dict[str, Upload]) -> None:
    with st.container(key=f"{key}own-list", horizontal=True, gap="xsmall"):
        for upload in shelf.values():
            title = photos.name_upload(upload)
            with st.container(key=f"own-photo-{key}{upload.digest}", width=76, gap=None):
                png = photos.make_tile(upload)
                st.image(png, width=76, output_format="PNG", alt=f"Your photo {upload.name}")
                st.html(f'<p class="own-name">{escape(title)}</p>')
                st.button(
                    escape_markdown(f"Remove {title}"), icon=":material/close:",
                    on_click=remove_photos, args=(upload.digest,),
                    key=f"{key}remove-{upload.digest}",
                )  # fmt: skip
    st.button("Forget my photos", key=f"{key}forget", on_click=remove_photos)


def _kept() -> str:
    if visitor.is_known():
        return (
            "They stay in this server’s memory, for this browser only, until "
            f"{EXPIRY / 3600:g} hours after your last look. Links never hold them."
        )
    return "They stay in this server’s memory until you close or reload this page."


def remove_photos(digest: str | None = None) -> None:
    """Forget one of the user's photos, or all, on every page; for callbacks."""
    gone = list(visitor_photos.list_uploads()) if digest is None else [digest]
    keys = EXPLORE.keys
    now = EXPLORE.read_values()
    for side in SIDES:
        if now[side] in gone:
            picker.choose_picture(side, keys[side].default)
    visitor_photos.forget_uploads(digest)
