"""A file of the user's own as a parameter of a lab: an example, or one of the own photos."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import file_drop
from app.labs.lab_state import find_state, name_entry
from app.mixes import lab_sheets, photos
from app.photos import visitor_photos
from app.photos.own_photos import KINDS
from mixcore.params import Param


def settle_files(key: str) -> None:
    """Give up photos that are not here: of another browser, or forgotten meanwhile."""
    state = find_state(key)
    for param in lab_sheets.list_params(key):
        entry = name_entry(key, param)
        if param.hand != "file":
            continue
        if state.read_value(entry) not in {*param.options, *visitor_photos.list_uploads()}:
            state.put_values({entry: param.default})
            state.tell("The photo of this link is not here: whoever has it can bring it again.")


def choose_file(key: str, param: Param) -> None:
    """Choose an example or an own photo, or bring one."""
    shelf = visitor_photos.list_uploads()
    names = {digest: photos.name_upload(one) for digest, one in shelf.items()}
    entry, state = name_entry(key, param), find_state(key)
    options = [*param.options, *names]
    pick = f"lab-pick-{entry}"
    # It follows the link, which holds an own photo's fingerprint.
    st.session_state[pick] = state.read_value(entry)
    st.selectbox(
        param.label, options, key=pick, help=param.help, on_change=_pick, args=(key, param, pick),
        format_func=lambda one: names.get(one) or param.titles(one),
    )  # fmt: skip
    file_drop.draw_uploader(
        f"Your own: {KINDS}", None, f"lab-file-{param.name}", partial(_keep, key, param), state.tell
    )


def _pick(key: str, param: Param, pick: str) -> None:
    find_state(key).put_values({name_entry(key, param): st.session_state[pick]})


def _keep(key: str, param: Param, files: list[UploadedFile]) -> list[str]:
    """Keep a photo that was dropped, and choose it; what must be said of it."""
    (file,) = files
    notes: list[str] = []
    try:
        upload = photos.admit_file(file.getvalue(), file.name, notes)
    except photos.PictureError as error:
        return [str(error)]
    if visitor_photos.keep_uploads([upload]):
        return [f"There is no room for {upload.name}: remove other photos on Explore first."]
    find_state(key).put_values({name_entry(key, param): upload.digest})
    return notes
