"""Results of a mix in plain sentences. Pure: facts in, safe HTML out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from mixcore.account import LabelSum

LETTERS = "abcd"


@dataclass(frozen=True)
class Facts:
    """The numbers of one mix, one entry a photo. lam is None where none was drawn.

    kind: "blend" (one weight everywhere), "hard" (each pixel has one owner), "soft", or
    "features" (one weight for all that a network holds).
    views: the share of each changed copy in a self mix, else empty.
    folded: the share of the frame that a warp turns over, None where nothing is bent that way.
    ground: whether B gives its ground only.
    account: what the label is made of, as arithmetic; None where none was asked for.
    """

    lam: float | None
    areas: tuple[float, ...]
    weights: tuple[float, ...]
    kind: str
    views: tuple[float, ...] = ()
    folded: float | None = None
    ground: bool = False
    account: LabelSum | None = None


def format_percent(share: float) -> int:
    """Whole per cent, half up, but never 0 or 100 for a share strictly between them."""
    if 0 < share < 1:
        return min(max(int(share * 100 + 0.5), 1), 99)
    return round(share * 100)


def format_percents(shares: Sequence[float]) -> list[int]:
    """Whole per cent that keep their sum: what is left over goes to the largest remainders."""
    whole = [int(share * 100) for share in shares]
    rest = round(sum(shares) * 100) - sum(whole)
    by_remainder = sorted(range(len(whole)), key=lambda i: whole[i] - shares[i] * 100)
    for i in by_remainder[:rest]:
        whole[i] += 1
    return whole


def format_share(share: float) -> str:
    """A share as .67; 0 and 1 stand as they are."""
    return f"{share:g}" if share in (0, 1) else f"{share:.2f}".removeprefix("0")


def escape_markdown(text: str) -> str:
    """Text that Streamlit's Markdown shows as it is, for names that users typed."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def join_names(parts: Sequence[str]) -> str:
    """ "one", "one and two", "one, two and three"."""
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def describe_label(facts: Facts, names: Sequence[str]) -> tuple[str, str]:
    """Two sentences of HTML: what the label says, and what the picture holds."""
    match len(facts.areas):
        case 1:
            return f"The label stays {_share(0, 1, names[0])}.", _happened(facts)
        case 2 if abs(sum(facts.weights) - 1) < 0.005:
            return f"The label says {_share(0, facts.weights[0], names[0])}.", _holds(facts, names)
        case 2:
            both = [_share(i, facts.weights[i], names[i]) for i in range(2)]
            return f"The label says {join_names(both)}.", _holds(facts, names)
    shares = zip(format_percents(facts.weights), names, strict=True)
    said = join_names([_colored(i, f"{share} %", name) for i, (share, name) in enumerate(shares)])
    return f"The label says {said}.", _largest(facts, names)


def _happened(facts: Facts) -> str:
    """What a self mix did to its one photo."""
    if facts.folded:
        share = f"<span>{format_percent(facts.folded)} %</span>"
        return f"The photo is bent; {share} of the picture is folded over."
    if facts.folded is not None:
        return "The photo is bent, but nowhere folded over."
    k = len(facts.views)
    if k == 1:
        return "The whole picture is one changed view of it."
    made = "Every pixel is a sum" if facts.kind == "blend" else "It is put together"
    return f"{made} of {k} views of it."


def _holds(facts: Facts, names: Sequence[str]) -> str:
    area = facts.areas[0]
    if area in (0, 1):
        return f"The whole picture is {_name(0, names[0]) if area else _name(1, names[1])}."
    rest = 1 - format_percent(area) / 100
    if facts.kind in ("blend", "features"):
        own = f"{format_percent(area)} % {escape(names[0])}"
        what = "pixel" if facts.kind == "blend" else "feature"
        return f"Every {what} is {own}, {_share(1, rest, names[1])}."
    if facts.ground:
        return f"{_share(1, rest)} of the picture is the ground of {_name(1, names[1])}."
    average = "" if facts.kind == "hard" else ", on average,"
    return f"{_share(1, rest)} of the picture{average} is {_name(1, names[1])}."


def _largest(facts: Facts, names: Sequence[str]) -> str:
    first = max(range(len(names)), key=lambda i: facts.areas[i])
    return f"The largest part of the picture is {_name(first, names[first])}."


def _share(side: int, share: float, name: str = "") -> str:
    return _colored(side, f"{format_percent(share)} %", name)


def _colored(side: int, share: str, name: str) -> str:
    # The share and the first word of the name stay on one line.
    text = f"<span>{share}</span>\N{NO-BREAK SPACE}{escape(name)}".strip()
    return f"<em class={LETTERS[side]}>{text}</em>"


def _name(side: int, name: str) -> str:
    return f"<em class={LETTERS[side]}>{escape(name)}</em>"


def describe_remark(facts: Facts, names: Sequence[str]) -> str:
    """One sentence on how drawn, realised and label share differ; empty where they agree."""
    total = sum(facts.weights)
    if abs(total - 1) >= 0.005:
        return (
            f"The weights sum to {total:.2f}, not to 1: each says how much of its own photo's "
            "evidence is left, whatever the other one keeps."
        )
    pairs = zip(facts.weights, facts.areas, strict=True)
    gaps = [round(abs(w - area), 6) for w, area in pairs]
    if max(gaps) >= 0.005:
        i = gaps.index(max(gaps))
        return (
            f"Here the label does not follow the picture: {names[i]} keeps {facts.areas[i]:.2f} "
            f"of it but gets {facts.weights[i]:.2f} of the label."
        )
    if facts.lam is not None and abs(facts.lam - facts.areas[0]) >= 0.005:
        return (
            f"lam came out as {facts.lam:.2f}, but {names[0]} keeps {facts.areas[0]:.2f} of the "
            "picture. The label follows the picture, not lam."
        )
    return ""


def said_html(sentences: Sequence[str]) -> str:
    """What the paper, its code or a benchmark reports; nothing where nothing is known."""
    if not sentences:
        return ""
    rows = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<div class="says"><h3 class="cap">What papers report</h3><ul>{rows}</ul></div>'
