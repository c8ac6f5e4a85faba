"""Filter of the file dialog, for an uploader that itself takes any file.

Streamlit's own `type` refuses a file by the ending of its name, in the browser and again on the
server, so that a JPEG without an ending never arrives. Here the endings are a hint to the dialog
only, and the bytes decide.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


@cache
def _component() -> Callable[..., Any]:
    script = (Path(__file__).parent / "upload_filter.js").read_text()
    return st.components.v2.component("mixscope_upload_filter", js=script)


def mount(uploader: str, endings: Iterable[str]) -> None:
    """Make the dialog of the uploader with this key offer files with these endings."""
    accept = ",".join(f".{ending}" for ending in endings)
    with st.container(key=f"unused-filter-{uploader}"):
        _component()(key=f"filter-{uploader}", data={"uploader": uploader, "accept": accept})
