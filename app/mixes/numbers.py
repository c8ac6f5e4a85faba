"""Every number of a mix as rows: what it is, and one value a photo.

The table and the CSV are both made of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.mixes.mismatch import Judgement, Measure
from app.mixes.text import Facts
from mixcore.account import PLAIN

Row = tuple[str, tuple[float | None, ...]]


def list_numbers(facts: Facts, found: Judgement | None) -> list[Row]:
    """Shares and weights of a mix, and what each kind of evidence makes of it."""
    if facts.views:
        return [("share", facts.views)]
    rows: list[Row] = [("area", facts.areas), *_terms(facts), ("label", facts.weights)]
    if len(facts.areas) == 2:
        lam = (None, None) if facts.lam is None else (facts.lam, 1 - facts.lam)
        rows.insert(0, ("lam", lam))
    for kind, measure in _measures(found):
        rows.append((f"{kind}: left to see", measure.visible))
        if measure.worth:
            rows.append((f"{kind}: share of that", measure.worth))
    if found and found.said:
        rows.append(("Lite0's prediction", found.said))
    return rows


def _terms(facts: Facts) -> list[Row]:
    """What the label is made of, where that is more than the area."""
    terms = facts.account.terms if facts.account else ()
    rows: list[Row] = []
    for term in terms if len(terms) > 1 or any(t.name not in PLAIN for t in terms) else ():
        if term.name not in PLAIN:
            rows.append((term.name, term.shares))
        rows.append((f"{term.name}: counts in the label", term.weights))
    return rows


def _measures(found: Judgement | None) -> list[tuple[str, Measure]]:
    """Every kind of evidence that was measured, by what it is called."""
    if found is None:
        return []
    exact = [(f"exact, {truth}", measure) for truth, measure in found.exact.items()]
    rest = [found.chosen, *found.others] if found.chosen else found.others
    return [*exact, *((measure.title, measure) for measure in rest)]


def table_rows(
    rows: Sequence[tuple[str, Sequence[Any]]], names: Sequence[str], head: str = ""
) -> list[dict[str, Any]]:
    """The same as one dict a row, a column a photo; names that two photos share get letters."""
    heads = list(names)
    if len(set(heads)) < len(heads):
        heads = [f"{'ABCD'[i]}, {name}" for i, name in enumerate(heads)]
    return [{head: what, **dict(zip(heads, values, strict=True))} for what, values in rows]
