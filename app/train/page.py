"""Train: small runs, started here or from a shell, watched while they learn."""

import streamlit as st

from app import notices, theme
from app.components import navigate
from app.jobs import known_runs, showcase_panel
from app.train import controls, form, live_panel
from app.train.train_state import TRAIN

st.html(theme.STYLES / "runs.css")
st.html(theme.STYLES / "train.css")
going, known, examples = navigate.begin_page(), known_runs.list_cards(), known_runs.list_examples()
TRAIN.begin_page(controls.list_names(known))
with st.container(key="train"):
    asked, seen = st.container(key="new-run"), st.container(key="runs")
with asked:
    form.show(known)
with seen:
    notes = st.container(key="run-notes")
    with st.container(key="choice", horizontal=True):
        chosen = controls.choose_runs(known, examples)
        view = controls.choose_view()
    if any(card.example for card in chosen):
        showcase_panel.show(examples)
    elif examples:
        showcase_panel.offer("run", [known_runs.EXAMPLE])
    live_panel.show(chosen, view, known)
with notes:
    notices.show(TRAIN)
navigate.draw_way(going)
if not any(card.active for card in known):
    known_runs.warm_worker()
