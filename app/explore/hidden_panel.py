"""A mix of hidden features: what the network holds at one layer, and what it predicts."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app.link.states import State
from app.mixes import hidden, photo_names
from app.mixes.hidden import LAYERS, Inside, Proposal, name_depth
from app.mixes.mixing import Mix
from app.mixes.photos import CutPhoto
from app.mixes.text import format_share
from app.photos.picture import show_legend, show_picture


def show(
    state: State,
    shots: Sequence[CutPhoto],
    names: Sequence[str],
    mix: Mix,
    frame: DeltaGenerator,
    rest: DeltaGenerator,
    words: DeltaGenerator,
) -> None:
    """The mix at its layer, A and B at the same layer, and what the network says; or why not."""
    if not hidden.is_ready():
        with frame:
            _waiting()
        return
    found = hidden.mix_hidden(state, shots)
    with frame:
        show_picture(found.maps["mixed"], _alt(found, f"{names[0]} mixed with {names[1]}"))
        if found.top is not None:
            show_legend(f"{found.top:.2f}")
        st.html(f'<p class="under">{_where(found)}</p>')
    with rest:
        _apart(found, names, mix.layers["mixed"])
    with words:
        _says(found)


def _waiting() -> None:
    status = photo_names.get_status()
    why = "It is being loaded." if status in ("loading", "ready") else f"It cannot be had: {status}"
    st.html(
        '<p class="waiting" role="status">This method mixes inside a network, and there is none '
        f"in memory yet. {escape(why)}</p>"
    )


def _apart(found: Inside, names: Sequence[str], pixels: bytes) -> None:
    """A and B at the same layer, and for contrast the mix of their pixels."""
    three = [
        (found.maps["a"], _alt(found, names[0]), f"A there: {names[0]}"),
        (found.maps["b"], _alt(found, names[1]), f"B there: {names[1]}"),
        (pixels, "Mixed picture", "Mixed as pixels"),
    ]
    columns = st.columns(3, gap="small", wrap=False)
    for column, (png, alt, title) in zip(columns, three, strict=True):
        with column:
            show_picture(png, alt)
            st.html(f'<p class="under">{escape(title)}</p>')


def _says(found: Inside) -> None:
    """What the network says of the mix at its layer, beside that of mixed pixels."""
    st.html(
        '<h3 class="cap">What Lite0 says of it</h3><div class="answers">'
        + _answers(f"Mixed at {_place(found)}", found.here)
        + _answers("Mixed as pixels", found.pixels)
        + "</div>"
    )


def _answers(title: str, best: Sequence[Proposal]) -> str:
    rows = "".join(
        f"<li><span>{escape(name)}</span><b>{format_share(round(p, 4))}</b>"
        f'<i style="width:{p * 100:.1f}%"></i></li>'
        for name, p in best
    )
    return f"<div><p>{escape(title)}</p><ol>{rows}</ol></div>"


def _where(found: Inside) -> str:
    if found.top is None:
        return "Layer 0 was drawn, which is the photos themselves: this is plain Mixup."
    return (
        f"Layer {found.depth} of {len(LAYERS)} was drawn, {name_depth(found.depth)} of Lite0: "
        f"{found.size[0]} x {found.size[1]} cells, each as bright as its mean absolute activation."
    )


def _place(found: Inside) -> str:
    return f"layer {found.depth}, {name_depth(found.depth)}"


def _alt(found: Inside, what: str) -> str:
    if found.top is None:
        return f"Layer 0: {what}"
    return f"Mean absolute activation at layer {found.depth}, 0 to {found.top:.2f}: {what}"
