"""The link to a mix, and every file of it that can be saved or brought back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app import file_drop
from app.explore import takeaway
from app.link import states
from app.link.states import SIDES, Keys, State
from app.mixes.layer_images import FIGURE_TYPES
from app.mixes.mismatch import Judgement
from app.mixes.mixing import Mix
from app.mixes.photos import CutPhoto
from app.photos import visitor_photos
from app.session import EXPLORE

TITLES = {
    **{side: side.upper() for side in SIDES},
    "mixed": "Mixed",
    "mask": "Mask",
    "origin": "Whose pixel",
    "difference": "Difference",
}


def show_link(values: states.Values, keys: Keys) -> None:
    """The link to this very state."""
    with st.popover("Share link", icon=":material/link:", key="share"):
        base = (st.context.url or "").split("?")[0].rstrip("/") + "/"
        st.code(states.make_link(base, values, keys), language=None, wrap_lines=True)
        own = [side.upper() for side in SIDES if values[side] in visitor_photos.list_uploads()]
        if own:
            st.caption(
                f"{' and '.join(own)}: your photo is not in the link, only its fingerprint. "
                "Who opens the link is asked for the same file."
            )
        else:
            st.caption("Opens these photos, method, settings and seed: the same pixels.")


def show_menu(
    state: State,
    mix: Mix,
    found: Judgement | None,
    shots: Sequence[CutPhoto],
    names: Sequence[str],
    config: str,
    keys: Keys,
) -> None:
    """Save the layers, a figure or the configuration; bring a configuration back."""
    with st.popover("Export", icon=":material/download:", key="export"):
        # Drawn before anybody looks: a button that comes with the opening is lost where a hand
        # is faster than the script.
        _files(state, mix, found, shots, names, config)
        file_drop.draw_uploader(
            "Open a configuration", ["json"], "config", partial(_open, keys), EXPLORE.tell
        )


def _files(
    state: State,
    mix: Mix,
    found: Judgement | None,
    shots: Sequence[CutPhoto],
    names: Sequence[str],
    config: str,
) -> None:
    """Everything that can be saved, each drawn or written when it is asked for."""
    st.html('<h3 class="cap">Pictures, PNG</h3>')
    with st.container(horizontal=True, gap="xsmall"):
        for side, shot in zip(SIDES, shots, strict=False):
            _save(TITLES[side], shot.png, f"mixscope-{side}.png", "image/png")
        for name in mix.layers:
            make = partial(mix.layers.__getitem__, name)
            _save(TITLES[name], make, f"mixscope-{name}.png", "image/png")
    st.html('<h3 class="cap">One figure</h3>')
    with st.container(horizontal=True, gap="xsmall"):
        for form, mime in FIGURE_TYPES.items():
            make = partial(takeaway.make_figure, form, state, mix, found, shots, names)
            title = "PNG, 2x" if form == "png" else form.upper()
            _save(title, make, f"mixscope-figure.{form}", mime)
    _maps(takeaway.list_maps(mix, shots, names, state.see) if found else [])
    st.html('<h3 class="cap">Numbers and configuration</h3>')
    with st.container(horizontal=True, gap="xsmall"):
        numbers = partial(takeaway.make_csv, mix, found, names[: len(mix.facts.areas)])
        _save("CSV, all numbers", numbers, "mixscope-numbers.csv", "text/csv")
        _save("JSON", config, "mixscope.json", "application/json")


def _maps(found: Sequence[takeaway.MapFile]) -> None:
    """Each map with its scale, over its picture and alone, and all their numbers."""
    if not found:
        return
    for title, alone in (("Maps over their pictures, PNG", False), ("Maps alone, PNG", True)):
        st.html(f'<h3 class="cap">{title}</h3>')
        with st.container(horizontal=True, gap="xsmall"):
            for one in found:
                file = one.layer.replace(" ", "-").lower() + ("-alone" if alone else "")
                make = partial(takeaway.map_picture, one, alone)
                _save(one.title, make, f"mixscope-{file}.png", "image/png")
    with st.container(horizontal=True, gap="xsmall"):
        values = partial(takeaway.map_values, found)
        _save("CSV, every cell", values, "mixscope-maps.csv", "text/csv")


def _save(title: str, data: str | bytes | Callable[[], bytes], file: str, mime: str) -> None:
    key = "save-" + file.removeprefix("mixscope").strip("-.").replace(".", "-")
    st.download_button(title, data, file, mime, key=key, on_click="ignore")


def _open(keys: Keys, files: list[UploadedFile]) -> list[str]:
    """Load a configuration; what it says wrongly."""
    (file,) = files
    try:
        values, notes = states.from_config(file.getvalue(), keys)
    except ValueError as error:
        raise ValueError(f"{file.name}: {error}") from None
    EXPLORE.load_values(values)
    return notes
