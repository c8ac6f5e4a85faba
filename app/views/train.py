"""Train: small runs, started here or from a shell, watched while they learn."""

import streamlit as st

from app import address, leaving, theme
from app.parts import run_notes, train_charts, train_form, train_view
from app.service import runs

st.html(theme.HERE / "runs.css")
st.html(theme.HERE / "train.css")
going, known = leaving.begin(), runs.cards()
run_notes.tell_first(address.clean_link(train_form.list_entries() | train_view.list_names(known)))
with st.container(key="train"):
    asked, seen = st.container(key="new-run"), st.container(key="runs")
with asked:
    train_form.show(known)
with seen:
    notes = st.container(key="run-notes")
    # Drawn unseen where there is no run yet: only then a first run's name reaches the link.
    with st.container(key="choice" if known else "unused-choice", horizontal=True):
        chosen = train_view.choose(known)
        view = train_view.settings()
    if known:
        train_charts.show(chosen, view, known)
    else:
        st.html(
            '<div class="welcome"><h2>No run yet</h2><p>Start trains a small network on '
            "scikit-learn’s 1,797 digits with CutMix: a few seconds, and the curves appear here "
            "as it learns. A run goes on when this page is closed.</p></div>"
        )
with notes:
    run_notes.show()
leaving.way(going)
if not any(card.active for card in known):
    runs.ready()
