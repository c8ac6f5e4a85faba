"""Audit: how far labels are from what can be seen, over a whole data set."""

import streamlit as st

from app import address, leaving, theme
from app.parts import (
    audit_choice,
    audit_files,
    audit_form,
    audit_head,
    audit_look,
    run_examples,
    run_notes,
)
from app.service import runs

st.html(theme.HERE / "runs.css")
st.html(theme.HERE / "audit.css")
run_notes.tell_first(address.clean_link(audit_form.list_entries()))
going, known = leaving.begin(), runs.cards(runs.AUDIT)
examples = runs.list_examples(runs.AUDIT)
with st.container(key="audit-page"):
    asked, seen = st.container(key="new-audit"), st.container(key="audits")
with asked:
    audit_form.show()
with seen:
    notes = st.container(key="run-notes")
    with st.container(key="choice", horizontal=True, vertical_alignment="bottom"):
        shown = audit_choice.choose(known, examples)
        if shown is not None and shown.begun:
            audit_files.show(shown)
    example = shown is not None and shown.card in examples
    if example:
        run_examples.show(examples)
    elif examples:
        run_examples.offer(audit_choice.KEY, runs.EXAMPLE)
    if shown is not None:
        audit_head.show(shown)
        if shown.begun:
            audit_look.show(shown)
with notes:
    run_notes.show()
leaving.way(going)
if not any(card.active for card in known):
    runs.ready()
