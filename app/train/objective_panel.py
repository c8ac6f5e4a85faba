"""The form's part on what the model is asked to learn, and on what is watched beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from html import escape
from typing import Any

import streamlit as st

from app import widgets
from app.jobs import known_runs
from app.link import run_keys
from app.shell import address
from app.train.train_state import PREFIX, TRAIN
from mixcore.objectives import DEFAULT, ObjectiveCard
from mixcore.params import Param
from mixcore.train.observe import NONE, read_observer

USUAL = "Usual"


def show(card: ObjectiveCard) -> dict[str, Any]:
    """Say what the objective is and costs, and offer its parameters; those that are not usual."""
    if card.key == DEFAULT:
        return {}
    cite = f" {escape(card.authors)} {card.year}." if card.paper else ""
    st.html(f'<p class="note">{escape(card.summary)} <b>Cost:</b> {escape(card.cost)}{cite}</p>')
    from app.mixes import recipe_controls  # objectives need torch

    params = [_offer_runs(param) for param in recipe_controls.list_objective_params(card.key)]
    prefix = f"{PREFIX}.objective.{card.key}"
    if card.presets:
        st.selectbox(
            "Settings", (USUAL, *card.presets), key=f"preset-{card.key}",
            on_change=_take_preset, args=(card, params, prefix),
            help="Settings that the authors released, by data, network and method",
        )  # fmt: skip
    return _tune(params, prefix)


def tune_observer(key: str) -> dict[str, Any]:
    """Say what is watched and what it costs, and offer its parameters; those that are not usual."""
    if key == NONE:
        return {}
    card = read_observer(key)
    st.html(f'<p class="note">{escape(card.summary)} <b>Cost:</b> {escape(card.cost)}</p>')
    from app.mixes import recipe_controls  # observers need torch

    return _tune(recipe_controls.list_observer_params(key), f"{PREFIX}.observe.{key}")


def _tune(params: Sequence[Param], prefix: str) -> dict[str, Any]:
    TRAIN.tell_first(*address.clean_link(run_keys.make_keys(params, prefix)))
    values = widgets.draw_form(params, prefix)
    return {p.name: values[p.name] for p in params if values[p.name] != p.default}


def _offer_runs(param: Param) -> Param:
    """A teacher may be any run that is done."""
    if param.name != "teacher":
        return param
    done = [card for card in known_runs.list_cards() if card.status.state == "done"]
    names = {f"run:{card.id}": card.name for card in done}
    options = (param.default, *names)
    return replace(param, options=options, titles=lambda key: names.get(key, param.titles(key)))


def _take_preset(card: ObjectiveCard, params: Sequence[Param], prefix: str) -> None:
    chosen = card.presets.get(st.session_state[f"preset-{card.key}"], {})
    TRAIN.put_values({f"{prefix}.{p.name}": chosen.get(p.name, p.default) for p in params})
