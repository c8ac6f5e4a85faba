"""A batch of eight mixes by the same method, and what another pairing does to them."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from app.link.states import Keys, State
from app.mixes import batch_mix
from app.mixes.batch_mix import BatchCell
from app.mixes.known_methods import MethodCard
from app.mixes.photos import CutPhoto
from app.mixes.text import format_share
from app.photos.picture import show_picture
from mixcore.pairings import PAIRINGS

HERE = {  # what goes by labels or features goes by these, in this batch
    "nearest label": "; here classes are numbered by the alphabet",
    "farthest label": "; here classes are numbered by the alphabet",
    "same cluster": "; here photos of like colours make one",
}


def show(
    card: MethodCard,
    state: State,
    shots: Sequence[CutPhoto],
    names: Sequence[str],
    keys: Keys,
    device: str,
) -> None:
    """A drawer with the batch; nothing in it is computed before it is opened."""
    drawer = st.expander("In a batch of eight", key="batch", on_change="rerun")
    with drawer:
        _pairing(card, keys)
        if drawer.open:
            _grid(batch_mix.mix_batch(state, shots, names, device))


def _pairing(card: MethodCard, keys: Keys) -> None:
    pairings = keys["pairing"].options
    if card.photos == 1:
        st.html('<p class="note">A self mix has no partner: every photo stays its own.</p>')
    kept = "unused-pairing" if card.photos == 1 else "pairing-row"
    with st.container(key=kept, horizontal=True, vertical_alignment="center", wrap=False):
        chosen = st.selectbox(
            "Pairing", pairings, key="pairing", bind="query-params", width=180,
            label_visibility="collapsed",
        )  # fmt: skip
        st.html(f'<p class="note">{escape(describe_pairing(chosen))}</p>')


def describe_pairing(name: str) -> str:
    """What a pairing does in this batch, in a sentence."""
    return f"{PAIRINGS[name].about}{HERE.get(name, '')}."


def _grid(cells: Sequence[BatchCell]) -> None:
    for row in range(0, len(cells), 4):
        for column, cell in zip(st.columns(4, gap="small", wrap=False), cells[row:], strict=False):
            with column:
                parts = [f"{name} {format_share(round(w, 2))}" for name, w in cell.label]
                show_picture(cell.png, f"Mix of the batch: {' + '.join(parts)}")
                kept = [f"<span>{escape(part)}</span>" for part in parts]
                st.html(f'<p class="under">{" + ".join(kept)}</p>')
