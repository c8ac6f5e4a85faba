"""python -m mixcore mix: photos of one's own, scenes or examples, mixed into a PNG."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from mixcore.cli import flags
from mixcore.cli.output import add_config, add_json, print_result, read_config
from mixcore.listing import Entry, load_listing, read_params
from mixcore.runs.types import find_problem

NAMES = ("a", "b", "c", "d")
CROP = "1,0.5,0.5"
# What a configuration may hold beside the method's own parameters: of flags, and of the page.
PHOTOS = {f"{name}?": str for name in NAMES}
FLAGS = PHOTOS | {f"crop_{name}?": str for name in NAMES} | {"seed?": int, "lam?": float}
STATE: dict[str, Any] = PHOTOS | {"m?": str, "how?": str, "lam?": float, "seed?": int}
STATE |= {"rows?": (int, int), "columns?": (int, int)}
STATE |= {f"{name}.{part}?": float for name in NAMES for part in ("zoom", "x", "y")}
STATE |= {f"{name}.scene?": int for name in NAMES}


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> list[str]:
    """What the command takes of the method that is named, in words or by a configuration."""
    listing = load_listing()
    kinds = parser.add_subparsers(required=True, metavar="METHOD", parser_class=type(parser))
    at = words.index("mix") + 1
    if any(word.startswith("--config") for word in words) and words[at : at + 1][0].startswith("-"):
        words = [*words[:at], _method_in(words), *words[at:]]
    for key, entry in listing.items():
        if entry["labels"] == "real":  # nothing that two photos have
            continue
        method = kinds.add_parser(key, help=entry["summary"], description=entry["summary"])
        if words[at : at + 1] == [key]:
            _fill_method(method, key, entry)
    return words


def _method_in(words: list[str]) -> str:
    """The method that the configuration names."""
    at = next(i for i, word in enumerate(words) if word.startswith("--config"))
    _, equals, path = words[at].partition("=")
    path = path if equals else "".join(words[at + 1 : at + 2])
    found = read_config(path) if path else {}
    key = _state(found).get("m", "cutmix") if "state" in found else found.get("method")
    if not isinstance(key, str):
        raise ValueError(
            f"{Path(path).name or 'The configuration'} names no method: give one, as in "
            f"python -m mixcore mix cutmix --config {Path(path).name or 'FILE'}."
        )
    return key


def _fill_method(parser: argparse.ArgumentParser, key: str, entry: Entry) -> None:
    for photo in NAMES[: entry["sources"]]:
        parser.add_argument(
            photo, nargs="?", help=f"photo {photo.upper()}: a file, scene:SEED or example:NAME"
        )
        parser.add_argument(
            f"--crop-{photo}", metavar="CROP",
            help=f"the square of photo {photo.upper()}: ZOOM,X,Y of a frame, or whole, padded "
            "(default: the largest square in the middle)",
        )  # fmt: skip
    parser.add_argument("--out", default="mixed.png", help="the PNG to write (default: mixed.png)")
    parser.add_argument("--seed", type=int, help="seed of all draws (default: 0)")
    parser.add_argument("--size", type=int, default=448, help="side in pixels (default: 448)")
    if "lam" in entry["given"]:
        parser.add_argument("--lam", type=float, help="A's share, instead of drawing it")
    flags.add_flags(parser, read_params(entry))
    add_config(parser, "a mix as Explore saves it, or names of these flags with values")
    add_json(parser)
    parser.set_defaults(run=mix_photos, key=key, sources=entry["sources"], parser=parser)


def mix_photos(options: argparse.Namespace) -> None:
    """Mix photos and say what the label is worth."""
    _settle(options)
    from mixcore import pictures
    from mixcore.registry import find_class

    cls = find_class(options.key)
    method = cls(**options.values)
    notes: list[str] = []
    batch = load_batch(options, cls.info.given, notes)
    if method.reads_hidden():
        from mixcore.evidence.models.hidden_features import compute_hidden

        batch = replace(batch, hidden=compute_hidden(method.reads_hidden(), batch.x))
    plan = method.plan(batch, rng=options.seed)
    pictures.save(plan.apply(batch.x)[0], options.out)
    weights = _weigh_photos(plan, len(batch))
    if cls.info.space != "pixels":
        notes.append(f"A preview only: {cls.info.title} mixes features inside a model, not pixels.")
    if cls.info.after:
        notes.append(
            f"The label is by area so far: {cls.info.title} weighs it by the "
            f"{' and '.join(cls.info.after)} of a model that has seen the mix (mixcore.Seen)."
        )
    named = dict(zip(NAMES, weights, strict=False))
    label = " + ".join(f"{share:.4f} {name.upper()}" for name, share in named.items())
    result = {
        "out": options.out, "method": options.key, "parameters": method.to_dict(),
        "seed": options.seed, "size": options.size, "label": named, "notes": notes,
    }  # fmt: skip
    print_result(options, result, "\n".join([f"{options.out}: label {label}", *notes]))


def _weigh_photos(plan: Any, n: int) -> list[float]:
    """What each photo's label is worth in the first mix, where a photo may come more than once."""
    if not hasattr(plan, "w"):
        return [float(plan.w_a[0]), float(plan.w_b[0])]
    weights = [0.0] * n
    for photo, share in zip(plan.index[0].tolist(), plan.w[0].tolist(), strict=True):
        weights[photo] += share
    return weights


def _settle(options: argparse.Namespace) -> None:
    """Put the configuration beneath the flags; ValueError for what it cannot ask for."""
    own = flags.read_values(options)
    known = read_config(options.config) if options.config else {}
    state = _state(known)
    params = [param.name for param in read_params(load_listing()[options.key])]
    used = NAMES[: options.sources]
    if state:
        asked = {name: state[f"{options.key}.{name}"] for name in params
                 if f"{options.key}.{name}" in state}  # fmt: skip
        options.given = _fixed(state)
        photos = {name: _photo(state, name) for name in used if name in state}
        crops = {
            name: ",".join(str(state.get(f"{name}.{part}", usual)) for part, usual in
                           (("zoom", 1), ("x", 0.5), ("y", 0.5)))
            for name in used
        }  # fmt: skip
    else:
        known.pop("method", None)
        allowed = {*params, *used, *(f"crop_{name}" for name in used), "seed", "lam"}
        known = {name.replace("-", "_"): value for name, value in known.items()}
        for name in known:
            if name not in allowed:
                raise ValueError(
                    f"A configuration of {options.key} has no {name!r}; it has: "
                    f"{', '.join(sorted(allowed))}."
                )
        if problem := find_problem(known, FLAGS):
            raise ValueError(f"The configuration cannot be used: {problem}.")
        asked = {name: known[name] for name in params if name in known}
        photos = {name: known[name] for name in used if name in known}
        crops = {name: known[f"crop_{name}"] for name in used if f"crop_{name}" in known}
        options.given = {"lam": known["lam"]} if "lam" in known else {}
        state = known
    options.values = asked | own
    if options.seed is None:
        options.seed = state.get("seed", 0)
    if type(options.seed) is not int or options.seed < 0:
        raise ValueError(f"--seed must be a whole number from 0 on, got {options.seed!r}.")
    if getattr(options, "lam", None) is not None:
        options.given = {"lam": options.lam}
    if not 0 <= options.given.get("lam", 0) <= 1:
        raise ValueError(f"--lam must be in [0, 1], got {options.given['lam']!r}.")
    for name in used:
        photo = getattr(options, name) or photos.get(name)
        if photo is None:
            raise ValueError(
                f"Photo {name.upper()} is missing: name a file, scene:SEED or example:NAME."
            )
        setattr(options, name, photo)
        crop = getattr(options, f"crop_{name}") or crops.get(name, CROP)
        setattr(options, f"crop_{name}", crop)


def _state(config: dict[str, Any]) -> dict[str, Any]:
    """What Explore saved, or nothing for a configuration of flags."""
    if "state" not in config:
        return {}
    if problem := find_problem(config["state"], STATE, "its state"):
        raise ValueError(f"The configuration cannot be used: {problem}.")
    return dict(config["state"])


def _fixed(state: dict[str, Any]) -> dict[str, Any]:
    """What a person fixed on the page instead of drawing it."""
    how = state.get("how", "drawn")
    if how == "by hand":
        return {"lam": state.get("lam", 0.65)}
    if how == "box":
        return {"box": (*state.get("rows", (112, 368)), *state.get("columns", (112, 368)))}
    if how == "painted":
        raise ValueError("This configuration has a painted mask, which only the page can mix.")
    return {}


def _photo(state: dict[str, Any], name: str) -> str | None:
    """The photo as the command line writes it; None for one that only its owner has."""
    source = state[name]
    if source == "scene":
        return f"scene:{state.get(f'{name}.scene', 0)}"
    from mixcore.data import gallery

    return f"example:{source}" if source in gallery.names() else None


def load_batch(options: argparse.Namespace, takes: tuple[str, ...], notes: list[str]) -> Any:
    """The batch of the named photos, with all that is known of generated scenes."""
    import numpy as np
    import torch

    from mixcore import pictures
    from mixcore.batch import Batch

    names = [getattr(options, name) for name in NAMES[: options.sources]]
    crops = [getattr(options, f"crop_{photo}") for photo in NAMES[: len(names)]]
    scenes = [load_scene(name, crop, options.size) for name, crop in zip(names, crops, strict=True)]
    images = [
        scene.image if scene else crop_image(load_photo(name, notes), crop, options.size)
        for name, scene, crop in zip(names, scenes, crops, strict=True)
    ]
    known: dict[str, Any] = {}
    made = [scene for scene in scenes if scene is not None]
    if len(made) == len(scenes):
        alpha = np.stack([scene.alpha for scene in made])[:, None]
        known["evidence"] = {"object": torch.from_numpy(alpha)}
        known["grounds"] = pictures.to_tensor(*(scene.empty for scene in made))
    given = dict(options.given)
    if "index" in takes:
        given["index"] = [*range(1, len(names)), 0]
    return Batch(pictures.to_tensor(*images), given=given, **known)


def load_scene(name: str, crop: str, size: int) -> Any:
    """The generated scene that is named so, cut as a photo is; None for a photo."""
    if not name.startswith("scene:"):
        return None
    seed = name.removeprefix("scene:")
    if not (seed.isascii() and seed.isdecimal() and len(seed) < 10):
        raise ValueError(f"A scene is written scene:SEED with a whole number, got {name!r}.")
    import numpy as np

    from mixcore.data import scenes

    scene = scenes.make(int(seed), size)
    if crop == CROP:
        return scene
    cover = np.dstack([np.rint(scene.alpha * 255).astype(np.uint8)] * 3)
    return replace(
        scene,
        image=crop_image(scene.image, crop, size),
        alpha=crop_image(cover, crop, size)[..., 0] / np.float32(255),
        empty=crop_image(scene.empty, crop, size),
    )


def load_photo(name: str, notes: list[str]) -> Any:
    """The pixels of an example or a file."""
    from mixcore import pictures
    from mixcore.cli import suggest_names
    from mixcore.data import gallery

    if not name.startswith("example:"):
        return pictures.read(name, notes=notes)
    example = name.removeprefix("example:")
    if example not in gallery.names():
        raise ValueError(suggest_names(f"example {example!r}", example, gallery.names()))
    return gallery.load(example)


def crop_image(image: Any, crop: str, size: int) -> Any:
    """The square of a photo that a flag asks for: "whole", or zoom and center of a frame."""
    from mixcore import pictures

    if crop == "whole":
        return pictures.fit(image, size)
    try:
        zoom, x, y = map(float, crop.split(","))
    except ValueError:
        raise ValueError(
            f"a crop must be whole or ZOOM,X,Y such as 2,0.5,0.2, got {crop!r}."
        ) from None
    return pictures.square(image, size, zoom, x, y)
