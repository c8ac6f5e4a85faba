"""Theme of the app: colors with a meaning, the mark, and the style sheet."""

from pathlib import Path

import streamlit as st

APP = Path(__file__).parent
STYLES = APP / "styles"
MARK = APP.parent / "assets" / "brand" / "mark.svg"


def apply_theme() -> None:
    """Set title, icon, logo and style; call once a run, before anything is drawn."""
    st.set_page_config(page_title="MixScope", page_icon=str(MARK), layout="wide")
    st.logo(str(MARK), size="large")
    st.html(STYLES / "style.css")  # again, as app/main.py runs without the server's front, too
    # Panels that float lie outside the element on which Streamlit sets the colour scheme.
    scheme = st.context.theme.type or "light"
    st.html(f"<style>[data-floating-ui-portal] {{ color-scheme: {scheme} }}</style>")
