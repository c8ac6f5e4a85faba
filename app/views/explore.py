"""Explore: one pair, one method, one mix, seen whole and taken apart."""

import streamlit as st

from app import session
from app import state as states
from app.parts import method, notices, pair, result, stage, takeaway
from app.service import export, mixing

keys = session.table()
session.begin(keys)
session.carriers(keys)

top = st.container(key="notices", gap="xsmall")
toolbar = st.container(key="toolbar", horizontal=True, gap="small")
with st.container(key="explore"):
    big, results, rest, controls = (
        st.container(key=key) for key in ("stage", "results", "layers", "controls")
    )

with controls:
    pair_panel = st.container(key="pair-panel")
    with st.container(key="method-panel"):
        card = method.choose(keys)
    with st.container(key="params-panel"):
        method.tune(card)
    with st.container(key="share-panel"):
        method.share(card, keys)
        density = st.container(key="density-panel")
    with st.container(key="seed-panel"):
        method.seed(keys)
with big:
    frame = st.container(key="frame")
    stage.layers(keys)

values = session.values(keys)
state, problems = pair.settle(states.pack(values), keys)
shots = pair.shots(state)
names = pair.names(state, shots)
with pair_panel:
    pair.panel(state, shots, names, keys)

try:
    mix = mixing.mix(state, shots[0], shots[1], takeaway.device())
except ValueError as error:  # a combination of parameters that the method refuses
    mix = None
    problems.append(f"{error} Change it under Parameters; everything else is kept.")

if mix is not None:
    code = export.snippet(state, session.shelf(), takeaway.device())
    config = export.config(values, keys, export.about(mix, *shots, names))
    with density:
        method.density(state, mix)
    with frame:
        stage.big(mix, names, values["layer"])
    with rest:
        stage.thumbs(mix, names, values["layer"])
    with results.container(key="words"):
        result.words(mix, names, state.how, card.look)
    with results.container(key="details-panel"):
        result.details(mix, names, code, config)

with toolbar:
    takeaway.badge()
    takeaway.share(values, keys)
    if mix is not None:
        takeaway.menu(state, mix, shots, names, config, keys)
with top:
    notices.show(problems)
notices.wait_for_names()
session.finish()
