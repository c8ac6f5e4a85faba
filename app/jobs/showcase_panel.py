"""The example that ships, on a page of runs: what it is, and the way back to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from app.jobs import known_runs
from app.jobs.known_runs import RunCard
from mixcore.data.known import DATASETS
from mixcore.train_names import MODELS, name_method

AUDITS = (
    "An audit mixes a sample of a data set with several methods, the same pairs for each, and "
    "measures how far each label is from what can still be seen."
)
OWN = "Start makes one of your own, which then stands here and goes on when this page is closed."


def show(cards: Sequence[RunCard]) -> None:
    """A badge, and what these runs are: how many, of what, and when they were made."""
    made = datetime.fromtimestamp(max(card.run.job().created for card in cards), UTC)
    lead, what = ("", _say_trainings(cards)) if cards[0].kind == known_runs.TRAIN else (
        AUDITS, _say_audit(cards[0])
    )  # fmt: skip
    said = " ".join(filter(None, [lead, f"{what}, made on {made:%-d %B %Y}.", OWN]))
    st.html(f'<p class="example"><b>{known_runs.EXAMPLE}</b><span>{escape(said)}</span></p>')


def offer(key: str, chosen: str | list[str]) -> None:
    """A quiet button that chooses the example: key, the page's choice; chosen, its value then."""
    st.button(
        "See the example", key=f"see-example-{key}", type="tertiary", on_click=_choose,
        args=(key, chosen),
    )  # fmt: skip


def _choose(key: str, chosen: str | list[str]) -> None:
    st.session_state[key] = chosen


def _say_trainings(cards: Sequence[RunCard]) -> str:
    first = cards[0].config
    methods = dict.fromkeys(name_method(card.config["method"]) for card in cards)
    seeds = len({card.config["seed"] for card in cards})
    return (
        f"These {len(cards)} runs ship with MixScope: {' and '.join(methods)}, {seeds} seeds each, "
        f"{MODELS[first['model']]} on {DATASETS[first['data']].shows}, {first['epochs']} epochs"
    )


def _say_audit(card: RunCard) -> str:
    asked = card.config
    return (
        f"This one ships with MixScope: {asked['n']:,} pairs of {DATASETS[asked['data']].shows}, "
        f"mixed by {len(asked['methods'])} methods, seed {asked['seed']}"
    )
