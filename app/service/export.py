"""What a person takes away: a figure and a configuration, with all that made them."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

from app import state as states
from app.bars import Bar, bars
from app.judged import Judged, by
from app.service import sights
from app.service.methods import catalogue
from app.service.mixing import Mix, versions
from app.service.photos import Shot
from app.state import SIDES, SIZE, State

CAPTIONS = {"mixed": "Mixed", "mask": "Mask", "origin": "Which pixel from whom"}
MIME = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


def about(
    mix: Mix, judged: Judged | None, shots: Sequence[Shot], names: Sequence[str]
) -> dict[str, Any]:
    """What a configuration says of its origin and its result, for readers."""
    facts = mix.facts
    photos = list(zip(SIDES, shots, names, facts.areas, facts.weights, strict=False))
    return {
        "versions": {**versions(), "python": platform.python_version()},
        "size": SIZE,
        **{side: {"name": name, "pixels": shot.digest} for side, shot, name, *_ in photos},
        "lam": facts.lam,
        "area": {side: area for side, _, _, area, _ in photos},
        "label": {side: weight for side, *_, weight in photos},
        "box": mix.box,
        **({} if judged is None else {"seen": _seen(judged)}),
    }


def _seen(judged: Judged) -> dict[str, Any]:
    """The mismatch, what it is judged by, and what each kind of evidence makes of the mix."""
    kinds = {
        "chosen": judged.chosen,
        "exact": judged.exact.get(judged.truth),
        "judge": judged.judge,
    }
    return {
        "mismatch": judged.mismatch,
        "by": by(judged) or judged.why,
        "agrees by construction": judged.agrees,
        "reference": sights.describe_reference(),
        **{
            kind: {
                "evidence": found.title,
                "digest": found.digest,
                "made by": found.made,
                "left": dict(zip(SIDES, found.visible, strict=False)),
                "share": dict(zip(SIDES, found.worth, strict=False)),
            }
            for kind, found in kinds.items()
            if found
        },
        "others": {m.title: dict(zip(SIDES, m.worth, strict=False)) for m in judged.others},
        "prediction": dict(zip(SIDES, judged.said, strict=False)),
    }


def config(
    values: states.Values,
    table: states.Keys,
    mix: Mix,
    judged: Judged | None,
    shots: Sequence[Shot],
    names: Sequence[str],
) -> str:
    """The configuration file of a mix."""
    sides = SIDES[: max(2, len(shots))]
    return states.to_config(values, table, about(mix, judged, shots, names), sides)


def figure(
    form: str,
    state: State,
    mix: Mix,
    judged: Judged | None,
    shots: Sequence[Shot],
    names: Sequence[str],
) -> bytes:
    """The mix, its label and its mismatch on one sheet; form is "png", "svg" or "pdf"."""
    from app.sheet import sheet  # matplotlib takes its time, and few people export

    info = catalogue()[state.method].info
    settings = ", ".join(f"{name} {value}" for name, value in state.params)
    made = ", ".join(f"{name} {version}" for name, version in versions().items())
    photos = list(zip(SIDES, names, shots, strict=False))
    shown = {f"{side.upper()}: {name}": shot.png for side, name, shot in photos}
    shown |= {title: mix.layers[name] for name, title in CAPTIONS.items() if name in mix.layers}
    pixels = ", ".join(f"{side.upper()} {shot.digest[:8]}" for side, _, shot in photos)
    note = f"{settings}; seed {state.seed}; {SIZE} x {SIZE}; pixels {pixels}; {made}"
    rows, title = bars(mix.facts, state.how), f"{info.title} ({info.year})"
    if judged and judged.judge:
        rows.append(Bar("What is left to see", judged.judge.worth, "nothing is left to see"))
    if judged and judged.mismatch is not None:
        title, note = f"{title}: mismatch {judged.mismatch:.2f}", f"{by(judged)} {note}"
    return sheet(shown, rows, title, note, form)
