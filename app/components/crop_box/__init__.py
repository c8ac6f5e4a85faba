"""The frame of a photo: which square of it is used, set by mouse, touch or keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent


@cache
def _component() -> Callable[..., Any]:
    # The style is the page's: the frame uses its colors and type.
    return st.components.v2.component(
        "mixscope_crop",
        html='<figure class="crop"></figure>',
        css=(HERE / "crop.css").read_text(),
        js=(HERE / "crop.js").read_text(),
        isolate_styles=False,
    )


def mount(key: str, data: dict[str, Any], on_crop: Callable[[], None]) -> None:
    """Draw a frame. data: what crop.js reads, to which the number of its last message is added."""
    heard = read_crop(key) or {}
    _component()(key=key, data=data | {"seq": heard.get("seq", 0)}, on_crop_change=on_crop)


def read_crop(key: str) -> dict[str, Any] | None:
    """What the hand set last on this frame: seq, zoom, x, y and whole; None before it did."""
    message = getattr(st.session_state.get(key), "crop", None)
    return message if isinstance(message, dict) else None
