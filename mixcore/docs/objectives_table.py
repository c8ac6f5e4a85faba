"""Tables of all objectives and observers in docs/objectives.md, from their declarations."""

from __future__ import annotations

from mixcore.docs.marks import replace_marked
from mixcore.objectives import ObjectiveCard, list_objectives, read_objective
from mixcore.train.observe import list_observers, read_observer

START, END = "<!-- objectives: made by python -m mixcore.docs -->", "<!-- objectives end -->"
MIXES = {"any": "any method, or none", "needed": "any method", "own": "mixes by itself"}


def make_markdown() -> str:
    """A row an objective, then a row an observer."""
    lines = ["| objective | asks the model to | mixes | cost |", "| --- | --- | --- | --- |"]
    for card in map(read_objective, list_objectives()):
        cite = f" {card.authors} {card.year}, *{card.paper}*." if card.paper else ""
        lines.append(
            f"| {card.title} (`{card.key}`).{cite} | {card.summary} | {describe_mixes(card)} | "
            f"{card.cost} |"
        )
    if list_observers():
        lines += ["", "| observer | shows | cost |", "| --- | --- | --- |"]
    for one in map(read_observer, list_observers()):
        lines.append(f"| {one.title} (`{one.key}`) | {one.summary} | {one.cost} |")
    return "\n".join(lines) + "\n"


def describe_mixes(card: ObjectiveCard) -> str:
    """With which methods it trains, in words."""
    count = {1: " of one picture", 2: " of two pictures"}.get(card.sources, "")
    return MIXES[card.mixes] + count


def renew_text(text: str) -> str:
    """The text with the tables between its two marks made anew; ValueError if they are missing."""
    return replace_marked(text, START, END, make_markdown())
