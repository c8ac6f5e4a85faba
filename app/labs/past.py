"""Undo and redo of a lab: what its link held, step by step."""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from app.labs.lab_state import find_state
from app.link.states import Values

MOST = 100


@dataclass
class Steps:
    """States of a lab, oldest first, and which of them is shown."""

    states: list[Values] = field(default_factory=list)
    at: int = -1

    def add(self, values: Values) -> None:
        """Take in what is shown now, where that is new."""
        if self.states and self.states[self.at] == values:
            return
        self.states = [*self.states[: self.at + 1], values][-MOST:]
        self.at = len(self.states) - 1


def _load_steps(key: str) -> Steps:
    return st.session_state.setdefault(find_state(key).name_entry("steps"), Steps())


def show(key: str) -> None:
    """Take in what is shown now, and draw the two buttons."""
    state, steps = find_state(key), _load_steps(key)
    steps.add(state.read_values())
    with st.container(key="lab-steps", horizontal=True, gap="small"):
        for title, step, can in (
            ("Undo", -1, steps.at > 0), ("Redo", 1, steps.at + 1 < len(steps.states))
        ):  # fmt: skip
            st.button(
                title, icon=f":material/{title.lower()}:", key=f"lab-{title.lower()}",
                disabled=not can, on_click=_go, args=(key, step),
            )  # fmt: skip


def _go(key: str, step: int) -> None:
    steps = _load_steps(key)
    steps.at = min(max(steps.at + step, 0), len(steps.states) - 1)
    state, values = find_state(key), steps.states[steps.at]
    held = {name: state.write_carrier(name, values[name]) for name in state.carriers}
    state.load_values(values | held)
