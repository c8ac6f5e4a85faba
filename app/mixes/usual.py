"""Usual mismatches of each method: quartiles over pairs of scenes, in words.

assets/quartiles.json holds them, made by `python -m mixcore.audit.quartiles`. Pure: no Streamlit,
no torch.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

from app.mixes.text import format_share
from mixcore.data import ASSETS

PATH = ASSETS / "quartiles.json"
LARGE = 0.1  # a smaller mismatch is not drawn as large, however rare it is for its method


@dataclass(frozen=True)
class Usual:
    """The mismatches of n mixes of a method: half of them lie from `low` to `high`."""

    title: str
    n: int
    low: float
    high: float


@cache
def _stored() -> dict[str, Any]:
    return json.loads(PATH.read_text(encoding="utf-8"))["methods"]


def find_usual(method: str, title: str, judge: str) -> Usual | None:
    """What is usual by this judge ("own" or "pixels" of exact masks, or the reference)."""
    found = _stored().get(method, {}).get(judge)
    if found is None:
        return None
    _, low, _, high, _ = found["at"]
    return Usual(title, found["n"], low, high)


def rate_mismatch(gap: float, usual: Usual) -> str:
    """Whether it is "low", "usual" or "high" for its method."""
    if gap > usual.high and gap >= LARGE:
        return "high"
    return "low" if gap < usual.low else "usual"


def usual_html(gap: float, usual: Usual) -> str:
    """Where the mismatch stands between 0 and 1, beside the middle half of its method's mixes."""
    if gap > usual.high:
        said = f"Further off than 3 of 4 {usual.title} mixes"
    else:
        few, common = f"Closer than 3 of 4 {usual.title} mixes", f"As usual for {usual.title}"
        said = few if gap < usual.low else common
    low, high = format_share(usual.low), format_share(usual.high)
    half = f"half of {usual.n} scene pairs lie from {low} to {high}"
    low, width, at = (_percent(x) for x in (usual.low, usual.high - usual.low, gap))
    return (
        f'<span class="scale" aria-hidden="true"><i style="left:{low}%;width:{width}%"></i>'
        f'<u style="left:{at}%"></u></span><span>{escape(said)}: {half}.</span>'
    )


def _percent(share: float) -> str:
    """A share in per cent with at most one decimal, as the browser rounds it, too."""
    return f"{int(share * 1000 + 0.5) / 10:g}"
