"""Page changes as single steps of the browser's history."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st


@cache
def _component() -> Callable[..., Any]:
    script = (Path(__file__).parent / "one_step.js").read_text()
    return st.components.v2.component("mixscope_one_step", js=script)


def mount(steps: int, page: str, home: str) -> None:
    """Watch every link from page to page, on whatever page.

    steps: how many runs of this session the browser's Back or Forward asked for; page: the
    end of this page's address; home: of the one that is shown where an address has no end.
    """
    with st.container(key="unused-one-step"):
        _component()(key="one-step", data={"steps": steps, "page": page, "home": home})
