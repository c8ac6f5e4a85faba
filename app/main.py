"""The pages of MixScope. Start it with `python -m streamlit run app/server.py`."""

import streamlit as st

from app import theme
from app.components import one_step
from app.shell import address, drawer, focus, tips

HOME = "explore"

theme.apply_theme()
page = st.navigation(
    [
        st.Page("explore/page.py", title="Explore", url_path=HOME, default=True),
        st.Page("compare/page.py", title="Compare", url_path="compare"),
        st.Page("audit/page.py", title="Audit", url_path="audit"),
        st.Page("train/page.py", title="Train", url_path="train"),
        st.Page("labs/page.py", title="Labs", url_path="labs"),
        st.Page("about/page.py", title="About", url_path="about"),
    ],
    position="top",
)
one_step.mount(address.count_history_steps(), page.url_path or HOME, HOME)
drawer.keep_closed(page.title)
focus.let_go_after_choice()
tips.explain_terms()
page.run()
