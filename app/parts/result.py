"""RESULT: what the mix comes to, in a sentence, in bars, in code and in numbers."""

from __future__ import annotations

from html import escape

import streamlit as st

from app.service.mixing import Mix
from app.words import bars, bars_html, remark, verdict


def words(mix: Mix, names: tuple[str, str], how: str, look: str) -> None:
    """The sentence first, then the three bars, then what to look for."""
    says, holds = verdict(mix.facts, *names)
    note = remark(mix.facts, names[0])
    st.html(
        f'<div class="verdict" role="status"><p>{says}</p><p>{holds}</p></div>'
        '<h3 class="cap">What the label is worth</h3>'
        + bars_html(bars(mix.facts, how), *names)
        + (f'<p class="note">{escape(note)}</p>' if note else "")
        + f'<p class="note look"><b>What to look for.</b> {escape(look)}</p>'
    )


def details(mix: Mix, names: tuple[str, str], code: str, config: str) -> None:
    """The same mix as code, as a configuration, and as a table of numbers."""
    tabs = st.tabs(["Code", "Config", "Numbers"], key="details")
    with tabs[0]:
        st.code(code, language="python", wrap_lines=True)
        st.html('<p class="note">Needs nothing but mixcore, and makes these very pixels.</p>')
    with tabs[1]:
        st.code(config, language="json", wrap_lines=True, height=320)
    with tabs[2]:
        st.table(_numbers(mix, names))


def _numbers(mix: Mix, names: tuple[str, str]) -> list[dict[str, str]]:
    facts = mix.facts
    lam = ("–", "–") if facts.lam is None else (f"{facts.lam:.4f}", f"{1 - facts.lam:.4f}")
    rows = [
        ("lam", *lam),
        ("area", f"{facts.area:.4f}", f"{1 - facts.area:.4f}"),
        ("label", f"{facts.w_a:.4f}", f"{facts.w_b:.4f}"),
    ]
    if mix.box is not None:
        y0, y1, x0, x1 = mix.box
        rows.append(("box, pixels", "–", f"{y0}–{y1} down, {x0}–{x1} across"))
    return [dict(zip(("", *names), row, strict=True)) for row in rows]
