"""The pages of MixScope. Start it with `python -m streamlit run app/server.py`."""

import streamlit as st

from app import address, drawer, theme, tips
from app.components import one_step

HOME = "explore"

theme.dress()
page = st.navigation(
    [
        st.Page("views/explore.py", title="Explore", url_path=HOME, default=True),
        st.Page("views/compare.py", title="Compare", url_path="compare"),
        st.Page("views/audit.py", title="Audit", url_path="audit"),
        st.Page("views/train.py", title="Train", url_path="train"),
        st.Page("views/about.py", title="About", url_path="about"),
    ],
    position="top",
)
one_step.mount(address.count_history_steps(), page.url_path or HOME, HOME)
drawer.keep_closed(page.title)
tips.explain()
page.run()
