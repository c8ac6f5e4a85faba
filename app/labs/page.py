"""Labs: a gallery of papers, and one page for each of them."""

import streamlit as st

from app import notices, theme
from app.labs import gallery_panel
from app.labs.lab_state import GALLERY, LAB

st.html(theme.STYLES / "runs.css")
st.html(theme.STYLES / "labs.css")
GALLERY.begin_page()
GALLERY.draw_carriers()
chosen = GALLERY.read_value(LAB)
if chosen:
    from app.labs import lab_page

    lab_page.show(chosen)
else:
    notices.show(GALLERY)
    gallery_panel.show()
