"""Train: small runs, started here or from a shell, watched while they learn."""

import streamlit as st

from app import address, leaving, theme
from app.parts import run_examples, run_notes, train_charts, train_form, train_view
from app.service import runs

st.html(theme.HERE / "runs.css")
st.html(theme.HERE / "train.css")
going, known, examples = leaving.begin(), runs.cards(), runs.list_examples()
run_notes.tell_first(address.clean_link(train_form.list_entries() | train_view.list_names(known)))
with st.container(key="train"):
    asked, seen = st.container(key="new-run"), st.container(key="runs")
with asked:
    train_form.show(known)
with seen:
    notes = st.container(key="run-notes")
    with st.container(key="choice", horizontal=True):
        chosen = train_view.choose(known, examples)
        view = train_view.settings()
    if any(card.example for card in chosen):
        run_examples.show(examples)
    elif examples:
        run_examples.offer("run", [runs.EXAMPLE])
    train_charts.show(chosen, view, known)
with notes:
    run_notes.show()
leaving.way(going)
if not any(card.active for card in known):
    runs.ready()
