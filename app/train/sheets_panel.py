"""Sheets of a run's objective and observer, with a slider through training."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

import streamlit as st

from app.components import stage
from app.jobs.known_runs import RunCard
from app.mixes.memory import remember
from mixcore.runs.files import parse_json
from mixcore.train.epoch_sheets import join_sheets, list_sheets
from mixcore.train.observe import list_observers, read_observer
from mixcore.train.training_request import name_objective

MOST, LARGEST = 41, 6_000_000  # frames, and bytes of all of them


def show(card: RunCard) -> None:
    """Draw each of them; the newest one, until the slider is moved."""
    for name, paths in list_sheets(card.run.folder).items():
        title = read_observer(name).title if name in list_observers() else name_objective(name)
        st.html(f"<h2>{escape(title)}</h2>")
        packed = _join(tuple(_choose(paths)))
        if packed is None:
            st.html('<p class="refusal">What it drew cannot be read.</p>')
            continue
        with st.container(key=f"drawn-{name}"):
            stage.mount(packed, _ignore, f"stage-{name}")


def _ignore() -> None:
    """Nothing here is set by hand."""


def _choose(paths: list[Path]) -> list[Path]:
    """At most MOST of them, evenly, and no more than LARGEST bytes; the newest is among them."""
    size = max(path.stat().st_size for path in paths)
    most = max(1, min(MOST, LARGEST // max(1, size)))
    step = -(-len(paths) // most)
    return paths[::-1][::step][::-1]


@remember(12)
def _join(paths: tuple[Path, ...]) -> dict[str, Any] | None:
    try:
        joined = join_sheets([parse_json(path.read_bytes()) for path in paths])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    steps = [int(path.stem.rpartition("-")[2]) for path in paths]
    hero = {
        "name": "step", "label": "After step", "help": "Drag through the training",
        "values": steps, "texts": [f"{step:,}" for step in steps],
    }  # fmt: skip
    return joined | {
        "at": len(steps) - 1, "hero": hero if len(steps) > 1 else None, "hands": {},
    }  # fmt: skip
