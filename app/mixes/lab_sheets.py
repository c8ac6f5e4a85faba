"""Labs for pages: their parameters, the frames of their Sheet, figures and snippets."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from app.mixes.memory import Named, remember
from app.mixes.photo_store import Upload
from mixcore import pictures
from mixcore.csv_table import write_csv
from mixcore.labs import Lab, find_lab
from mixcore.params import Param
from mixcore.sheets import packing
from mixcore.sheets.panels import Bars, Heat, Panel, Plane, Sheet

SIDE = 448  # pixels of an own photo
BUDGET = 0.5  # seconds that frames may take, however many there are then
Values = tuple[tuple[str, Any], ...]
Given = tuple[tuple[str, Named[Any]], ...]  # what own files were read into, by parameter


def list_params(key: str) -> tuple[Param, ...]:
    """Every parameter of a lab."""
    return find_lab(key).params()


@remember(24)
def pack_frames(key: str, values: Values, seed: int, given: Given = ()) -> dict[str, Any]:
    """The frames over the hero parameter as the stage draws them, and which is the asked one.

    As many as BUDGET lasts for, evenly spread.
    """
    made = find_lab(key).from_dict(dict(values))
    frames = made.list_frames()
    own = frames.index(made)
    sheets = {own: find_sheet(key, values, seed, given)}
    began = time.perf_counter()
    for i in _order_coarsely(len(frames)):
        if i not in sheets:
            sheets[i] = _look(frames[i], seed, given)
        if time.perf_counter() - began > BUDGET:
            break
    ready = sorted(sheets)
    packed = packing.pack_sheets([sheets[i] for i in ready])
    hero = _describe_hero(made, [frames[i] for i in ready])
    return packed | {"at": ready.index(own), "hero": hero}


@remember(24)
def find_sheet(key: str, values: Values, seed: int, given: Given = ()) -> Sheet:
    """What is seen now."""
    return _look(find_lab(key).from_dict(dict(values)), seed, given)


def read_files(key: str, values: Values, shelf: Mapping[str, Upload]) -> Given:
    """What own photos that a parameter names were read into: uint8 (448, 448, 3) each."""
    chosen = dict(values)
    found = []
    for param in list_params(key):
        digest = chosen[param.name]
        if param.hand == "file" and digest in shelf:
            found.append((param.name, _read_photo(Named(shelf[digest].data, digest))))
    return tuple(found)


@remember(16)
def _read_photo(data: Named[bytes]) -> Named[Any]:
    image = pictures.square(pictures.read(data.value, "photo"), SIDE)
    return Named(image, data.cache_key)


def write_snippet(key: str, values: Values, seed: int) -> str:
    """Python that prints the leading number."""
    return find_lab(key).from_dict(dict(values)).snippet(seed)


def draw_figure(key: str, values: Values, seed: int, given: Given, form: str, theme: str) -> bytes:
    """The Sheet on paper: "png" at twice the size, "svg" or "pdf"."""
    from mixcore.sheets import paper  # brings matplotlib, which a page does without

    made = find_lab(key).from_dict(dict(values))
    card, sheet = made.card, find_sheet(key, values, seed, given)
    source = f"{card.title} · {card.cite}"
    figure = paper.draw_sheet(sheet, theme, card.question, source, _describe(made, seed))
    return paper.write_figure(figure, cast(paper.Form, form))


def write_numbers(key: str, values: Values, seed: int, given: Given = ()) -> bytes:
    """Every number that is drawn, as CSV: panel, what it is of, and x, y, z or value."""
    sheet = find_sheet(key, values, seed, given)
    rows: list[dict[str, Any]] = [
        {"panel": 0, "title": sheet.number.meaning, "part": "number", "value": sheet.number.value}
    ]
    for number, panel in enumerate(sheet.panels, 1):
        rows += [{"panel": number, "title": panel.title, **row} for row in _list_rows(panel)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    return write_csv([{name: row.get(name) for name in names} for row in rows])


def write_state(key: str, values: Values, seed: int, given: Given = ()) -> str:
    """The state and its packed Sheet, as JSON."""
    packed = packing.pack_sheets([find_sheet(key, values, seed, given)])
    return json.dumps({"lab": key, "seed": seed, "parameters": dict(values), **packed}, indent=1)


def _look(made: Lab, seed: int, given: Given) -> Sheet:
    return made.look(np.random.default_rng(seed), _prepare(made, given))


@remember(16)
def _prepare(made: Lab, given: Given) -> Mapping[str, Any]:
    """What a lab makes of own files, and whatever else takes too long for `look`."""
    return made.prepare({name: file.value for name, file in given})


def _order_coarsely(n: int) -> Iterator[int]:
    """Numbers below n, the ends first, then ever finer: whenever it breaks off, they are even."""
    yield from (0, n - 1)
    for step in (16, 8, 4, 2, 1):
        yield from range(0, n, step)


def _describe_hero(made: Lab, frames: list[Lab]) -> dict[str, Any] | None:
    if not made.card.hero:
        return None
    param = next(p for p in made.params() if p.name == made.card.hero)
    values = [getattr(frame, param.name) for frame in frames]
    texts = [param.titles(v) if isinstance(v, str) else f"{v:.3g}" for v in values]
    return {
        "name": param.name, "label": param.label, "help": param.help, "values": values,
        "texts": texts,
    }  # fmt: skip


def _describe(made: Lab, seed: int) -> str:
    values = ", ".join(f"{p.label} {getattr(made, p.name)}" for p in made.params() if not p.of)
    return f"{values}, seed {seed}. MixScope"


def _list_rows(panel: Panel) -> list[dict[str, Any]]:
    match panel:
        case Plane():
            rows = [
                {"part": line.title or "line", "x": x, "y": y}
                for line in panel.lines
                for x, y in zip(np.asarray(line.x), np.asarray(line.y), strict=True)
            ]
            for points in panel.points:
                for place in np.asarray(points.at):
                    rows.append(
                        {"part": points.title or "point", **dict(zip("xyz", place, strict=False))}
                    )
            return rows + ([] if panel.ground is None else _list_cells(panel.ground.values))
        case Heat():
            return _list_cells(panel.values)
        case Bars():
            table = np.asarray(panel.values)
            return [
                {"part": f"{name} {series}".strip(), "value": table[i, j]}
                for i, name in enumerate(panel.names)
                for j, series in enumerate(panel.series)
            ]
    return []


def _list_cells(values: ArrayLike) -> list[dict[str, Any]]:
    cells = np.asarray(values)
    return [
        {"part": "cell", "x": x, "y": y, "value": cells[y, x]} for y, x in np.ndindex(*cells.shape)
    ]
