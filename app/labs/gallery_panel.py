"""Gallery of labs: a card each, in groups. Never reaches torch or the core of a lab."""

from __future__ import annotations

import streamlit as st

from app.labs import text
from app.labs.lab_state import GALLERY, LAB
from mixcore.findings import records
from mixcore.labs import GROUPS, LabCard, list_labs, read_card


def show() -> None:
    """Every lab as a card, group by group."""
    cards = [read_card(key) for key in list_labs()]
    count = "1 lab" if len(cards) == 1 else f"{len(cards)} labs"
    st.html(
        '<h1 class="lab-question">Try the idea of a paper, and test its claim</h1>'
        f'<p class="lab-cite">{count}. Each shows one idea under your hand, then says whether a '
        "small experiment bears it out.</p>"
    )
    with st.container(key="gallery"):
        for number, group in enumerate(GROUPS):
            mine = [card for card in cards if card.group == group]
            if mine:
                with st.container(key=f"group-{number}"):
                    st.html(f'<h3 class="cap">{group}</h3>')
                    with st.container(key=f"gallery-{number}", horizontal=True, gap="small"):
                        for card in mine:
                            _draw_card(card)


def offer_gallery() -> None:
    """The way back to all labs."""
    st.button("All labs", icon=":material/apps:", key="all-labs", on_click=_open, args=("",))


def _draw_card(card: LabCard) -> None:
    with st.container(key=f"card-{card.key}", gap="xsmall"):
        theme = st.context.theme.type or "light"
        st.html(text.card_html(card, _summarize(card), _load_cover(card.key, theme)))
        st.button(card.title, key=f"open-{card.key}", on_click=_open, args=(card.key,))


def _open(key: str) -> None:
    GALLERY.put_values({LAB: key})


@st.cache_data(show_spinner=False, max_entries=100)
def _load_cover(key: str, theme: str) -> str:
    """The cover as a data address; "" where there is none yet."""
    return text.load_cover(key, theme)


def _summarize(card: LabCard) -> str:
    """The verdicts of a lab in one word."""
    finding = records.load_finding(card.key)
    return text.summarize([v for _, v in finding.judge(card.claims)]) if finding else ""
