"""Controls of the method: family, method, its parameters, lam, the box, and the seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from html import escape
from typing import Any

import streamlit as st

from app import widgets
from app.link.states import BOX, BY_HAND, DRAWN, PAINTED, SIZE, Keys, State
from app.mixes import known_methods
from app.mixes.known_methods import MethodCard
from app.mixes.mixing import Mix
from app.mixes.sparklines import lam_html
from app.session import EXPLORE


def choose_method(keys: Keys) -> MethodCard:
    """The method, found by name, or by family; what it is."""
    cards = known_methods.load_catalogue()
    card = cards[EXPLORE.read_value("m")]
    info = card.info
    family = {key: c.info.title for key, c in cards.items() if c.info.family == info.family}
    # These follow the bound key `m`; whichever is used sets it.
    st.session_state.update(method=info.key, family=info.family, member=info.key)
    st.html('<h3 class="cap">Method</h3>')
    st.selectbox(
        "Method", cards, key="method", on_change=_by_name, label_visibility="collapsed",
        format_func=lambda key: f"{cards[key].info.title} · {cards[key].info.year}",
    )  # fmt: skip
    families = list(dict.fromkeys(c.info.family for c in cards.values()))
    st.pills(
        "Family", families, key="family", required=True, on_change=_by_family,
        label_visibility="collapsed",
    )  # fmt: skip
    if len(family) > 1:
        st.pills(
            f"Methods of the family {info.family}", family, key="member", required=True,
            on_change=_by_member, format_func=family.__getitem__, label_visibility="collapsed",
        )  # fmt: skip
    st.html(
        f'<p class="note">{escape(info.summary)}</p>'
        f'<p class="cite">{escape(info.authors)} {info.year}. {escape(info.paper)}.</p>'
    )
    return card


def _by_name() -> None:
    _take(st.session_state.method)


def _by_member() -> None:
    _take(st.session_state.member)


def _by_family() -> None:
    cards = known_methods.load_catalogue().values()
    _take(next(c.info.key for c in cards if c.info.family == st.session_state.family))


def _take(key: str) -> None:
    if not EXPLORE.is_behind():
        EXPLORE.put_values({"m": key})


def tune_parameters(card: MethodCard) -> None:
    """Its parameters, one by one or from a published recipe."""
    st.html('<h3 class="cap">Parameters</h3>')
    if card.info.presets:
        st.selectbox(
            "Recipe", card.info.presets, index=None, key=f"preset-{card.info.key}",
            on_change=_preset, args=(card,), placeholder="Known recipes",
            label_visibility="collapsed",
        )  # fmt: skip
    widgets.draw_form(card.params, card.info.key)


def choose_share(card: MethodCard, keys: Keys, pad: bool) -> None:
    """Whether lam is drawn, set by hand, or follows from a box or a mask made by hand.

    pad: whether these are set on the picture itself; the widgets then keep their values unseen.
    """
    fixed = {BY_HAND: "lam", BOX: "box", PAINTED: "mask"}
    ways = [DRAWN, *(way for way, name in fixed.items() if name in card.info.given)]
    choice = len(ways) > 1
    if choice:
        st.html('<h3 class="cap">Share of A, lam</h3>')
    _when(choice, "how", _ways, ways if choice else [DRAWN, *fixed])
    how = EXPLORE.read_value("how") if choice else DRAWN
    _when(how == BY_HAND and not pad, "lam", _lam_slider, keys)
    _when(how == BOX and not pad, "box", _box_sliders, keys)
    with widgets.hide_widgets(True, "mask"):
        st.text_input("Painted mask", key="mask", bind="query-params")
        st.slider("Opacity", 0, 100, keys["opacity"].default, key="opacity", bind="query-params")


def _ways(ways: list[str]) -> None:
    st.segmented_control(
        "How lam is set", ways, default=DRAWN, required=True, key="how", bind="query-params",
        label_visibility="collapsed", width="stretch",
    )  # fmt: skip


def _when(used: bool, name: str, draw: Callable[[Any], None], what: Any) -> None:
    """Draw widgets that are in use; hide the others, but keep their place in the link."""
    with widgets.hide_widgets(not used, name):
        draw(what)


def _lam_slider(keys: Keys) -> None:
    st.slider("lam", 0.0, 1.0, keys["lam"].default, 0.01, key="lam", bind="query-params")


def _box_sliders(keys: Keys) -> None:
    for name, label in (("rows", "Box, top to bottom"), ("columns", "Box, left to right")):
        st.slider(
            label, 0, SIZE, keys[name].default, key=name, bind="query-params",
            help=f"In pixels of the {SIZE} x {SIZE} square. B is pasted here.",
        )  # fmt: skip


def _preset(card: MethodCard) -> None:
    key = card.info.key
    if chosen := st.session_state[f"preset-{key}"]:
        EXPLORE.put_values({f"{key}.{name}": v for name, v in card.info.presets[chosen].items()})


def draw_density(state: State, mix: Mix) -> None:
    """Where the lam in use lies among those that could have been drawn."""
    if state.how != DRAWN or mix.facts.lam is None:
        return
    law = known_methods.describe_law(state)
    if law is None:
        return
    curve, words = law
    st.html(f'<p class="row"><b>lam {mix.facts.lam:.2f}</b><span>{words}</span></p>')
    alt = f"How likely each lam is; {mix.facts.lam:.2f} was drawn."
    st.html(lam_html(curve, mix.facts.lam, alt))


def choose_seed(keys: Keys) -> None:
    """The seed, shown and settable; a lock that keeps it; a new one."""
    st.html('<h3 class="cap">Seed</h3>')
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        key = keys["seed"]
        st.number_input(
            "Seed", int(key.low), int(key.high), key.default, key="seed", bind="query-params",
            label_visibility="collapsed", width=96,
        )  # fmt: skip
        locked = st.toggle(
            "Lock", key="lock", bind="query-params", help="Keep this seed for random pairs too."
        )
        st.button("New", key="seed-new", on_click=_new_seed, disabled=locked)


def _new_seed() -> None:
    EXPLORE.put_values({"seed": random.randrange(10_000)})
