"""RESULT: what the mix comes to, in a sentence, in bars, in code and in numbers."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.bars import bars, bars_html
from app.parts.photos import use_scenes
from app.service import mixing
from app.service.methods import Card
from app.service.mixing import Mix
from app.service.photos import Shot
from app.state import Keys, State
from app.words import remark, said_html, verdict

LACKS = "needs to know exactly where the object is and what is behind it; only scenes know that."


def mixed(
    card: Card, state: State, shots: Sequence[Shot], device: str, keys: Keys
) -> tuple[Mix | None, list[str]]:
    """The mix, or None and why there is none; where other photos would do, the way to them."""
    if mixing.lacks_objects(card, shots):
        st.html(f'<p class="waiting" role="status">{escape(card.info.title)} {LACKS}</p>')
        st.button("Use two scenes", key="use-scenes", on_click=use_scenes, args=(keys, len(shots)))
        return None, []
    try:
        return mixing.mix(state, shots, device), []
    except ValueError as error:  # a combination of parameters that the method refuses
        return None, [f"{error} Change it under Parameters; everything else is kept."]


def words(mix: Mix, names: Sequence[str], how: str, look: str) -> None:
    """The sentence first, then the three bars, then what to look for."""
    says, holds = verdict(mix.facts, names)
    note = remark(mix.facts, names)
    st.html(
        f'<div class="verdict" role="status"><p>{says}</p><p>{holds}</p></div>'
        '<h3 class="cap">What the label is worth</h3>'
        + bars_html(bars(mix.facts, how), names)
        + (f'<p class="note">{escape(note)}</p>' if note else "")
        + f'<p class="note look"><b>What to look for.</b> {escape(look)}</p>'
    )


def reported(says: Sequence[str]) -> None:
    """The numbers of the paper, its code or a benchmark; nothing where none could be read."""
    if says:
        st.html(said_html(says))


def details(mix: Mix, names: Sequence[str], code: str, config: str, inside: bool) -> None:
    """The same mix as code, as a configuration, and as a table of numbers."""
    tabs = st.tabs(["Code", "Config", "Numbers"], key="details")
    with tabs[0]:
        st.code(code, language="python", wrap_lines=True)
        makes = "prints these very numbers" if inside else "makes these very pixels"
        st.html(f'<p class="note">Needs nothing but mixcore, and {makes}.</p>')
    with tabs[1]:
        st.code(config, language="json", wrap_lines=True, height=320)
    with tabs[2]:
        st.table(_numbers(mix, names))


def _numbers(mix: Mix, names: Sequence[str]) -> list[dict[str, str]]:
    facts = mix.facts
    rows = [("area", *_four(facts.areas)), ("label", *_four(facts.weights))]
    if facts.views:
        names = [f"view {i + 1}" for i in range(len(facts.views))]
        rows = [("share", *_four(facts.views))]
    elif len(names) == 2:
        lam = ("–", "–") if facts.lam is None else _four((facts.lam, 1 - facts.lam))
        rows.insert(0, ("lam", *lam))
    if mix.box is not None:
        y0, y1, x0, x1 = mix.box
        rows.append(("box, pixels", "–", f"{y0}–{y1} down, {x0}–{x1} across"))
    return [dict(zip(("", *names), row, strict=True)) for row in rows]


def _four(shares: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{share:.4f}" for share in shares)
