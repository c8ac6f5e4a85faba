"""Models that were trained here: which there are, what one sees, and how that came about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import streamlit as st
from torch import Tensor

from app.link.states import YOURS, State
from app.mixes import evidence_kinds
from app.mixes.memory import Named, remember
from mixcore.evidence import Evidence
from mixcore.runs import Store
from mixcore.train import restore
from mixcore.train.model_map import sees


def list_runs() -> dict[str, str]:
    """Every run with weights of an epoch: its name, and what to call it; the newest first."""
    found = [run for run in Store().runs() if run.checkpoints()]
    return {run.id: _called(run) for run in found}


def list_epochs(run: str) -> list[int]:
    """The epochs of a run whose weights are kept; none where it is gone."""
    try:
        return restore.list_epochs(Store().run(run))
    except ValueError:
        return []


def find_epoch(values: Mapping[str, Any]) -> int:
    """The epoch in use where the link asks for one: the last kept one up to it, 0 for none.

    An epoch of 0 asks for the last.
    """
    kept = list_epochs(values["trained"]) if values["see"] == YOURS else []
    if not kept:
        return values["epoch"]
    return _pick(kept, values["epoch"])


def _pick(kept: list[int], asked: int) -> int:
    return max((e for e in kept if e <= asked), default=kept[0]) if asked else kept[-1]


def find_data(run: str) -> str:
    """What a run was trained on, as its request names it; "" where that cannot be read."""
    try:
        return str(Store().run(run).job().config.get("data", ""))
    except ValueError:
        return ""


def settle_epoch(state: State) -> State:
    """The state with the epoch that is meant: the last kept one up to it, or the last for 0.

    What is remembered of a run that still goes on must not stand for its later epochs.
    """
    sight = evidence_kinds.find_kind(state.see)
    if not isinstance(sight, evidence_kinds.OwnRun):
        return state
    kept = list_epochs(sight.run)
    if not kept:
        return state
    return replace(state, see=f"{YOURS} {sight.run} {_pick(kept, sight.epoch)}")


@remember(512)
def make_map(run: str, epoch: int, photo: Named[Callable[[], Tensor]]) -> Evidence:
    """The map of one photo, by the run's model after an epoch.

    photo makes it as models see it. ValueError where the run has no such weights.
    """
    return _model(run, epoch)(photo.value())


@st.cache_resource(show_spinner=False, max_entries=32)
def _model(run: str, epoch: int) -> Any:
    return sees(Store().run(run), epoch)


def _called(run: Any) -> str:
    number, _, words = run.id.partition("-")
    with suppress(ValueError):  # its request was changed by hand; its weights may still be good
        words = run.job().name
    return f"Run {int(number)}: {words}"
