"""The mixed picture, large, and the same mix taken apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import widgets
from app.explore import evidence_panel
from app.link.states import Keys
from app.mixes.bars import key_html
from app.mixes.label_text import USED
from app.mixes.layer_images import Image
from app.mixes.maps import MapOverlay
from app.mixes.mixing import Mix
from app.mixes.photos import CutPhoto
from app.mixes.text import format_percent, format_share
from app.photos.picture import show_legend, show_picture

CAPTION = {
    "mixed": "Mixed",
    "mask": "Mask: blue is A, orange is B",
    "origin": "Whose pixel it is",
    "difference": "Colour change from A",
}


def show(
    mix: Mix,
    names: Sequence[str],
    shots: Sequence[CutPhoto],
    layer: str,
    see: str,
    frame: DeltaGenerator,
    rest: DeltaGenerator,
) -> None:
    """One layer large, the others small, and what the mix is made of."""
    seen, why = evidence_panel.draw_overlays(see, shots)
    used, photos = {one.layer: one for one in mix.used}, pictures_of(mix, shots)
    with frame:
        if layer in mix.layers:
            _big(mix, names, layer)
        elif layer in seen:
            evidence_panel.show(seen[layer], layer, names, see)
        elif layer in used:
            evidence_panel.draw_used(used[layer], photos)
        else:
            reason = explain_missing(layer, why)
            st.html(f'<p class="waiting" role="status">{escape(reason)}</p>')
    with rest:
        _thumbs(mix, names, layer, seen, see, photos)
        _views(mix, names)


def explain_missing(layer: str, why: str = "") -> str:
    """Why a layer cannot be drawn."""
    if layer.startswith(USED):
        return "This method makes neither label nor mask of a map of this picture."
    return why or f"{layer[-1]} is not used by this method."


def pictures_of(mix: Mix, shots: Sequence[CutPhoto]) -> list[Image]:
    """What maps may be of: the photos, and the mix as the last."""
    return [*(shot.image for shot in shots), mix.layers.mixed]


def _big(mix: Mix, names: Sequence[str], layer: str) -> None:
    """One layer, large."""
    show_picture(mix.layers[layer], describe_layer(mix, names, layer))
    if layer in ("mask", "origin"):
        _key(mix, names)
    if layer == "difference":
        show_legend(f"{mix.gap:.0f} ΔE")
        st.html(
            '<p class="under">ΔE is the distance of two colours as people see them (CIE Lab): '
            "about 2 is just visible, 100 is black against white.</p>"
        )


def choose_layer(keys: Keys, used: bool = True) -> None:
    """Which layer is large; part of the link, also where there are no layers."""
    options = list(keys["layer"].options)
    with widgets.hide_widgets(not used, "layer"):
        st.segmented_control(
            "Layer", options, default=options[0], required=True, key="layer",
            bind="query-params", label_visibility="collapsed",
        )  # fmt: skip


def _thumbs(
    mix: Mix,
    names: Sequence[str],
    layer: str,
    seen: Mapping[str, MapOverlay],
    see: str,
    photos: Sequence[Image],
) -> None:
    """The layers that are not large, three or four a row."""
    used = {one.layer: one for one in mix.used}
    rest = [name for name in (*used, *seen, *CAPTION) if name != layer]
    wide = 4 if len(seen) > 2 else 3
    for start in range(0, len(rest), wide):
        columns = st.columns(wide, gap="small", wrap=False)
        for column, name in zip(columns, rest[start : start + wide], strict=False):
            with column:
                if name in used:
                    evidence_panel.draw_used(used[name], photos, small=True)
                else:
                    _thumb(mix, names, name, seen, see)
    if layer not in ("mask", "origin"):
        _key(mix, names)


def _thumb(
    mix: Mix, names: Sequence[str], name: str, seen: Mapping[str, MapOverlay], see: str
) -> None:
    if name in seen:
        evidence_panel.show(seen[name], name, names, see, small=True)
        return
    show_picture(mix.layers[name], describe_layer(mix, names, name))
    st.html(f'<p class="under">{_caption(mix, names, name)}</p>')
    if name == "difference":
        show_legend(f"{mix.gap:.0f} ΔE")


def _views(mix: Mix, names: Sequence[str]) -> None:
    """The sources as they go in, where they are changed first; or where one photo is bent."""
    if mix.folds is not None:
        _bent(*mix.folds, format_percent(mix.facts.folded or 0))
    elif mix.views:
        with st.container(key="views"):
            st.html('<h3 class="cap">What it is made of</h3>')
            columns = st.columns(max(4, len(mix.views)), gap="small", wrap=False)
            for i, view in enumerate(mix.views):
                with columns[i]:
                    title = _view(mix, names, i)
                    show_picture(view.png, f"What goes in: {title}")
                    st.html(f'<p class="under">{escape(title)}</p>')


def _bent(png: bytes, top: float, folded: int) -> None:
    st.html('<h3 class="cap">Where it is bent</h3>')
    with st.columns(3, gap="small", wrap=False)[0]:
        show_picture(
            png, f"How far each place is shrunk, 0 to {top:.1f} times; {folded} % folds, red"
        )
        st.html('<p class="under">How far each place is shrunk; red where it folds over</p>')
        show_legend(f"{top:.1f} x")


def _view(mix: Mix, names: Sequence[str], i: int) -> str:
    view = mix.views[i]
    name = names[view.photo] if len(names) > 1 else f"view {i + 1}"
    return f"{name} {format_share(view.share)}" + (
        f": {', '.join(view.steps)}" if view.steps else ""
    )


def _caption(mix: Mix, names: Sequence[str], layer: str) -> str:
    even = mix.facts.kind == "blend" or len(mix.facts.views) == 1
    match layer, len(names):
        case "mask", _ if even:
            return "Mask: even"
        case "mask", 1:
            return "Mask: the views"
        case "mask", n if n > 2:
            return "Mask: the owners"
        case "origin", 1:
            return "All of it is A" if even else "Which view it is"
    return CAPTION[layer]


def _key(mix: Mix, names: Sequence[str]) -> None:
    """What the colours stand for, where a caption cannot say it and there is more than one."""
    views = mix.facts.views
    if len(names) > 2 or (len(views) > 1 and mix.facts.kind != "blend"):
        st.html(key_html(names, len(views)))


def describe_layer(mix: Mix, names: Sequence[str], layer: str, shown: bool = True) -> str:
    """A layer in words for a screen reader; how far its scale goes only where `shown`."""
    match layer:
        case "mixed":
            return "Mixed picture"
        case "difference":
            scale = f", from 0 to {mix.gap:.0f} delta E" if shown else ""
            return f"Difference from {names[0]}{scale}"
    if mix.facts.views:
        shares = [f"view {i + 1} {share:.0%}" for i, share in enumerate(mix.facts.views)]
        return f"{'Mask' if layer == 'mask' else 'Owners'}: {', '.join(shares)}"
    if len(names) > 2:
        shares = [f"{name} {a:.0%}" for name, a in zip(names, mix.facts.areas, strict=True)]
        return f"{'Mask' if layer == 'mask' else 'Owners of the pixels'}: {', '.join(shares)}"
    if layer == "mask":
        return f"Mask: {mix.facts.areas[0]:.0%} blue for {names[0]}, the rest orange for {names[1]}"
    return f"Owners of the pixels: blue where they are of {names[0]}, orange where of {names[1]}"
