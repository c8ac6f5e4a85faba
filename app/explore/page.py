"""Explore: a few photos, one method, one mix, seen whole and taken apart."""

import streamlit as st

from app import notices
from app.explore import (
    batch_panel,
    export,
    hidden_panel,
    history,
    history_panel,
    method_panel,
    pad_panel,
    photos_panel,
    replay_panel,
    result_panel,
    snippet,
    stage_panel,
    takeaway,
)
from app.link import states
from app.mixes import own_models, photo_names
from app.photos import chosen, visitor_photos
from app.session import EXPLORE
from app.shell.device_badge import choose_device, show_badge

keys, began = EXPLORE.keys, photo_names.get_status()
EXPLORE.begin_page()
EXPLORE.draw_carriers()

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
        card = method_panel.choose_method(keys)
    EXPLORE.hold_values(pad_panel.is_movable(card))
    with st.container(key="params-panel"):
        method_panel.tune_parameters(card)
    with st.container(key="share-panel"):
        method_panel.choose_share(card, keys, pad_panel.is_movable(card))
        density = st.container(key="density-panel")
    with st.container(key="seed-panel"):
        method_panel.choose_seed(keys)
    steps = st.container(key="past-panel")
with big:
    frame = st.container(key="frame")
with results:
    words, says, details = (
        st.container(key=key) for key in ("words", "says-panel", "details-panel")
    )

values, device = replay_panel.settle_epoch(EXPLORE.read_values()), choose_device()
state, problems = chosen.settle_state(states.pack_state(values), keys, card.shown)
state = own_models.settle_epoch(state)
shown = chosen.cut_photos(state, card.shown)
shots, names = shown[: card.photos], chosen.name_photos(state, shown)
with pair_panel:
    photos_panel.show(state, shown, names, keys, card.photos)
with frame:
    mix, sentences = result_panel.make_mix(card, state, shots, device, keys)
drawn = False
if mix is not None:
    history.record_state(values, history_panel.describe_state(card, mix, values))
    judged = result_panel.judge_mix(card, state, shots, device)
    code = snippet.write_snippet(state, mix, judged, visitor_photos.list_uploads(), device)
    config = takeaway.make_config(values, keys, mix, judged, shots, names)
    used = names[: card.photos]
    with density:
        method_panel.draw_density(state, mix)
    if pad_panel.is_movable(card):
        with place:
            drawn = pad_panel.show(card, state, mix, judged, shots, used, values, keys, device)
    with words:
        if drawn:
            result_panel.show_beside(card, mix, judged, used, keys)
        else:
            result_panel.show_words(card, mix, judged, used, state, keys)
        if judged is not None:
            replay_panel.show(state, mix, shots, used, device)
    if card.inside:
        hidden_panel.show(state, shots, names, mix, frame, rest, words)
    else:
        if not drawn:
            stage_panel.show(mix, used, shots, values["layer"], state.see, frame, rest)
        with rest:
            batch_panel.show(card, state, shown, names, keys, device)
    with details:
        result_panel.show_details(mix, judged, used, code, config, card.inside)
with big:
    stage_panel.choose_layer(keys, used=mix is not None and not card.inside and not drawn)
with steps:
    history_panel.show(card, mix, values, drawn)
with says:
    result_panel.show_reported(card.info.says)

with toolbar:
    show_badge()
    export.show_link(values, keys)
    if mix is not None:
        export.show_menu(state, mix, judged, shots, names, config, keys)
with top:
    notices.show(EXPLORE, [*problems, *sentences])
chosen.wait_for_names(began)
EXPLORE.finish_load()
