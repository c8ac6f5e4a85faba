"""Code that makes the very same pixels, or says the very same numbers, with mixcore alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import mixcore
from app.explore import snippet_evidence
from app.link.states import SIDES, SIZE, Picture, State
from app.mixes import evidence_kinds
from app.mixes.hidden import SEEN
from app.mixes.known_methods import MethodCard, load_catalogue
from app.mixes.label_text import is_told
from app.mixes.mismatch import Judgement
from app.mixes.mixing import Mix, list_given
from app.mixes.photos import Upload
from mixcore import cell_masks

WIDTH = 44  # characters of code that fit beside the picture


def write_snippet(
    state: State, mix: Mix, judged: Judgement | None, shelf: dict[str, Upload], device: str
) -> str:
    """Python that makes the very same pixels with nothing but mixcore and the named photos.

    It prints the mismatch too, where there is one. Where a mix happens inside a network, it gives
    what the network says of it instead.
    """
    card = load_catalogue()[state.method]
    method = mixcore.method(state.method, **dict(state.params))
    photos = dict(zip(SIDES, state.pictures[: card.photos], strict=False))
    inside = card.info.space == "features"
    params = [f"{name}={_literal(value)}" for name, value in state.params]
    arguments = ["x", "given=given"] if list_given(state) else ["x"]
    proven = judged is not None and judged.mismatch is not None
    exact = proven and judged is not None and bool(judged.exact)
    hidden = method.reads_hidden()
    known, fed = card.objects, [name for name in method.reads() if name in evidence_kinds.FED]
    sight = evidence_kinds.find_kind(state.see)
    used = [evidence_kinds.spec_for_method(state.method, name) for name in fed]
    used += [evidence_kinds.FED["attention"]] if card.info.after else []
    looked = bool(fed or card.info.after)
    explained = ["# What the label is made of.", "print(plan.account.read_row().describe())", ""]
    parts = [
        ["from dataclasses import replace", ""] if card.info.after else [],
        _imports(photos, shelf, inside, known or exact, "mask" in list_given(state)),
        snippet_evidence.list_imports(
            used + ([sight] if proven and not exact else []), exact, proven, bool(hidden)
        ),
        [""],
        _scenes(photos, device, known) if known or exact else _photos(photos, shelf, device),
        snippet_evidence.write_small(_squares(photos, exact or known))
        if looked or hidden or (proven and not exact)
        else [],
        ["", _call("method = mixcore.method", [f'"{state.method}"', *params])],
        _given(list_given(state)),
        snippet_evidence.write_feed(method, device),
        snippet_evidence.write_hidden(hidden, device),
        [_call("batch = mixcore.Batch", [*arguments, *_evidence(known, fed), *_hidden(hidden)])],
        [f"plan = method.plan(batch, rng={state.seed})", ""],
        snippet_evidence.write_look() if card.info.after else [],
        explained if is_told(mix.facts.account, mix.used) else [],
        _look_inside(device) if inside else _save(card, mix),
        snippet_evidence.write_proof(judged, sight) if judged and proven else [],
        [""],
    ]
    return "\n".join(line for part in parts for line in part)


def _evidence(known: bool, fed: list[str]) -> list[str]:
    """What the batch holds beside the photos."""
    if known:
        return ['evidence={"object": objects}', "grounds=grounds"]
    maps = ", ".join(f'"{name}": {name}' for name in fed)
    return [f"evidence={{{maps}}}"] if fed else []


def _hidden(names: Sequence[str]) -> list[str]:
    return ["hidden=hidden"] if names else []


def _squares(photos: dict[str, Picture], scenes: bool) -> list[str]:
    """The photos as they are mixed, by the names that they have in the code."""
    return [_cut(side, "image", p) for side, p in photos.items()] if scenes else list(photos)


def _literal(value: Any) -> str:
    """A value as code, strings in double quotes."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


def _call(name: str, arguments: list[str], before: int = 0) -> str:
    """A call on one line where it is short, else with an argument a line.

    before: characters that stand before it in its line.
    """
    line = f"{name}({', '.join(arguments)})"
    if before + len(line) <= WIDTH:
        return line
    return f"{name}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def _given(given: dict[str, Any]) -> list[str]:
    """What was fixed by hand; a painted mask row by row, a bit a cell, in hex where it is wide."""
    if "mask" not in given:
        return [_dict("given", given)] if given else []
    keep = cell_masks.read_mask(given["mask"])
    columns = keep.shape[1]
    bits = ["".join("01"[int(kept)] for kept in row) for row in keep]
    wide = columns > 28
    rows = [f"{int(row, 2):0{-(-columns // 4)}x}" for row in bits] if wide else bits
    row = f'f"{{int(row, 16):0{columns}b}}"' if wide else "row"
    high, across = (-(-SIZE // count) for count in keep.shape)
    fixed = [f'"{name}": {value!r}, ' for name, value in given.items() if name != "mask"]
    return [
        "rows = [",
        *(f'    "{row}",' for row in rows),
        "]",
        "keep = np.array([",
        f'    [c == "1" for c in {row}]',
        "    for row in rows",
        "])",
        f"mask = keep.repeat({high}, 0).repeat({across}, 1)",
        f"mask = mask[:{SIZE}, :{SIZE}]",
        f'given = {{{"".join(fixed)}"mask": mask}}',
    ]


def _dict(name: str, entries: dict[str, Any]) -> str:
    """A dict on one line where it is short, else with an entry a line."""
    pairs = [f'"{key}": {value!r}' for key, value in entries.items()]
    line = f"{name} = {{{', '.join(pairs)}}}"
    if len(line) <= WIDTH:
        return line
    return f"{name} = {{\n" + "".join(f"    {pair},\n" for pair in pairs) + "}"


def _imports(
    photos: dict[str, Picture], shelf: dict[str, Upload], inside: bool, masks: bool, painted: bool
) -> list[str]:
    """Only what is used is imported, so that the snippet passes a linter as it stands."""
    data = sorted({module for p in photos.values() if (module := _module(p, shelf))})
    heavy = ["import numpy as np"] * (masks or painted) + ["import torch"] * masks
    heavy += [""] * bool(heavy)
    own = "naming, pictures" if inside else "pictures"
    named = [f"from mixcore.data import {', '.join(data)}"] if data else []
    return [*heavy, "import mixcore", f"from mixcore import {own}", *named]


def _photos(photos: dict[str, Picture], shelf: dict[str, Upload], device: str) -> list[str]:
    return [
        *(f"{side} = {_whole(picture, shelf)}" for side, picture in photos.items()),
        *(f"{side} = {_square(side, picture)}" for side, picture in photos.items()),
        f"x = {_call('pictures.to_tensor', list(photos), 4)}{_on(device)}",
    ]


def _scenes(photos: dict[str, Picture], device: str, known: bool) -> list[str]:
    """The photos, their objects, and where `known` their grounds, of scenes, all cut alike."""
    made = [f"{side} = scenes.make({p.scene}, size={SIZE})" for side, p in photos.items()]
    images, grounds, covers = (
        [_cut(side, part, picture) for side, picture in photos.items()]
        for part in ("image", "empty", "alpha")
    )
    return [
        *made,
        f"x = {_call('pictures.to_tensor', images, 4)}{_on(device)}",
        *([f"grounds = {_call('pictures.to_tensor', grounds, 10)}{_on(device)}"] if known else []),
        _call("alpha = np.stack", [f"[{', '.join(covers)}]"]),
        f"objects = torch.from_numpy(alpha)[:, None]{_on(device)}",
    ]


def _cut(side: str, part: str, picture: Picture) -> str:
    """A part of a scene, cut to its square where the photo is."""
    whole = f"{side}.{part}"
    if picture.whole or (picture.zoom, picture.x, picture.y) == (1.0, 0.5, 0.5):
        return whole  # a scene is square as it is
    if part != "alpha":
        return _square(whole, picture)
    levels = f"np.dstack([np.rint({whole} * 255).astype(np.uint8)] * 3)"
    return f"{_square(levels, picture)}[..., 0] / np.float32(255)"


def _save(card: MethodCard, mix: Mix) -> list[str]:
    """Row 0, as a file, and what its label is worth."""
    said = {1: "A, changed", 2: "A mixed with B"}.get(card.photos, "A mixed with the others")
    worth = "weights = plan.w[0].tolist()" if mix.many else "w_a = plan.w_a[0].item()"
    return [f"# Row 0 is {said}.", "mixed = plan.apply(x)[0]", worth,
            'pictures.save(mixed, "mixed.png")']  # fmt: skip


def _look_inside(device: str) -> list[str]:
    """What the network says when it goes on from the mix of row 0."""
    return [
        "# Row 0 is A mixed with B, inside Lite0.",
        f'lite = naming.load("{device}")',
        "views = [",
        f"    pictures.square(p, {SEEN}, zoom=256 / 224)",
        "    for p in (a, b)",
        "]",
        f"seen = pictures.to_tensor(*views){_on(device)}",
        'layers = [f"blocks.{i}" for i in range(7)]',
        'space = mixcore.Space(lite.model, [*layers, "bn2"])',
        "with space.mixing(plan):",
        "    logits = lite.model((seen - 0.5) / 0.5)",
        "best = logits.softmax(-1)[0].topk(3)",
        "for i, p in zip(*map(list, best[::-1])):",
        '    print(f"{lite.names[i]} {p:.4f}")',
    ]


def _on(device: str) -> str:
    return "" if device == "cpu" else f'.to("{device}")'


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
    if picture.whole:
        return f"pictures.fit({name}, {SIZE})"
    cut = {"zoom": (picture.zoom, 1.0), "x": (picture.x, 0.5), "y": (picture.y, 0.5)}
    changed = [f"{part}={at!r}" for part, (at, usual) in cut.items() if at != usual]
    return f"pictures.square({', '.join([name, str(SIZE), *changed])})"
