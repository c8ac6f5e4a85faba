"""What stands where no audit is yet: what one is, and one button that makes the first."""

from __future__ import annotations

import streamlit as st

from app.parts import audit_form
from app.service import audits
from mixcore.methods import title


def show() -> None:
    """The sentence and the button."""
    first = audits.FIRST
    named = " and ".join(title(key) for key in first.methods)
    st.html(
        '<div class="welcome"><h2>Does what a label says stand in the picture?</h2><p>An audit '
        "mixes a sample of a data set with several methods, the same pairs for each, and measures "
        "how far each label is from what can still be seen. The first one takes generated scenes, "
        f"whose objects are exactly known, and {named}: about a minute, and it goes on when this "
        "page is closed.</p></div>"
    )
    st.button(
        f"Audit {first.n} scenes", type="primary", icon=":material/play_arrow:", key="first-audit",
        on_click=audit_form.start, args=(first,),
    )  # fmt: skip
