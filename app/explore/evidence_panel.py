"""Evidence maps of the photos, each over its photo, with the ends of its scale."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.link.states import SIDES
from app.mixes import evidence_kinds, label_maps, maps
from app.mixes.label_maps import Drawn, LabelMap
from app.mixes.layer_images import Image
from app.mixes.maps import MapOverlay, UnseenError
from app.mixes.photos import CutPhoto
from app.photos.picture import show_legend, show_picture

SEES = "sees in "
EVEN = "times the share that each place would have if all places had the same."


def draw_overlays(see: str, shots: Sequence[CutPhoto]) -> tuple[dict[str, MapOverlay], str]:
    """Each photo under its map, by layer, or why there is none."""
    layers = [SEES + side.upper() for side in SIDES[: len(shots)]]
    try:
        found = [maps.draw_overlay(shot, see) for shot in shots]
    except UnseenError as error:
        return {}, str(error)
    return dict(zip(layers, found, strict=True)), ""


def show(
    found: MapOverlay, layer: str, names: Sequence[str], see: str, small: bool = False
) -> None:
    """A photo under its map, with the ends of its scale."""
    i = SIDES.index(layer.removeprefix(SEES).lower())
    title = evidence_kinds.find_kind(see).title
    alt = f"{title} in {SIDES[i].upper()}, {names[i]}: {_range(found)}"
    show_picture(found.png, alt)
    if small:
        st.html(f'<p class="under">Sees in {SIDES[i].upper()}: {escape(names[i])}</p>')
    _scale(found)
    if not small:
        st.html(f'<p class="under">{escape(title)}: {EVEN}</p>')


def draw_used(one: LabelMap, photos: Sequence[Image], small: bool = False) -> None:
    """The same for a map that made the label or the mask; photos: A, B, and the mix."""
    found = label_maps.draw_map(one, photos)
    show_picture(found.png, describe_used(one, found))
    if small:
        st.html(f'<p class="under">{escape(one.title)}</p>')
    _scale(found)
    if not small:
        st.html(f'<p class="under">{escape(one.caption)} {EVEN.capitalize()}</p>')


def describe_used(one: LabelMap, found: MapOverlay | Drawn) -> str:
    """What a used map shows, in words for a screen reader."""
    return f"{one.title}, {one.what}: {_range(found)}"


def _range(found: MapOverlay | Drawn) -> str:
    return f"{found.low:.1f} to {found.high:.1f} times an even share"


def _scale(found: MapOverlay | Drawn) -> None:
    show_legend(f"{found.high:.1f} ×", f"{found.low:.1f}", f"{found.middle:.1f}")
