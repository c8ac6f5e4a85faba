"""A place to drop files: they are taken, it begins anew, and what was refused is told."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from mixcore.runs.error_text import describe_error

# Given the files, what must be said of them; ValueError or OSError refuses them all.
Take = Callable[[list[UploadedFile]], Iterable[str]]
Tell = Callable[..., None]


def draw_uploader(
    label: str, endings: Sequence[str] | None, key: str, take: Take, tell: Tell, **options: Any
) -> str:
    """An uploader whose files go to `take`; what that says goes to `tell`. Its widget's key.

    endings: of files that it takes, None for any; options: as st.file_uploader has them.
    """
    # What was taken is kept elsewhere, so the uploader begins anew; and only a new one forgets.
    turn = f"{key}-turn"
    widget = f"{key}-{st.session_state.setdefault(turn, 0)}"
    st.file_uploader(
        label, endings, key=widget, on_change=_receive, args=(widget, turn, take, tell), **options
    )
    return widget


def _receive(widget: str, turn: str, take: Take, tell: Tell) -> None:
    receive_files(widget, take, tell)
    st.session_state[turn] += 1


def receive_files(widget: str, take: Take, tell: Tell) -> None:
    """Take what an uploader or a camera holds; for callbacks."""
    value = st.session_state.get(widget)
    held: list[UploadedFile | None] = value if isinstance(value, list) else [value]
    files = [file for file in held if file is not None]
    if not files:
        return
    try:
        tell(*take(files))
    except (ValueError, OSError) as error:
        tell(describe_error(error))
