"""Lines of a snippet that make evidence: what a method reads, and what judges its label."""

from __future__ import annotations

from collections.abc import Sequence

from app.mixes.evidence_kinds import FED, OwnRun, Spec, spec_for_method
from app.mixes.maps import SIDE
from app.mixes.mismatch import PIXELS, Judgement
from mixcore import Method

WIDTH = 44  # characters of code that fit beside the picture
MODELS = {"late": 'load("late")', "plain": 'load("plain")', "lite0": "lite0()"}


def list_imports(sights: list[Spec], exact: bool, proven: bool, hidden: bool = False) -> list[str]:
    """What the lines need for these kinds of evidence, in the order of a linter."""
    models = {factor.model for sight in sights for factor in sight.factors}
    runs = [sight for sight in sights if isinstance(sight, OwnRun)]
    others = exact or len(sights) > len(runs)
    lines = {
        "from mixcore.evidence.models.bundled import load": bool(models & {"late", "plain"}),
        "from mixcore.evidence.models import hidden_features": hidden,
        "from mixcore.evidence.models.normalized import lite0": "lite0" in models,
        "from mixcore.evidence.kinds import provider": others,
        "from mixcore.evidence.visibility import mismatch": proven,
        "from mixcore.runs import Store": bool(runs),
        "from mixcore.train.model_map import sees": bool(runs),
    }
    return [line for line, used in lines.items() if used]


def write_small(sides: list[str]) -> list[str]:
    """The photos as the models see them."""
    return [
        "small = pictures.to_tensor(",
        f"    *(pictures.square(p, {SIDE}) for p in ({', '.join(sides)}))",
        ")",
    ]


def write_feed(method: Method, device: str) -> list[str]:
    """The maps that the method reads, each under its own name."""
    on = "" if device == "cpu" else f'.to("{device}")'
    return [
        line
        for name in method.reads()
        if name in FED
        for line in _call(name, spec_for_method(method.info.key, name), f".values{on}")
    ]


def write_hidden(names: Sequence[str], device: str) -> list[str]:
    """The hidden features that the method reads."""
    if not names:
        return []
    listed = ", ".join(f'"{name}"' for name in names)
    on = "" if device == "cpu" else f'.to("{device}")'
    return [
        "hidden = hidden_features.compute_hidden(",
        f"    [{listed}], small{on}",
        ")",
    ]


def write_look() -> list[str]:
    """The label that is made once a model has seen the mix, as app.mixes.method_maps makes it."""
    return [
        "# The label is made of what a model sees in",
        "# the mix. Its own classes stand for y.",
        'model = load("late")',
        "mixes = pictures.to_array(plan.apply(x))",
        "seen_by = pictures.to_tensor(",
        f"    *(pictures.square(m, {SIDE}) for m in mixes)",
        ")",
        "y = model(small).argmax(1)",
        "_, seen = method.look(model, seen_by, y)",
        "seen = replace(seen, progress=1.0)",
        "plan = method.reweigh(plan, seen)",
        "",
    ]


def write_proof(judged: Judgement, sight: Spec) -> list[str]:
    """The evidence that judges, and the mismatch as it stands on the page."""
    truth = ', "pixels"' if judged.exact and judged.truth == PIXELS else ""
    maps = ['maps = provider("exact-mask", objects)(x)'] if judged.exact else _chosen(sight)
    return [
        "",
        "# How far the label is from what is left to see.",
        *maps,
        f"gap = mismatch(plan, maps{truth})[0].item()",
        'print(f"mismatch {gap:.4f}")',
    ]


def _chosen(sight: Spec) -> list[str]:
    if isinstance(sight, OwnRun):
        return [f'run = Store().run("{sight.run}")', f"maps = sees(run, {sight.epoch})(small)"]
    made = _call("maps", sight)
    if sight.minus_mean:
        made.append("maps = maps.minus_mean()")
    for other in sight.factors[1:]:
        made += [*_call("other", other), "maps = maps.times(other.minus_mean())"]
    return made


def _call(name: str, sight: Spec, then: str = "") -> list[str]:
    made = [f'"{sight.kind}"', *([MODELS[sight.model]] if sight.model else [])]
    made += [f'{option}="{value}"' for option, value in sight.options]
    line = f"{name} = provider({', '.join(made)})(small){then}"
    if len(line) <= WIDTH:
        return [line]
    return [f"{name} = provider(", f"    {', '.join(made)}", f")(small){then}"]
