"""About: what this is, what it runs on, what it keeps to itself, and whom it thanks."""

import streamlit as st

from app.service import about

st.html('<div class="verdict"><p>About MixScope</p></div>')
st.markdown(about.PURPOSE)
