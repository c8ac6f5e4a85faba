"""The mix pad, in JavaScript: it draws a mix and follows the hand.

No build step and nothing from elsewhere: the modules of this folder are read and joined when the
app starts. They run as they are in a browser, which is how the tests hold them to mixcore.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

HERE = Path(__file__).parent
PAD = (
    "../store", "packing", "unpacking", "desk", "mixing", "sight", "model", "looks", "words",
    "view", "results", "painter", "hand", "pad",
)  # fmt: skip
PARCEL = ("../store", "packing", "unpacking", "parcel")
KEY = "pad"


def join_script(modules: Iterable[str]) -> str:
    """Modules of the pad as one."""
    return join_modules(HERE, modules)


def join_modules(folder: Path, modules: Iterable[str]) -> str:
    """Modules as one, in order: what they import is there already, and only the last exports."""
    parts = [(folder / f"{name}.js").read_text() for name in modules]
    whole = "\n".join(re.sub(r"^import .*?;\n", "", part, flags=re.M | re.S) for part in parts)
    return re.sub(r"^export (?!default)", "", whole, flags=re.M)


@cache
def _components() -> tuple[Callable[..., Any], Callable[..., Any]]:
    # The style is the page's: the pad uses its colours, type and bars.
    pad = st.components.v2.component(
        "mixscope_pad",
        html=(HERE / "pad.html").read_text(),
        css=(HERE / "pad.css").read_text(),
        js=join_script(PAD),
        isolate_styles=False,
    )
    return pad, st.components.v2.component("mixscope_parcel", js=join_script(PARCEL))


def mount(
    data: dict[str, Any],
    parcels: Iterable[bytes],
    on_hand: Callable[[], None],
    on_step: Callable[[], None],
) -> None:
    """Draw the pad.

    data: what pad.js reads; parcels: the assets that it refers to, as app/mixes/pad_data.py
    packs it; on_hand and on_step: called when a hand has come to rest, and for undo and redo.

    What a hand did is in st.session_state.pad, as `hand` and `step`.
    """
    pad, parcel = _components()
    with st.container(key="parcels"):
        for i, load in enumerate(parcels):
            parcel(data=load, key=f"parcel-{i}")
    pad(data=data, key=KEY, on_hand_change=on_hand, on_step_change=on_step)
