"""The lines of a snippet that make the mismatch again: which evidence, and how far the label is."""

from __future__ import annotations

from app.judged import PIXELS, Judged
from app.service.evidence import SIDE
from app.service.sights import SIGHTS, Sight
from app.state import State

MODELS = {"late": 'load("late")', "plain": 'load("plain")', "lite0": "lite0()"}


def imports(state: State, judged: Judged) -> list[str]:
    """What the lines need, in the order of a linter."""
    sights = [] if judged.exact else _factors(SIGHTS[state.see])
    models = {sight.model for sight in sights}
    return [
        *(["from mixcore.evidence.bundled import load"] if models & {"late", "plain"} else []),
        *(["from mixcore.evidence.normalised import lite0"] if "lite0" in models else []),
        "from mixcore.evidence.providers import provider",
        "from mixcore.evidence.visible import mismatch",
    ]


def lines(state: State, judged: Judged, sides: list[str]) -> list[str]:
    """The evidence that judges, and the mismatch as it stands on the page."""
    truth = ', "pixels"' if judged.exact and judged.truth == PIXELS else ""
    return [
        "",
        "# How far the label is from what is left to see.",
        *(_exact() if judged.exact else _chosen(SIGHTS[state.see], sides)),
        f"gap = mismatch(plan, maps{truth})[0].item()",
        'print(f"mismatch {gap:.4f}")',
    ]


def _factors(sight: Sight) -> list[Sight]:
    return [sight, *([SIGHTS[sight.times]] if sight.times else [])]


def _exact() -> list[str]:
    return ['maps = provider("exact-mask", seen)(x)']


def _chosen(sight: Sight, sides: list[str]) -> list[str]:
    made = [
        "small = pictures.to_tensor(",
        f"    *(pictures.square(p, {SIDE}) for p in ({', '.join(sides)}))",
        ")",
        *_call("maps", sight),
    ]
    if sight.minus_mean:
        made.append("maps = maps.minus_mean()")
    if sight.times:
        other = SIGHTS[sight.times]
        made += [*_call("other", other), "maps = maps.times(other.minus_mean())"]
    return made


def _call(name: str, sight: Sight) -> list[str]:
    source = f", {MODELS[sight.model]}" if sight.model else ""
    return [f'{name} = provider("{sight.kind}"{source})(small)']
