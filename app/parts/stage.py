"""STAGE: the mixed picture, large, and the same mix taken apart."""

from __future__ import annotations

import streamlit as st

from app.service.mixing import Mix
from app.state import Keys

CAPTION = {
    "mixed": "Mixed",
    "mask": "Mask: blue is A, orange is B",
    "origin": "Whose pixel it is",
    "difference": "Colour change from A",
}


def big(mix: Mix, names: tuple[str, str], layer: str) -> None:
    """One layer, large."""
    _picture(mix, names, layer)
    if layer == "difference":
        _legend(mix)
        st.html(
            '<p class="under">ΔE is the distance of two colours as people see them (CIE Lab): '
            "about 2 is just visible, 100 is black against white.</p>"
        )


def layers(keys: Keys) -> None:
    """Which layer is large; part of the link."""
    options = list(keys["layer"].options)
    st.segmented_control(
        "Layer", options, default=options[0], required=True, key="layer", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip


def thumbs(mix: Mix, names: tuple[str, str], layer: str) -> None:
    """The layers that are not large."""
    rest = [name for name in CAPTION if name != layer]
    for column, name in zip(st.columns(len(rest), gap="small", wrap=False), rest, strict=True):
        with column:
            _picture(mix, names, name)
            even = name == "mask" and mix.facts.kind == "blend"
            st.html(f'<p class="under">{"Mask: even" if even else CAPTION[name]}</p>')
            if name == "difference":
                _legend(mix)


def _picture(mix: Mix, names: tuple[str, str], layer: str) -> None:
    st.image(mix.layers[layer], width="stretch", output_format="PNG", alt=_alt(mix, names, layer))


def _alt(mix: Mix, names: tuple[str, str], layer: str) -> str:
    a, b = names
    match layer:
        case "mixed":
            return "Mixed picture"
        case "mask":
            return f"Mask: {mix.facts.area:.0%} blue for {a}, the rest orange for {b}"
        case "origin":
            return f"Owners of the pixels: blue where they are of {a}, orange where of {b}"
    return f"Difference from {a}, from 0 to {mix.gap:.0f} delta E"


def _legend(mix: Mix) -> None:
    st.html(f'<p class="legend"><span>0</span><i></i><span>{mix.gap:.0f} ΔE</span></p>')
