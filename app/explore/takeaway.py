"""Files of a mix: a figure and a configuration, with all that made them."""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from app.link import states
from app.link.states import SIDES, SIZE, State
from app.mixes import evidence_kinds, layer_images, maps
from app.mixes.bars import Bar, list_bars
from app.mixes.known_methods import load_catalogue
from app.mixes.label_maps import Drawn, draw_map
from app.mixes.label_text import OF, is_told
from app.mixes.maps import UnseenError
from app.mixes.mismatch import Judgement, describe_judge
from app.mixes.mixing import Mix, list_versions
from app.mixes.numbers import list_numbers, table_rows
from app.mixes.photos import CutPhoto
from mixcore import pictures
from mixcore.csv_table import write_csv

if TYPE_CHECKING:  # matplotlib takes its time, and few people export
    from app.mixes.sheet import FigurePanel

CAPTIONS = {"mixed": "Mixed", "mask": "Mask", "origin": "Which pixel from whom"}
SCALE = "Times the share that each place would have if all had the same; colors by square root."


def describe_origin(
    mix: Mix, judged: Judgement | None, shots: Sequence[CutPhoto], names: Sequence[str]
) -> dict[str, Any]:
    """What a configuration says of its origin and its result, for readers."""
    facts = mix.facts
    photos = list(zip(SIDES, shots, names, facts.areas, facts.weights, strict=False))
    return {
        "versions": {**list_versions(), "python": platform.python_version()},
        "size": SIZE,
        **{side: {"name": name, "pixels": shot.digest} for side, shot, name, *_ in photos},
        "lam": facts.lam,
        "area": {side: area for side, _, _, area, _ in photos},
        "label": {side: weight for side, *_, weight in photos},
        "account": _account(mix),
        "box": mix.box,
        **({} if judged is None else {"seen": _seen(judged)}),
    }


def _account(mix: Mix) -> dict[str, Any] | None:
    """What the label is made of, and the maps behind it or its mask."""
    account = mix.facts.account
    if account is None:
        return None
    maps = [
        {
            "what": one.what, "of": OF[one.source], "made": one.made, "about": one.caption,
            "grid": list(one.values.shape),
            "times even": [round(float(end), 4) for end in layer_images.scale_ends(one.density())],
        }
        for one in mix.used
    ]  # fmt: skip
    return {**account.to_dict(), "arithmetic": account.describe().split("\n"), "maps": maps}


def _seen(judged: Judgement) -> dict[str, Any]:
    """The mismatch, what it is judged by, and what each kind of evidence makes of the mix."""
    kinds = {
        "chosen": judged.chosen,
        "exact": judged.exact.get(judged.truth),
        "judge": judged.judge,
    }
    return {
        "mismatch": judged.mismatch,
        "by": describe_judge(judged) or judged.why,
        "agrees by construction": judged.agrees,
        "reference": evidence_kinds.describe_reference(),
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


def make_config(
    values: states.Values,
    table: states.Keys,
    mix: Mix,
    judged: Judgement | None,
    shots: Sequence[CutPhoto],
    names: Sequence[str],
) -> str:
    """The configuration file of a mix."""
    sides = SIDES[: max(2, len(shots))]
    return states.to_config(values, table, describe_origin(mix, judged, shots, names), sides)


def make_csv(mix: Mix, judged: Judgement | None, names: Sequence[str]) -> bytes:
    """Every number of the mix as CSV, unrounded, a row each and a column a photo."""
    views = [f"view {i + 1}" for i in range(len(mix.facts.views))]
    rows = list_numbers(mix.facts, judged)
    if judged and judged.mismatch is not None:
        rest = (None,) * (len(mix.facts.areas) - 1)
        rows = [*rows, ("mismatch", (judged.mismatch, *rest))]
    if mix.box is not None:
        ends = zip(("top", "bottom", "left", "right"), mix.box, strict=True)
        rows += [(f"box, {end}", (None, float(at))) for end, at in ends]
    return write_csv(table_rows(rows, views or names, "what"))


@dataclass(frozen=True, eq=False)
class MapFile:
    """A map that can be taken away: its layer, its title, what it is, and how to draw it."""

    layer: str
    title: str
    about: str
    of: str
    draw: Callable[[bool], Drawn]
    values: Callable[[], NDArray[Any]]


def list_maps(mix: Mix, shots: Sequence[CutPhoto], names: Sequence[str], see: str) -> list[MapFile]:
    """The maps of a mix: what made its label or mask, and what the chosen evidence sees."""
    photos = [*(shot.image for shot in shots), mix.layers.mixed]
    found = [
        MapFile(one.layer, one.title, one.caption, OF[one.source],
                partial(draw_map, one, photos), partial(getattr, one, "values"))
        for one in mix.used
    ]  # fmt: skip
    try:
        seen = [
            maps.load_map(shot, evidence_kinds.find_kind(see)).values[0, 0].numpy()
            for shot in shots
        ]
    except UnseenError:
        return found
    title = evidence_kinds.find_kind(see).title
    return found + [
        MapFile(f"sees in {side.upper()}", f"Sees in {side.upper()}", f"{title} in {name}.",
                side.upper(), partial(_draw_seen, shot, see), partial(np.asarray, values))
        for side, shot, name, values in zip(SIDES, shots, names, seen, strict=False)
    ]  # fmt: skip


def _draw_seen(shot: CutPhoto, see: str, alone: bool = False) -> Drawn:
    density = (
        maps.load_map(shot, evidence_kinds.find_kind(see)).at(SIZE, SIZE)[0, 0].numpy() * SIZE**2
    )
    drawn = layer_images.draw_overlay(None if alone else shot.image, density)
    return Drawn(pictures.png(drawn), *layer_images.scale_ends(density))


def map_picture(one: MapFile, alone: bool) -> bytes:
    """A map with its scale, as PNG; over its picture, or alone."""
    from app.mixes.sheet import map_sheet

    made = ", ".join(f"{name} {version}" for name, version in list_versions().items())
    return map_sheet(_panel(one, alone), f"{SCALE} {made}")


def _panel(one: MapFile, alone: bool = False) -> FigurePanel:
    from app.mixes.sheet import FigurePanel

    drawn = one.draw(alone)
    return FigurePanel(one.title, one.about, drawn.png, (drawn.low, drawn.middle, drawn.high))


def map_values(found: Sequence[MapFile]) -> bytes:
    """The numbers of all maps as CSV, cell by cell, as they were used, from the top left."""
    rows = []
    for one in found:
        for (row, column), value in np.ndenumerate(one.values()):
            rows.append({"map": one.title, "of": one.of, "row": row, "column": column,
                         "value": float(value)})  # fmt: skip
    return write_csv(rows)


def make_figure(
    form: str,
    state: State,
    mix: Mix,
    judged: Judgement | None,
    shots: Sequence[CutPhoto],
    names: Sequence[str],
) -> bytes:
    """The mix, its label and its mismatch on one sheet; form is "png", "svg" or "pdf"."""
    from app.mixes.sheet import draw_sheet  # matplotlib takes its time, and few people export

    info = load_catalogue()[state.method].info
    settings = ", ".join(f"{name} {value}" for name, value in state.params)
    made = ", ".join(f"{name} {version}" for name, version in list_versions().items())
    photos = list(zip(SIDES, names, shots, strict=False))
    shown = {f"{side.upper()}: {name}": shot.png for side, name, shot in photos}
    shown |= {title: mix.layers[name] for name, title in CAPTIONS.items() if name in mix.layers}
    pixels = ", ".join(f"{side.upper()} {shot.digest[:8]}" for side, _, shot in photos)
    note = f"{settings}; seed {state.seed}; {SIZE} x {SIZE}; pixels {pixels}; {made}"
    used = mix.facts.account if is_told(mix.facts.account, mix.used) else None
    rows, title = list_bars(mix.facts, state.how), f"{info.title} ({info.year})"
    if judged and judged.judge:
        rows.append(Bar("What is left to see", judged.judge.worth, "nothing is left to see"))
    if judged and judged.mismatch is not None:
        title, note = f"{title}: mismatch {judged.mismatch:.2f}", f"{describe_judge(judged)} {note}"
    panels = [_panel(one) for one in list_maps(mix, shots, names, state.see)] if judged else []
    return draw_sheet(shown, rows, title, note, form, panels, used.describe(names) if used else "")
