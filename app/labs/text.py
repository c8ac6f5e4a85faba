"""Labs in words and shapes. Pure: cards, findings and verdicts in, safe HTML out."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from html import escape
from pathlib import Path

from mixcore.findings.claims import (
    MEAN_ONLY,
    NOT_SHOWN,
    SHOWN,
    Claim,
    Row,
    Verdict,
    find_interval,
    list_values,
)
from mixcore.labs import LabCard

COVERS = Path(__file__).parents[2] / "assets" / "labs"
WORDS = {SHOWN: "shown", MEAN_ONLY: "mean", NOT_SHOWN: "not"}  # class of a chip


def head_html(card: LabCard) -> str:
    """The question and where it comes from."""
    parts = [card.title, card.cite, card.field, card.reading]
    cite = " · ".join(escape(part) for part in parts if part)
    return f'<h1 class="lab-question">{escape(card.question)}</h1><p class="lab-cite">{cite}</p>'


def card_html(card: LabCard, verdict: str, cover: str) -> str:
    """A card of the gallery: cover, question, title and verdict."""
    shown = f'<img src="{cover}" alt="">' if cover else ""
    kind = WORDS.get(verdict, "some")
    chip = f'<span class="lab-chip {kind}">{escape(verdict)}</span>' if verdict else ""
    minutes = f"{card.minutes:g} min" if card.minutes >= 1 else f"{60 * card.minutes:.0f} s"
    return (
        f'<div class="lab-card"><div class="lab-cover">{shown}</div>'
        f"<h2>{escape(card.question)}</h2>"
        f"<p>{escape(card.title)} · {escape(card.cite)}</p>"
        f'<p class="lab-facts">{chip}<span>experiment: {minutes}</span></p></div>'
    )


def load_cover(key: str, theme: str) -> str:
    """The cover of a lab, "light" or "dark", as a data address; "" where it is not made yet."""
    path = COVERS / f"{key}-{theme}.webp"
    if not path.is_file():
        return ""
    return "data:image/webp;base64," + base64.b64encode(path.read_bytes()).decode()


def summarize(verdicts: Sequence[Verdict]) -> str:
    """All verdicts of a lab in a word or two; "" where there are none."""
    words = [verdict.word for verdict in verdicts]
    if not words:
        return ""
    count = words.count(SHOWN)
    if count == len(words):
        return "shown"
    return "not shown" if not count else f"{count} of {len(words)} shown"


def verdict_html(claim: Claim, verdict: Verdict) -> str:
    """A claim with its verdict, and by how much, with the interval and n."""
    return (
        f'<li><span class="lab-chip {WORDS[verdict.word]}">{escape(verdict.word)}</span>'
        f"<span>{escape(claim.sentence)}. <small>{verdict}</small></span></li>"
    )


def dots_html(card: LabCard, rows: Sequence[Row], metric: str, live: Sequence[Row] = ()) -> str:
    """Each arm's seeds as points with mean and interval; live ones stand as rings beside them."""
    values = {arm: list_values(rows, arm, metric) for arm in card.arms}
    fresh = {arm: list_values(live, arm, metric) for arm in card.arms}
    every = [v for some in (*values.values(), *fresh.values()) for v in some if math.isfinite(v)]
    if not every:
        return '<p class="note">Nothing is measured yet.</p>'
    low, high = min(every), max(every)
    room = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
    low, high = low - room, high + room

    def place(value: float) -> str:
        return f"{100 * (min(max(value, low), high) - low) / (high - low):.2f}%"

    lines = []
    for number, arm in enumerate(card.arms):
        parts = [f'<i class="one" style="left:{place(v)}"></i>' for v in values[arm]]
        parts += [f'<i class="one live" style="left:{place(v)}"></i>' for v in fresh[arm]]
        text = ""
        if values[arm] or fresh[arm]:
            mean, below, above = find_interval(values[arm] or fresh[arm])
            text = f"{mean:.3f}"
            if math.isfinite(below):
                wide = f"left:{place(below)};right:calc(100% - {place(above)})"
                parts.insert(0, f'<i class="span" style="{wide}"></i>')
                text += f" [{below:.3f}, {above:.3f}]"
            parts.append(f'<i class="mean" style="left:{place(mean)}"></i>')
        color = ("mute", "b", "a", "c", "d", "ink")[min(number, 5)]
        lines.append(
            f'<li style="--arm:var(--{color})"><b>{escape(arm)}</b>'
            f'<div class="lab-track">{"".join(parts)}</div><span>{text}</span></li>'
        )
    ends = f'<li class="ends"><b></b><div><span>{low:.3g}</span><span>{high:.3g}</span></div></li>'
    return f'<ul class="lab-dots">{"".join(lines)}{ends}</ul>'


def says_html(card: LabCard) -> str:
    """What the paper says, with its source."""
    if not card.says:
        return (
            '<p class="note">Paper says: no figure is quoted here, as none was read at its '
            "source.</p>"
        )
    said = " ".join(escape(sentence) for sentence in card.says)
    return f'<p class="note">Paper says: {said}</p>'
