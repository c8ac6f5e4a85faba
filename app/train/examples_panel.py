"""Example mixes after each epoch, with a slider through training."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image

from app.jobs import run_examples
from app.jobs.known_runs import RunCard
from app.jobs.run_examples import ExampleMix
from app.mixes.memory import Named, remember
from app.mixes.text import format_share
from mixcore.runs.error_text import describe_error


def show(card: RunCard, names: Sequence[str]) -> None:
    """The examples of the chosen step; the newest one, and each newer one, unless moved."""
    steps = run_examples.list_steps(card)
    if not steps:
        return
    st.html("<h2>Example mixes as it learns</h2>")
    step = _chosen(steps)
    try:
        found = Named(run_examples.load_examples(card, step), (card.id, step))
        st.html(_sheet(found, names))
    except (ValueError, OSError) as error:
        st.html(f'<p class="refusal">{escape(describe_error(error))}</p>')


def _chosen(steps: list[int]) -> int:
    """Where the slider stands; at its end it follows the run."""
    memory = st.session_state
    if "at" in memory and (memory["at"] == memory.get("train-at-end") or memory["at"] not in steps):
        memory["at"] = steps[-1]
    memory["train-at-end"] = steps[-1]
    if len(steps) == 1:
        return steps[0]
    return st.select_slider(
        "After step",
        steps,
        steps[-1],
        key="at",
        bind="query-params",
        format_func=lambda s: f"{s:,}",
    )


@remember(64)
def _sheet(found: Named[tuple[list[ExampleMix], str]], names: Sequence[str]) -> str:
    mixes, evidence = found.value
    cells = "".join(_cell(one, names, evidence) for one in mixes)
    return f'<div class="mixes">{cells}</div>'


def _cell(one: ExampleMix, names: Sequence[str], evidence: str) -> str:
    a, b = (names[y] if 0 <= y < len(names) else f"class {y}" for y in one.y)
    looks = _img(one.looks, f"the mix under {evidence}") if one.looks is not None else ""
    rows = "".join(
        f"<tr><th scope=row>{what}</th><td class=a>{format_share(x)}</td>"
        f"<td class=b>{format_share(y)}</td></tr>"
        for what, x, y in (
            ("label", one.weight, 1 - one.weight), ("area", one.area, 1 - one.area),
            ("model", *one.said),
        )
    )  # fmt: skip
    return (
        f"<figure><div>{_img(one.mixed, f'a mix of {a} and {b}')}{looks}</div>"
        f"<table><thead><tr><td></td><th scope=col class=a>{escape(a)}</th>"
        f"<th scope=col class=b>{escape(b)}</th></tr></thead><tbody>{rows}</tbody></table></figure>"
    )


def _img(pixels: NDArray[np.uint8], alt: str) -> str:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG", compress_level=3)
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{escape(alt, quote=True)}" src="data:image/png;base64,{data}">'
