"""Audit: how far labels are from what can be seen, over a whole data set."""

import streamlit as st

from app import notices, theme
from app.audit import choice_panel, export, form, results_panel, summary_panel
from app.audit.audit_state import AUDIT
from app.components import navigate
from app.jobs import known_runs, showcase_panel

st.html(theme.STYLES / "runs.css")
st.html(theme.STYLES / "audit.css")
AUDIT.begin_page()
going, known = navigate.begin_page(), known_runs.list_cards(known_runs.AUDIT)
examples = known_runs.list_examples(known_runs.AUDIT)
with st.container(key="audit-page"):
    asked, seen = st.container(key="new-audit"), st.container(key="audits")
with asked:
    form.show()
with seen:
    notes = st.container(key="run-notes")
    with st.container(key="choice", horizontal=True, vertical_alignment="bottom"):
        shown = choice_panel.choose_audit(known, examples)
        if shown is not None and shown.begun:
            export.show(shown)
    example = shown is not None and shown.card in examples
    if example:
        showcase_panel.show(examples)
    elif examples:
        showcase_panel.offer(choice_panel.KEY, known_runs.EXAMPLE)
    if shown is not None:
        summary_panel.show(shown)
        if shown.begun:
            results_panel.show(shown)
with notes:
    notices.show(AUDIT)
navigate.draw_way(going)
if not any(card.active for card in known):
    known_runs.warm_worker()
