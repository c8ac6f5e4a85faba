"""Label weights as bars, and the legend of a mask. Pure: facts in, HTML out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from app.mixes.layer_images import COLORS, css_color, make_tints
from app.mixes.text import LETTERS, Facts, format_share
from mixcore.account import PLAIN


@dataclass(frozen=True)
class Bar:
    """One label bar: its title, the shares that fill it or none, and why it is not used.

    of: "photos", or "views" where the shares are those of one photo's changed copies.
    """

    title: str
    shares: tuple[float, ...]
    why_not: str = ""
    of: str = "photos"


def list_bars(facts: Facts, how: str) -> list[Bar]:
    """The bars that always stand together: drawn, realised, what evidence adds, label."""
    if len(facts.areas) == 1:
        drawn = Bar("Share drawn, lam", (), "not used: one photo")
        views = Bar("Share of each view", facts.views, of="views")
    else:
        title = "Share set by hand, lam" if how == "by hand" else "Share drawn, lam"
        shares = () if facts.lam is None else _split_rest(facts.lam, facts.weights)
        why = {"box": "the box decides", "painted": "the painted mask decides"}.get(how)
        why = f"not used: {why}" if why else "not used by this method"
        drawn = Bar(title, shares, why)
        what = "features" if facts.kind == "features" else "picture"
        views = Bar(f"Share of the {what}", facts.areas)
    return [drawn, views, *term_bars(facts), Bar("Share of the label", facts.weights)]


def _split_rest(lam: float, weights: tuple[float, ...]) -> tuple[float, ...]:
    """A's share and the others', who have what is left as their labels say."""
    rest = sum(weights[1:])
    if len(weights) == 2 or not rest:
        return lam, 1 - lam
    return lam, *((1 - lam) * w / rest for w in weights[1:])


def term_bars(facts: Facts) -> list[Bar]:
    """A bar for each term of the label that has none yet: what each photo has of it."""
    terms = facts.account.terms if facts.account else ()
    return [Bar(t.name[:1].upper() + t.name[1:], t.shares) for t in terms if t.name not in PLAIN]


def bars_html(rows: Sequence[Bar], names: Sequence[str]) -> str:
    """The bars as HTML, each photo in its colour, A from the left, numbers beside them."""
    named = next((row for row in rows if row.shares and row.of == "photos"), None)
    return "".join(_bar_html(row, names, row is named) for row in rows)


def slim_html(rows: Sequence[Bar], names: Sequence[str]) -> str:
    """The same in one line each, for bars that stand behind others."""
    bars = "".join(_bar_html(row, names, False) for row in rows)
    return f'<div class="slim">{bars}</div>' if rows else ""


def _bar_html(row: Bar, names: Sequence[str], named: bool) -> str:
    title = escape(row.title)
    if not row.shares:
        return (
            f'<div class="bar"><p><b>{title}</b><span>{escape(row.why_not)}</span></p>'
            '<div class="track none"></div></div>'
        )
    called = names if row.of == "photos" else [f"view {i + 1}" for i in range(len(row.shares))]
    pairs = list(zip(called, row.shares, strict=True))
    numbers = " · ".join(
        f"{escape(name)} {format_share(w)}" if named else format_share(w) for name, w in pairs
    )
    alt = escape(f"{row.title}: " + ", ".join(f"{name} {w:.2f}" for name, w in pairs), quote=True)
    marks = _marks(len(pairs), row.of)
    # Weights that do not sum to 1 leave a rest of the track, or share it.
    full = max(1.0, sum(row.shares))
    widths = [f"width:{w / full * 100:.2f}%" for w in row.shares]
    parts = "".join(mark.format(width) for mark, width in zip(marks, widths, strict=True))
    return (
        f'<div class="bar"><p><b>{title}</b><span>{numbers}</span></p>'
        f'<div class="track" role="img" aria-label="{alt}">{parts}</div></div>'
    )


def _marks(k: int, of: str) -> list[str]:
    """A coloured <i> for each of k photos or views, with a place for its width."""
    if of == "photos":
        return [f'<i class={LETTERS[i]} style="{{}}"></i>' for i in range(k)]
    return [f'<i style="background:{css_color(color)};{{}}"></i>' for color in make_tints(k)]


def key_html(names: Sequence[str], views: int = 0) -> str:
    """What each colour of a mask stands for: a swatch and a name for each photo, or each view."""
    called = [f"{LETTERS[i].upper()}, {name}" for i, name in enumerate(names)]
    if views:
        called = [f"view {i + 1}" for i in range(views)]
    # The very colours of the picture, which no theme changes.
    colors = make_tints(views) if views else COLORS
    spans = (
        f'<span><i style="background:{css_color(color)}"></i>{escape(name)}</span>'
        for color, name in zip(colors, called, strict=False)
    )
    return f'<p class="key">{"".join(spans)}</p>'
