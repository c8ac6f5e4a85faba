"""The grid in words: the worst cell, what all cells share, and every number in one table."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from app.compare import grid_numbers, text
from app.compare.grid_numbers import Grid
from app.jobs import known_runs
from app.mixes.text import escape_markdown

COST = (
    "ms: planning and applying this mix of two photos of 448 × 448, measured as the cell was made; "
    "where the label needs a model's look at the mix, that is included, and it is measured "
    "once; else it is the quicker of two. What models see in the clean photos is not included."
)
SPREAD = (
    "mean and spread beside a row are those of its mismatches; spread is the standard deviation."
)
AUDITS = 3  # that are linked to, the newest ones
LEFT = "left: the share of a photo's own evidence, or object, that the mix still shows."


def show_verdict(grid: Grid) -> None:
    """The worst cell in a sentence and a number; what is shared, and what is not."""
    chips = "".join(
        f'<span class="chip{" apart" if apart else ""}">{escape(said)}</span>'
        for said, apart in text.list_badges(grid)
    )
    limits = escape(text.describe_limits(grid))
    st.html(f'{text.verdict_html(grid)}<p class="chips">{chips}</p><p class="note">{limits}</p>')
    _audits(grid)


def _audits(grid: Grid) -> None:
    """Links to the finished audits of these methods: many mixes instead of a few cells."""
    methods = {cell.column.method for cell in grid}
    found = known_runs.find_audits(methods)
    if not found:
        return
    with st.container(key="g-audits", horizontal=True, gap="small"):
        st.html('<p class="note">Over whole data sets, with intervals:</p>')
        for card in found[:AUDITS]:
            label = escape_markdown(f"Audit {card.name}, {card.config['n']:,} mixes each")
            st.page_link("audit/page.py", label=label, query_params={"audit": card.name})


def show_numbers(grid: Grid, device: str) -> None:
    """The table."""
    found = grid_numbers.list_numbers(grid)
    # What no row says takes no room, nor what only a program reads; the files hold it all.
    said = {name for row in found for name, value in row.items() if value not in (None, "")}
    heads = [name for name in found[0] if name in said - {"judge digest"}]
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(
        "<tr>" + "".join(_entry(name, row[name]) for name in heads) + "</tr>" for row in found
    )
    terms = f"{COST} On {device.upper()}. {LEFT} {SPREAD}"
    st.html(
        '<h3 class="cap">The numbers</h3>'
        '<div class="numbers" tabindex="0" role="region" aria-label="The numbers"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        f'<p class="note">{escape(terms)}</p>'
    )


def _entry(name: str, value: Any) -> str:
    if value is None:
        return '<td class="number">–</td>'
    if isinstance(value, float):
        return f'<td class="number">{value:.{1 if name == "ms" else 4}f}</td>'
    return f"<td>{escape(str(value))}</td>"
