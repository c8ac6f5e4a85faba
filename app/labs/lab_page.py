"""One lab: its question, what is seen, whether it holds, and the way to take it along."""

from __future__ import annotations

import streamlit as st

from app import notices
from app.jobs import known_runs
from app.labs import (
    code_panel,
    controls_panel,
    export,
    finding_panel,
    gallery_panel,
    own_file,
    run_panel,
    stage_panel,
)
from app.labs.lab_state import find_state
from app.labs.text import head_html
from app.mixes import lab_sheets
from mixcore.labs import read_card


def show(key: str) -> None:
    """Draw the page of a lab."""
    card, state = read_card(key), find_state(key)
    state.begin_page()
    own_file.settle_files(key)
    state.draw_carriers("unused-lab-carriers")
    toolbar = st.container(key="toolbar", horizontal=True, gap="small")
    with st.container(key="lab-head"):
        st.html(head_html(card))
        gallery_panel.offer_gallery()
    notices.show(state)
    if card.missing:
        st.info(f"This lab needs the package {card.missing}: pip install {card.missing}")
        finding_panel.show(card)
        return
    with st.container(key="lab-room"):
        controls, stage = st.container(key="lab-controls"), st.container(key="lab-stage")
    with controls:
        controls_panel.show(key)
    runs = known_runs.list_cards(known_runs.LAB)
    values, seed, given = stage_panel.read_state(key)
    with stage:
        stage_panel.show(key, values, seed, given)
    with st.container(key="lab-tests"):
        tests, code = st.container(key="lab-finding"), st.container(key="lab-code")
    with tests:
        finding_panel.show(card)
        run_panel.show(card, state, values, runs)
    with code:
        sheet = lab_sheets.find_sheet(key, values, seed, given)
        code_panel.show(card, sheet.arithmetic, lab_sheets.write_snippet(key, values, seed))
    with toolbar:
        export.show_link(key)
        export.show_menu(key, values, seed, given)
    if not any(one.active for one in runs):
        known_runs.warm_worker()
    state.finish_load()
