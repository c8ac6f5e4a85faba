"""Names proposed by the model, without ever making the first picture wait for it."""

from __future__ import annotations

import threading

import streamlit as st

import mixcore
from app.mixes.memory import remember
from app.mixes.photos import CutPhoto
from mixcore import naming

Proposal = tuple[str, float]


class _Loader:
    """The one background load of this process, and why it failed if it did."""

    def __init__(self) -> None:
        self.error = ""
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._load, name="naming", daemon=True)
                self._thread.start()

    def _load(self) -> None:
        try:
            naming.load(mixcore.device())
        except Exception as error:  # whatever it is, pictures can still be mixed without names
            self.error = str(error) or type(error).__name__


@st.cache_resource(show_spinner=False, max_entries=1)
def _loader() -> _Loader:
    return _Loader()


def get_status() -> str:
    """ "ready", "loading", or the sentence that says why there are no names."""
    return "ready" if naming.ready() else _loader().error or "loading"


def start_loading() -> None:
    """Begin to load the model, unless that has begun; returns at once."""
    if not naming.ready():
        _loader().begin()


def propose_names(shot: CutPhoto) -> list[Proposal]:
    """The three likeliest names with their probabilities; none while there is no model."""
    return _propose(shot) if naming.ready() else []


@remember(256)
def _propose(shot: CutPhoto) -> list[Proposal]:
    return naming.propose(shot.image)
