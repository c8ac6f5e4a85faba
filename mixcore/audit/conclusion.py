"""Conclusion of an audit in computed sentences; only what intervals tell apart is ranked."""

from __future__ import annotations

from math import isfinite
from typing import Any

from mixcore.audit.intervals import are_apart
from mixcore.audit.summary import HIDDEN, MUCH, read_interval
from mixcore.methods import get_title
from mixcore.statistics import Interval

EXACT = "exact mask"


def write_conclusion(found: dict[str, Any]) -> list[str]:
    """Sentences about a summary, the most important first; an empty table says nothing."""
    known = {key: one for key, one in found["methods"].items() if one["n"]}
    if not known:
        return ["No mix of two classes could be judged, so there is nothing to conclude."]
    said = [_order(known, found), _hidden(known, found)]
    more = _third(known, found), _patches(found), _controls(found)
    said += [sentence for sentence in more if sentence]
    return said


def describe_judge(found: dict[str, Any]) -> str:
    """What judged, in a few words."""
    judge = found["facts"].get("judge", "")
    if judge == EXACT:
        pixels = found["facts"].get("request", {}).get("truth") == "pixels"
        return "the exact masks (object pixels in the mix)" if pixels else "the exact masks"
    return f"the evidence {judge!r}"


def _order(known: dict[str, Any], found: dict[str, Any]) -> str:
    means = {key: read_interval(one["mismatch"]) for key, one in known.items()}
    ranked = sorted(means, key=lambda key: means[key].value)
    unranked = [key for key in ranked if known[key].get("agrees")]
    ranked = [key for key in ranked if key not in unranked]
    left_out = "".join(f" {_unranked(key, known[key]['agrees'], means)}" for key in unranked)
    return _ranking(ranked, means, known, found) + left_out


def _unranked(key: str, why: str, means: dict[str, Interval]) -> str:
    """Why a method has no place in the order."""
    return f"{_named(key, means)} is not ranked, {why}."


def _ranking(
    ranked: list[str], means: dict[str, Interval], known: dict[str, Any], found: dict[str, Any]
) -> str:
    """The order of the methods whose labels do not agree by construction, the closest first."""
    if not ranked:
        return f"Judged by {describe_judge(found)}, no method can be ranked."
    best = ranked[0]
    if len(ranked) == 1:
        n = known[best]["n"]
        return (
            f"Judged by {describe_judge(found)}, {get_title(best)}'s labels are off by "
            f"{means[best]} on average over {n:,} mixes of two classes."
        )
    beaten = [key for key in ranked[1:] if are_apart(means[best], means[key])]
    open_ = [key for key in ranked[1:] if key not in beaten]
    if not beaten:
        return (
            f"Judged by {describe_judge(found)}, this audit cannot tell the methods apart: the "
            f"interval of {_named(best, means)} overlaps with those of {_listed(open_, means)}."
        )
    tied = f"; it is not told apart from {_listed(open_, means)}" if open_ else ""
    return (
        f"Judged by {describe_judge(found)}, the labels of {_named(best, means)} are closer to "
        f"what can be seen than those of {_listed(beaten, means)}{tied}."
    )


def _hidden(known: dict[str, Any], found: dict[str, Any]) -> str:
    what = "object" if found["facts"].get("judge") == EXACT else "evidence"
    parts = [
        f"{_share(read_interval(one['hidden']))} of {get_title(key)}'s mixes ({one['hidden n']:,} "
        f"of {one['n']:,})"
        for key, one in known.items()
    ]
    return (
        f"A class holds {MUCH:g} of the label or more with under {HIDDEN:.0%} of its {what} left "
        f"in {_and(parts)}."
    )


def _third(known: dict[str, Any], found: dict[str, Any]) -> str:
    """How many mixes look like none of their two classes."""
    parts = [
        f"{_share(read_interval(one['third']))} of {get_title(key)}'s mixes ({one['third n']:,} of "
        f"{one['third of']:,})"
        for key, one in known.items() if "third" in one
    ]  # fmt: skip
    if not parts:
        return ""
    batch = found["facts"].get("request", {}).get("batch", "")
    among = f"the {batch} of its block" if batch else "those of its block"
    return (
        f"By the features of Lite0 the clean picture that is most like a mix, among {among}, is of "
        f"a third class for {_and(parts)}."
    )


def _patches(found: dict[str, Any]) -> str:
    """The answer to what CutMix's authors guessed: that such a patch is always a small one."""
    one = found["patches"].get("cutmix")
    if not one or not one["of"]:
        return ""
    what = "object" if found["facts"].get("judge") == EXACT else "evidence"
    start = "CutMix's authors guess that a patch without its object is always a small one: "
    if not one["n"]:
        return f"{start}among {one['of']:,} patches none shows under {HIDDEN:.0%} of its {what}."
    large, largest = read_interval(one["large"]), one["largest"]
    holds = "the guess holds here" if largest < MUCH else "here it does not hold"
    return (
        f"{start}{holds}. Of {one['n']:,} patches with under {HIDDEN:.0%} of their {what} (of "
        f"{one['of']:,}), half take over {one['sizes']['0.5']:.0%} of the frame, "
        f"{_share(large)} take {MUCH:.0%} or more, the largest {largest:.0%}."
    )


def _controls(found: dict[str, Any]) -> str:
    made = found["controls"]
    if "uniform" not in made:
        return ""
    even = made["uniform"]
    kept = "stays within" if even["holds"] else "EXCEEDS"
    said = (
        f"Controls, CutMix labelled by area: with uniform evidence the largest mismatch of "
        f"{even['n']:,} is {even['largest']:.1g}, which {kept} the bound of rounding, "
        f"{even['bound']:.0e}"
    )
    # Where nothing could be judged there is no interval: null in JSON, NaN before that.
    lows = {key: one["farther"]["low"] for key, one in found["methods"].items()}
    lows = {key: low for key, low in lows.items() if low is not None and isfinite(low)}
    follows = [_with(key, found) for key, low in lows.items() if low > 0]
    blind = [_with(key, found) for key, low in lows.items() if low <= 0]
    if follows:
        said += (
            f". From other pictures' evidence the labels of {_and(follows)} are further off, mix "
            "by mix and beyond the interval, so they follow their own pictures"
        )
    if blind:
        said += (
            f". For {_and(blind)} no such difference can be told, so nothing shows that these "
            "labels know their pictures"
        )
    return f"{said}."


def _with(key: str, found: dict[str, Any]) -> str:
    one = found["methods"][key]
    return (
        f"{get_title(key)} ({read_interval(one['shuffled']).value:.3f} instead of "
        f"{read_interval(one['mismatch']).value:.3f})"
    )


def _named(key: str, means: dict[str, Interval]) -> str:
    return f"{get_title(key)} ({means[key]})"


def _listed(keys: list[str], means: dict[str, Interval]) -> str:
    return _and([_named(key, means) for key in keys])


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _share(found: Interval) -> str:
    return f"{found.value:.1%} [{found.low:.1%}, {found.high:.1%}]"
