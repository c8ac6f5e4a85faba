"""What a person takes away: files, a figure, a configuration, and code for the same pixels."""

from __future__ import annotations

import json
import platform
from typing import Any

from app import state as states
from app.service.mixing import Mix, catalogue, versions
from app.service.photos import Shot, Upload
from app.state import SIZE, Picture, State
from app.words import bars

CAPTIONS = {"mixed": "Mixed", "mask": "Mask", "origin": "Which pixel from whom"}
WIDTH = 44  # characters of code that fit beside the picture
MIME = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


def snippet(state: State, shelf: dict[str, Upload], device: str) -> str:
    """Python that makes the very same pixels with nothing but mixcore and the named photos."""
    given = {"index": [1, 0], **state.given(catalogue()[state.method].given)}
    params = [f"{name}={_literal(value)}" for name, value in state.params]
    # Only what is used is imported, so that the snippet passes a linter as it stands.
    data = sorted({module for p in (state.a, state.b) if (module := _module(p, shelf))})
    imports = [f"from mixcore.data import {', '.join(data)}"] if data else []
    return "\n".join(
        [
            "import mixcore",
            "from mixcore import pictures",
            *imports,
            "",
            f"a = {_whole(state.a, shelf)}",
            f"b = {_whole(state.b, shelf)}",
            f"a = {_square('a', state.a)}",
            f"b = {_square('b', state.b)}",
            "x = pictures.to_tensor(a, b)" + ("" if device == "cpu" else f'.to("{device}")'),
            "",
            _call("method = mixcore.method", [f'"{state.method}"', *params]),
            _dict("given", given),
            "batch = mixcore.Batch(x, given=given)",
            f"plan = method.plan(batch, rng={state.seed})",
            "",
            "# Row 0 is A mixed with B.",
            "mixed = plan.apply(x)[0]",
            "w_a = plan.w_a[0].item()",
            'pictures.save(mixed, "mixed.png")',
            "",
        ]
    )


def _literal(value: Any) -> str:
    """A value as code, strings in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _call(name: str, arguments: list[str]) -> str:
    """A call on one line where it is short, else with an argument a line."""
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        return line
    return f"{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def _dict(name: str, entries: dict[str, Any]) -> str:
    """A dict on one line where it is short, else with an entry a line."""
    pairs = [f'"{key}": {value!r}' for key, value in entries.items()]
    line = f"{name} = {{{', '.join(pairs)}}}"
    if len(line) <= WIDTH:
        return line
    return f"{name} = {{\n" + "".join(f"    {pair},\n" for pair in pairs) + "}"


def _module(picture: Picture, shelf: dict[str, Upload]) -> str:
    if picture.is_scene:
        return "scenes"
    return "" if picture.source in shelf else "gallery"


def _whole(picture: Picture, shelf: dict[str, Upload]) -> str:
    if picture.is_scene:
        return f"scenes.make({picture.scene}, size={SIZE}).image"
    if picture.source in shelf:
        return f"pictures.read({_literal(shelf[picture.source].name)})"
    return f'gallery.load("{picture.source}")'


def _square(name: str, picture: Picture) -> str:
    cut = {"zoom": (picture.zoom, 1.0), "x": (picture.x, 0.5), "y": (picture.y, 0.5)}
    changed = [f"{part}={at!r}" for part, (at, usual) in cut.items() if at != usual]
    return f"pictures.square({', '.join([name, str(SIZE), *changed])})"


def about(mix: Mix, a: Shot, b: Shot, names: tuple[str, str]) -> dict[str, Any]:
    """What a configuration says of its origin and its result, for readers."""
    facts = mix.facts
    return {
        "versions": {**versions(), "python": platform.python_version()},
        "size": SIZE,
        "a": {"name": names[0], "pixels": a.digest},
        "b": {"name": names[1], "pixels": b.digest},
        "lam": facts.lam,
        "area": facts.area,
        "w_a": facts.w_a,
        "w_b": facts.w_b,
        "box": mix.box,
    }


def config(values: states.Values, table: states.Keys, facts: dict[str, Any]) -> str:
    """The configuration file of a mix."""
    return states.to_config(values, table, facts)


def figure(
    form: str, state: State, mix: Mix, shots: tuple[Shot, Shot], names: tuple[str, str]
) -> bytes:
    """The mix on one sheet; form is "png", "svg" or "pdf"."""
    from app.sheet import sheet  # matplotlib takes its time, and few people export

    card = catalogue()[state.method]
    settings = ", ".join(f"{name} {value}" for name, value in state.params)
    made = ", ".join(f"{name} {version}" for name, version in versions().items())
    shown = {f"A: {names[0]}": shots[0].png, f"B: {names[1]}": shots[1].png}
    shown |= {caption: mix.layers[layer] for layer, caption in CAPTIONS.items()}
    note = f"{settings}; seed {state.seed}; {SIZE} x {SIZE}; pixels A {shots[0].digest[:8]}, "
    note += f"B {shots[1].digest[:8]}; {made}"
    return sheet(shown, bars(mix.facts, state.how), f"{card.title} ({card.year})", note, form)
