"""The device to compute on, and the badge that shows and changes it."""

from __future__ import annotations

import streamlit as st

from app.mixes import mixing, photo_names

MODEL = {"ready": "Lite0 ready", "loading": "names loading"}


def choose_device() -> str:
    """The device to compute on: kept for the session, not in the link; others have other ones."""
    return st.session_state.get("device", mixing.list_devices()[0])


def show_badge() -> None:
    """Which device computes and whether the naming model is in memory; the choice of device."""
    status = photo_names.get_status()
    with st.popover(f"{choose_device().upper()} · {MODEL.get(status, 'no names')}", key="badge"):
        st.radio(
            "Compute on", mixing.list_devices(), format_func=str.upper, key="device",
            persist_state="session",
        )  # fmt: skip
        if status == "ready":
            st.caption("EfficientNet-Lite0 is in memory and proposes names for your pictures.")
        elif status == "loading":
            st.caption("EfficientNet-Lite0 is being loaded and will propose names in a moment.")
        else:
            st.caption(f"Names cannot be proposed: {status}")
