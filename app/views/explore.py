"""Explore: a few photos, one method, one mix, seen whole and taken apart."""

import streamlit as st

from app import history, session
from app import state as states
from app.parts import (
    batch,
    inside,
    method,
    notices,
    pad,
    past,
    photos,
    replay,
    result,
    stage,
    takeaway,
)
from app.service import export, naming, snippet, trained

keys, began = session.table(), naming.status()
session.begin(keys)
session.carriers(keys)

top = st.container(key="notices", gap="xsmall")
toolbar = st.container(key="toolbar", horizontal=True, gap="small")
with st.container(key="explore"):
    place = st.container(key="pad-place")
    big, results, rest, controls = (
        st.container(key=key) for key in ("stage", "results", "layers", "controls")
    )

with controls:
    pair_panel = st.container(key="pair-panel")
    with st.container(key="method-panel"):
        card = method.choose(keys)
    session.hold(pad.has(card))
    with st.container(key="params-panel"):
        method.tune(card)
    with st.container(key="share-panel"):
        method.share(card, keys, pad.has(card))
        density = st.container(key="density-panel")
    with st.container(key="seed-panel"):
        method.seed(keys)
    steps = st.container(key="past-panel")
with big:
    frame = st.container(key="frame")
with results:
    words, says, details = (
        st.container(key=key) for key in ("words", "says-panel", "details-panel")
    )

values, device = replay.settle_epoch(session.values(keys)), takeaway.device()
state, problems = photos.settle(states.pack(values), keys, card.shown)
state = trained.settled(state)
shown = photos.shots(state, card.shown)
shots, names = shown[: card.photos], photos.names(state, shown)
with pair_panel:
    photos.panel(state, shown, names, keys, card.photos)
with frame:
    mix, sentences = result.mixed(card, state, shots, device, keys)
drawn = False
if mix is not None:
    history.record(values, past.title(card, mix, values))
    judged = result.judged(card, state, shots, device)
    code = snippet.snippet(state, mix, judged, session.shelf(), device)
    config = export.config(values, keys, mix, judged, shots, names)
    used = names[: card.photos]
    with density:
        method.density(state, mix)
    if pad.has(card):
        with place:
            drawn = pad.show(card, state, mix, judged, shots, used, values, keys, device)
    with words:
        if drawn:
            result.beside(card, mix, judged, used, keys)
        else:
            result.words(card, mix, judged, used, state, keys)
        if judged is not None:
            replay.show(state, mix, shots, used, device)
    if card.inside:
        inside.show(state, shots, names, mix, frame, rest, words)
    else:
        if not drawn:
            stage.show(mix, used, shots, values["layer"], state.see, frame, rest)
        with rest:
            batch.section(card, state, shown, names, keys, device)
    with details:
        result.details(mix, judged, used, code, config, card.inside)
with big:
    stage.layers(keys, used=mix is not None and not card.inside and not drawn)
with steps:
    past.panel(card, mix, values, keys, drawn)
with says:
    result.reported(card.info.says)

with toolbar:
    takeaway.badge()
    takeaway.share(values, keys)
    if mix is not None:
        takeaway.menu(state, mix, judged, shots, names, config, keys)
with top:
    notices.show([*problems, *sentences])
notices.wait_for_names(began)
session.finish()
