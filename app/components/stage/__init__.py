"""The stage of a lab, in JavaScript: it draws the panels of a Sheet and follows the hand.

It gets up to some forty frames at once and scrubs them without the server. Plain JavaScript on
canvas and elements; the modules of this folder are read and joined when the app starts.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from app.components.pad import join_modules

HERE = Path(__file__).parent
MODULES = (
    "../elements", "../pad/packing", "axes", "family", "roles", "marks", "handwords", "reach",
    "heat", "flat", "turned", "sorter", "plane", "bars", "gallery", "overlay", "film", "sound",
    "wordlist", "stage",
)  # fmt: skip
KEY = "stage-lab"


@cache
def _component() -> Callable[..., Any]:
    # The style is the page's: the stage uses its colors and type.
    return st.components.v2.component(
        "mixscope_stage",
        html='<div class="stage-whole"></div>',
        css=(HERE / "stage.css").read_text(),
        js=join_modules(HERE, MODULES),
        isolate_styles=False,
    )


def mount(data: dict[str, Any], on_hand: Callable[[], None], key: str = KEY) -> None:
    """Draw the stage.

    data: what mixcore.sheets.packing.pack_sheets returns, and "at": the number of the frame that
    is shown first; "hero": {"name", "label", "help", "values", "texts"}, a value and a text a
    frame, or None; "hands": {parameter: {"hand": "point", "place", "path", "brush" or "order",
    "value"}}. on_hand: called when a hand has come to rest; read_hand says on what.
    """
    heard = read_hand(key) or {}
    _component()(key=key, data=data | {"seq": heard.get("seq", 0)}, on_hand_change=on_hand)


def read_hand(key: str = KEY) -> dict[str, Any] | None:
    """What a hand set last, {"name", "value", "seq"}; None before it did."""
    message = getattr(st.session_state.get(key), "hand", None)
    return message if isinstance(message, dict) else None
