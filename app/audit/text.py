"""Results of an audit in words and bars. Pure: plain values in, safe HTML out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from math import isfinite
from typing import Any

from mixcore.audit.summary import HIDDEN, MUCH
from mixcore.statistics import Interval

THIRD = (
    "<th scope=col>Looks like a third class<small>the clean picture of its block that is most like "
    "the mix, by the features of Lite0, is of neither class</small></th>"
)
FIGURES = re.compile(r"\((\d\.\d+ \[[^\]]*\])\)")


def conclusion_html(sentences: Sequence[str], stated: str) -> str:
    """The conclusion: its first sentence large, its figures small, then the n."""
    first = _mark_figures(sentences[0])
    return f'<div class="found"><h2>{first}</h2><p class="note">{escape(stated)}</p></div>'


def rest_html(sentences: Sequence[str]) -> str:
    """What else the conclusion says."""
    more = "".join(f"<p>{_mark_figures(one)}</p>" for one in sentences[1:])
    return f'<div class="found"><div class="rest">{more}</div></div>'


def describe_stale_judge(facts: Mapping[str, Any], digests: Mapping[str, str]) -> str:
    """A sentence where another edition of the evidence judged than this version's, else "".

    facts: those of the table; digests: what judges -> the digest of its maps today
    """
    judge = str(facts.get("judge", ""))
    then, now = facts.get("digests", {}).get(judge), digests.get(judge)
    if now is None or then == now:
        return ""
    how = "was judged by another edition" if then else "does not say by which edition"
    ends = "than this version of MixScope uses" if then else "it was judged"
    return (
        f"This audit {how} of “{judge}” {ends}, so its numbers may differ from those on Explore "
        "and Compare: run it again to compare them."
    )


def _mark_figures(sentence: str) -> str:
    return FIGURES.sub(r"<small>\1</small>", escape(sentence))


def lines_html(
    rows: Sequence[tuple[str, Any]], over: float, what: str, controls: Mapping[str, Any]
) -> str:
    """A row a method: how its mismatch is distributed, its mean, and two shares with intervals.

    rows: title -> what has n, mismatch, hidden, over and histogram; what: "object" or "evidence"
    """
    third = any(one.third is not None for _, one in rows)
    shares = [
        found.high for _, one in rows if one.n for found in (one.hidden, one.third, one.over)
        if found is not None and isfinite(found.high)
    ]  # fmt: skip
    top = max(shares, default=0.0)
    body = "".join(_line(name, one, top, 4 + third) for name, one in rows)
    strange = THIRD if third else ""
    return (
        '<table class="lines"><thead><tr><th scope=col>Labels of</th>'
        '<th scope=col>Mismatch<small class="axis"><i>0</i><i>½</i><i>1</i></small></th>'
        "<th scope=col>Mean mismatch</th>"
        f"<th scope=col>Hidden, yet in the label<small>a class has {MUCH:g} of the label or more "
        f"with under {HIDDEN:.0%} of its {what} left: “no valid object in the image but response "
        "in the label”</small></th>"
        f"{strange}<th scope=col>Off by more than {over:g}<small>on the same scale</small></th>"
        "</tr></thead>"
        f"<tbody>{body}</tbody>{_controls(controls, 4 + third)}</table>"
    )


def _line(name: str, one: Any, top: float, columns: int) -> str:
    why = f"<small>not ranked: {escape(one.agrees)}</small>" if one.agrees else ""
    head = f"<th scope=row>{escape(name)}<small>n = {one.n:,}</small>{why}</th>"
    if not one.n:
        none = "No mix of this method is among these."
        return f"<tr>{head}<td colspan={columns}>{none}</td></tr>"
    most = max(one.histogram) or 1
    bars = "".join(f'<i style="height:{100 * n / most:.1f}%"></i>' for n in one.histogram)
    said = f"Distribution of the mismatch of {escape(name)}, n = {one.n:,}"
    shares = "".join(
        f'<td data-name="{label}">{_span(found, top)}<b>{_percent(found)}</b></td>'
        for label, found in (
            ("Hidden, yet in the label", one.hidden), ("Looks like a third class", one.third),
            ("Off by more", one.over),
        )
        if found is not None
    )  # fmt: skip
    return (
        f'<tr>{head}<td class="hist"><div role="img" aria-label="{said}">{bars}</div>'
        f"{_span(one.mismatch, 1.0)}</td>"
        f'<td data-name="Mean mismatch"><b>{escape(str(one.mismatch))}</b></td>{shares}</tr>'
    )


def _span(found: Interval, top: float) -> str:
    """A dot at the value and a line along its interval, on an axis from 0 to top."""
    low, value, high = (
        100 * min(1.0, x / top) if top else 0.0 for x in (found.low, found.value, found.high)
    )
    return (
        f'<span class="span"><i style="left:{low:.1f}%;width:{high - low:.1f}%"></i>'
        f'<u style="left:{value:.1f}%"></u></span>'
    )


def _percent(found: Interval) -> str:
    return f"{found.value:.1%} [{found.low:.1%}, {found.high:.1%}]"


def _controls(found: Mapping[str, Any], columns: int) -> str:
    rows = []
    if "uniform" in found:
        one = found["uniform"]
        kept = "stays within" if one["holds"] else "EXCEEDS"
        rows.append(
            f"<tr><th scope=row>Control: uniform evidence<small>n = {one['n']:,}</small></th>"
            f"<td colspan={columns}>The largest mismatch is {one['largest']:.1g}; it {kept} the "
            f"bound of rounding, {one['bound']:.0e}.</td></tr>"
        )
    if "shuffled" in found:
        one = found["shuffled"]
        mean = Interval(**one["mismatch"])
        said = str(mean) if isfinite(mean.value) else "not known"
        rows.append(
            f"<tr><th scope=row>Control: shuffled evidence<small>n = {one['n']:,}</small></th>"
            f"<td colspan={columns}>Judged by other pictures’ evidence, CutMix labelled by area is "
            f"off by <b>{said}</b> on average.</td></tr>"
        )
    return f'<tbody class="controls">{"".join(rows)}</tbody>' if rows else ""


def pairs_html(pairs: Sequence[tuple[str, str, float, int]], of: int) -> str:
    """The worst pairs of classes as a list."""
    rows = "".join(
        f"<li><span><em class=a>{escape(a)}</em> with <em class=b>{escape(b)}</em></span>"
        f"<span>{mean:.3f}, n = {n:,}</span></li>"
        for a, b, mean, n in pairs
    )
    return (
        f'<ol class="pairs">{rows}</ol><p class="note">The {len(pairs)} worst of {of:,} pairs that '
        "were met. With so few mixes a pair this is for exploring, not a finding.</p>"
    )


def mix_html(
    row: Mapping[str, Any], title: str, names: tuple[str, str], picture: str, now: bool, seen: bool,
    third: str = "",
) -> str:  # fmt: skip
    """One mix as a tile; picture: an address of it, "" while it is on its way, else why none.

    third: the class that it looks like, where that is neither of its two
    """
    a, b = (escape(name) for name in names)
    if picture.startswith("data:"):
        alt = f"{escape(title)} mix of {a} and {b}, and what of the evidence of both is left in it"
        shown = f'<img alt="{alt}" src="{picture}">'
    else:
        shown = f'<div class="{"gone" if picture else "skeleton"}"></div>'
    s = [("?" if row[f"s_{side}"] is None else f"{row[f's_{side}']:.0%}") for side in "ab"]
    strange = f'<p class="third">looks like {escape(third)}</p>' if third else ""
    bars = _weights("label", row["w_a"], row["w_b"]) + _weights("to see", row["s_a"], row["s_b"])
    return (
        f'<figure class="mix{" now" if now else ""}">{shown}'
        f'<figcaption><p class="row"><b>{row["mismatch"]:.3f}</b><span>{escape(title)}'
        f"{' ✓' if seen else ''}</span></p>"
        f'{bars}<p class="ends"><span><em class="a">{a}</em> {s[0]} left</span>'
        f'<span><em class="b">{b}</em> {s[1]} left</span></p>'
        f"{strange}"
        "</figcaption></figure>"
    )


def _weights(what: str, a: float | None, b: float | None) -> str:
    """What A and B are worth of a whole, as one bar with its two numbers."""
    total = (a or 0.0) + (b or 0.0)
    if a is None or b is None or total <= 0:
        return f'<p class="weigh"><span>{what}</span>nothing is left of either</p>'
    share = a / total
    return (
        f'<p class="weigh"><span>{what}</span><em class="a">{share:.0%}</em>'
        f'<i style="--share:{100 * share:.1f}%"></i><em class="b">{1 - share:.0%}</em></p>'
    )
