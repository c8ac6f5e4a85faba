"""The methods as the page knows them: what is known of each, and how its lam is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch

import mixcore
from app.link.states import State
from app.mixes import sparklines
from app.mixes.evidence_kinds import FED
from app.mixes.memory import remember
from mixcore import registry
from mixcore.evidence.models.hybrid import READABLE
from mixcore.pairings import FOR_CLASSES
from mixcore.params import Param
from mixcore.plan import Plan
from mixcore.registry import FAMILIES, Info

Given = tuple[tuple[str, Any], ...]

DRAWS = 20_000


@dataclass(frozen=True)
class MethodCard:
    """A method as the page knows it: what is known of it and its declared parameters."""

    info: Info
    params: tuple[Param, ...]

    @property
    def photos(self) -> int:
        """How many photos go into one mix."""
        return self.info.sources

    @property
    def shown(self) -> int:
        """How many photos are on the page: never fewer than a pair."""
        return max(2, self.photos)

    @property
    def objects(self) -> bool:
        """Whether it needs exact objects or grounds, which only scenes know."""
        return bool({"object", "grounds"} & set(self.info.needs))

    @property
    def inside(self) -> bool:
        """Whether it mixes what a network holds, not pixels."""
        return self.info.space == "features"


SUPPLIED = {"object", "grounds", *FED}  # what scenes know, and what models see in the photos
SEEN = {"attention", "logits"}  # what a model says of the mix


@st.cache_resource(show_spinner=False, max_entries=1)
def load_catalogue() -> dict[str, MethodCard]:
    """Every method of classes that asks for nothing the page lacks, by family, oldest first.

    What they read of a model is bounded by what the bundled one with a late class token has.
    """
    classes = [registry.find_class(key) for key in mixcore.methods("classes")]
    cards = [
        MethodCard(cls.info, tuple(param.narrow(READABLE[True]) for param in cls.params()))
        for cls in classes
        if _can_show(cls.info)
    ]
    cards.sort(key=lambda card: (FAMILIES.index(card.info.family), card.info.year))
    return {card.info.key: card for card in cards}


def _can_show(info: Info) -> bool:
    """Whether its label can be made here, of photos and of what a model sees."""
    return set(info.needs) <= SUPPLIED and set(info.after) <= SEEN


def list_pairings() -> tuple[str, ...]:
    """The ways to pair the samples of a batch."""
    return FOR_CLASSES


def describe_law(state: State) -> tuple[sparklines.Curve, str] | None:
    """How lam is distributed for this method and these parameters, and that law in words.

    None where there is no lam to draw.
    """
    law = mixcore.method(state.method, **dict(state.params)).lam_law()
    if law is not None:
        return sparklines.beta_curve(*law), f"drawn from Beta({law[0]:g}, {law[1]:g})"
    curve = _draws(state.method, state.params)
    return None if curve is None else (curve, f"as in {DRAWS:,} draws")


@remember(24)
def _draws(method: str, params: Given) -> sparklines.Curve | None:
    batch = mixcore.Batch(torch.zeros(DRAWS, 1, 8, 8))
    plan = mixcore.method(method, **dict(params)).plan(batch, rng=0)
    if not isinstance(plan, Plan) or plan.lam is None:
        return None
    return sparklines.draws_curve(plan.lam.numpy())
