"""One picture in its place, and the scale of a heat map."""

from __future__ import annotations

from html import escape

import streamlit as st


def show_picture(png: bytes, alt: str) -> None:
    """One picture, as wide as its place."""
    st.image(png, width="stretch", output_format="PNG", alt=alt)


def show_legend(top: str, low: str = "0", middle: str = "") -> None:
    """The scale of a heat map, from `low` to `top`; what its middle is, where that is no half."""
    bar = (
        f"<i class=low></i><span>{escape(middle)}</span><i class=high></i>" if middle else "<i></i>"
    )
    st.html(f'<p class="legend"><span>{escape(low)}</span>{bar}<span>{escape(top)}</span></p>')
