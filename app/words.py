"""What a mix comes to, in plain sentences and as bars. Pure: facts in, safe HTML out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape


@dataclass(frozen=True)
class Facts:
    """The numbers of one mix. lam is None where none was drawn.

    kind: "blend" (one weight everywhere), "hard" (each pixel is A's or B's) or "soft".
    """

    lam: float | None
    area: float
    w_a: float
    w_b: float
    kind: str


@dataclass(frozen=True)
class Bar:
    """One label bar: its title, A's share or None, and why it is not used."""

    title: str
    share: float | None
    why_not: str = ""


def percent(share: float) -> int:
    """Whole per cent, half up, but never 0 or 100 for a share strictly between them."""
    if 0 < share < 1:
        return min(max(int(share * 100 + 0.5), 1), 99)
    return round(share * 100)


def short(share: float) -> str:
    """A share as .67; 0 and 1 stand as they are."""
    return f"{share:g}" if share in (0, 1) else f"{share:.2f}".removeprefix("0")


def plain(text: str) -> str:
    """Text that Streamlit's Markdown shows as it is, for names and files that people typed."""
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", text)


def verdict(facts: Facts, a: str, b: str) -> tuple[str, str]:
    """Two sentences of HTML: what the label says, and what the picture holds."""
    says = f"The label says {_share('a', facts.w_a, a)}."
    if facts.area in (0, 1):
        return says, f"The whole picture is {_name('a', a) if facts.area else _name('b', b)}."
    rest = 1 - percent(facts.area) / 100
    if facts.kind == "blend":
        own = f"{percent(facts.area)} % {escape(a)}"
        return says, f"Every pixel is {own}, {_share('b', rest, b)}."
    average = "" if facts.kind == "hard" else ", on average,"
    return says, f"{_share('b', rest)} of the picture{average} is {_name('b', b)}."


def _share(side: str, share: float, name: str = "") -> str:
    text = f"<span>{percent(share)} %</span> {escape(name)}".strip()
    return f"<em class={side}>{text}</em>"


def _name(side: str, name: str) -> str:
    return f"<em class={side}>{escape(name)}</em>"


def remark(facts: Facts, a: str) -> str:
    """One sentence on how drawn, realised and label share differ; empty where they agree."""
    if abs(facts.w_a - facts.area) >= 0.005:
        return (
            f"Here the label does not follow the picture: {a} keeps {facts.area:.2f} of it "
            f"but gets {facts.w_a:.2f} of the label."
        )
    if facts.lam is not None and abs(facts.lam - facts.area) >= 0.005:
        return (
            f"lam came out as {facts.lam:.2f}, but {a} keeps {facts.area:.2f} of the picture. "
            "The label follows the picture, not lam."
        )
    return ""


def bars(facts: Facts, how: str) -> list[Bar]:
    """The three bars that always stand together: drawn, realised, label."""
    drawn = "Share set by hand, lam" if how == "by hand" else "Share drawn, lam"
    return [
        Bar(drawn, facts.lam, "not used: the box decides"),
        Bar("Share of the picture", facts.area),
        Bar("Share of the label", facts.w_a),
    ]


def bars_html(rows: Sequence[Bar], a: str, b: str) -> str:
    """The bars as HTML, A blue from the left, B orange from the right, numbers beside them."""
    return "".join(_bar_html(row, a, b, named=not i) for i, row in enumerate(rows))


def _bar_html(row: Bar, a: str, b: str, named: bool) -> str:
    title = escape(row.title)
    if row.share is None:
        return (
            f'<div class="bar"><p><b>{title}</b><span>{escape(row.why_not)}</span></p>'
            '<div class="track none"></div></div>'
        )
    own, other = short(row.share), short(1 - row.share)
    names = (f"{escape(a)} ", f"{escape(b)} ") if named else ("", "")
    alt = escape(f"{row.title}: {a} {row.share:.2f}, {b} {1 - row.share:.2f}", quote=True)
    return (
        f'<div class="bar"><p><b>{title}</b><span>{names[0]}{own} · {names[1]}{other}</span></p>'
        f'<div class="track" role="img" aria-label="{alt}">'
        f'<i style="width:{row.share * 100:.2f}%"></i><u></u></div></div>'
    )
