"""History of a session: its states, an entry for each step of the user, and a pinned one.

An entry holds all values of the page, so undo restores everything, whatever set it. How the picture
is looked at (layer, opacity) is kept with an entry, but is no step of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from app.link.states import Values
from app.session import EXPLORE

MOST = 100
LOOKS = ("layer", "opacity")


@dataclass
class Entry:
    """One state, what it is called, and the gesture of the hand that made it, or 0."""

    values: Values
    title: str
    gesture: int = 0


@dataclass
class Past:
    """States, oldest first, which of them is shown, and which one was left for it, if just now."""

    entries: list[Entry] = field(default_factory=list)
    at: int = -1
    left: Values | None = None

    @property
    def now(self) -> Entry:
        return self.entries[self.at]

    def record(self, values: Values, title: str, gesture: int = 0) -> None:
        """Take in the state that is shown: a new step, or the same step a little further on."""
        self.left = None
        if self.entries and _same(values, self.now.values):
            self.now.values = values
            return
        held = gesture and self.entries and self.now.gesture == gesture
        if held and self.at == len(self.entries) - 1:
            self.entries[self.at] = Entry(values, title, gesture)
            return
        kept = self.entries[: self.at + 1]
        self.entries = [*kept, Entry(values, title, gesture)][-MOST:]
        self.at = len(self.entries) - 1

    def catch_up(self, values: Values) -> None:
        """Take in what was set but never shown, as the next wish came too soon.

        A browser that has not heard of the last step yet repeats what was left: that is not news.
        """
        if not (self.left is not None and _same(values, self.left)):
            self.record(values, "set in haste")

    def go(self, to: int) -> Values | None:
        """Show another state, the nearest one there is to this number; None if it is shown."""
        to = min(max(to, 0), len(self.entries) - 1)
        if to == self.at:
            return None
        self.left, self.at = self.now.values, to
        return self.now.values


@dataclass(frozen=True)
class Pinned:
    """A state to compare with: the mixed picture as PNG, and the shares of its bars by source."""

    title: str
    picture: bytes
    shares: dict[str, tuple[float, ...]]


def load_history() -> Past:
    """The history of this session."""
    return st.session_state.setdefault("explore-past", Past())


def note_gesture(number: int) -> None:
    """What is drawn next was made by this gesture of the hand."""
    st.session_state["explore-gesture"] = number


def record_state(values: Values, title: str) -> None:
    """Take in the state that this run shows."""
    load_history().record(values, title, st.session_state.pop("explore-gesture", 0))


def go_to(to: int) -> None:
    """Show the state of this number; for callbacks."""
    _show(load_history().go(to))


def walk_by(by: int) -> None:
    """Back (by < 0) or forward; for callbacks."""
    load_history().catch_up(EXPLORE.read_values())
    _show(load_history().go(load_history().at + by))


def _show(values: Values | None) -> None:
    if values is not None:
        EXPLORE.load_values(dict(values))


def follow_pad() -> None:
    """Undo or redo, asked for on the pad: `walked` counts all steps there, redo less undo.

    What counts is how far it went since it was last heard: of two quick presses, the second may
    come alone.
    """
    said = st.session_state["pad"].step
    if not isinstance(said, dict):
        return
    pad, walked = said.get("pad"), said.get("walked")
    before = st.session_state.get("explore-walked")
    st.session_state["explore-walked"] = pad, walked
    heard = before[1] if before and before[0] == pad else 0
    if isinstance(walked, int) and walked != heard:
        walk_by(walked - heard)


def pin_state(one: Pinned | None) -> None:
    """Keep a state to compare with, or none; for callbacks."""
    st.session_state["explore-pinned"] = one


def get_pinned() -> Pinned | None:
    """The state that is kept to compare with."""
    return st.session_state.get("explore-pinned")


def _same(one: Values, other: Values) -> bool:
    names = (one.keys() | other.keys()) - set(LOOKS)
    return all(one.get(name) == other.get(name) for name in names)
