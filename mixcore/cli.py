"""python -m mixcore: the same declarations from the shell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from mixcore import __version__, cli_audit, cli_data, cli_train, flags
from mixcore.methods import methods
from mixcore.naming import NamingError
from mixcore.runs.told import told

NAMES = ("a", "b", "c", "d")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it worked, 2 with one sentence on stderr if it could not."""
    parser = argparse.ArgumentParser(prog="python -m mixcore", description=__doc__)
    parser.add_argument("--version", action="version", version=f"mixcore {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    listing = commands.add_parser("methods", help="list the methods and their parameters")
    listing.set_defaults(run=list_methods)
    mixing = commands.add_parser("mix", help="mix two photos into a PNG")
    kinds = mixing.add_subparsers(required=True, metavar="METHOD")
    for key in methods():
        add_method(kinds, key)
    cli_train.add(commands)
    cli_data.add(commands)
    cli_audit.add(commands)
    add_training(commands)
    add_report(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except (ValueError, TypeError, OSError, NamingError) as error:
        print(f"mixcore: {told(error) if isinstance(error, OSError) else error}", file=sys.stderr)
        return 2


def add_method(commands: Any, key: str) -> None:
    """One sub-command, its flags read off the method's declarations."""
    from mixcore.registry import get

    cls = get(key)
    parser = commands.add_parser(key, help=cls.info.summary)
    for photo in NAMES[: cls.info.sources]:
        parser.add_argument(photo, help=f"photo {photo.upper()}, a file, or scene:SEED")
        parser.add_argument(
            f"--crop-{photo}",
            metavar="CROP",
            default="1,0.5,0.5",
            help=f"the square of photo {photo.upper()}: ZOOM,X,Y of a frame, or whole, padded "
            "(default: the largest square in the middle)",
        )
    parser.add_argument(
        "--out", default="mixed.png", help="the PNG to write (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=0, help="seed of all draws (default: 0)")
    parser.add_argument("--size", type=int, default=448, help="side in pixels (default: 448)")
    if "lam" in cls.info.given:
        parser.add_argument("--lam", type=float, help="A's share, instead of drawing it")
    flags.add(parser, cls.params())
    parser.set_defaults(run=mix, cls=cls)


def mix(options: argparse.Namespace) -> None:
    """Mix files or scenes and say what the label is worth."""
    from mixcore import pictures

    method = options.cls(**flags.values(options))
    batch = batch_of(options)
    plan = method.plan(batch, rng=options.seed)
    pictures.save(plan.apply(batch.x)[0], options.out)
    w = plan.w[0] if hasattr(plan, "w") else (plan.w_a[0], plan.w_b[0])
    if method.info.sources == 1:
        print(f"{options.out}: label 1.0000 A")
    else:
        worth = [f"{share:.4f} {name.upper()}" for share, name in zip(w, NAMES, strict=False)]
        print(f"{options.out}: label {' + '.join(worth)}")
    if method.info.space != "pixels":
        print(f"A preview only: {method.info.title} mixes features inside a model, not pixels.")
    if method.info.after:
        print(
            f"The label is by area so far: {method.info.title} weighs it by the "
            f"{' and '.join(method.info.after)} of a model that has seen the mix (mixcore.Seen)."
        )


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


def batch_of(options: argparse.Namespace) -> Any:
    """The batch of the named photos, with all that is known of generated scenes."""
    import numpy as np
    import torch

    from mixcore import pictures
    from mixcore.batch import Batch
    from mixcore.data import scenes

    names = [getattr(options, name) for name in NAMES[: options.cls.info.sources]]
    made = [
        scenes.make(seed_of(name), options.size) if name.startswith("scene:") else None
        for name in names
    ]
    crops = [getattr(options, f"crop_{photo}") for photo in NAMES[: len(names)]]
    images = [
        crop_image(pictures.read(name), crop, options.size) if scene is None else scene.image
        for name, scene, crop in zip(names, made, crops, strict=True)
    ]
    known: dict[str, Any] = {}
    scenes_only = [scene for scene in made if scene is not None]
    if len(scenes_only) == len(made):
        alpha = np.stack([scene.alpha for scene in scenes_only])[:, None]
        known["evidence"] = {"object": torch.from_numpy(alpha)}
        known["grounds"] = pictures.to_tensor(*(scene.empty for scene in scenes_only))
    given: dict[str, Any] = {}
    if "index" in options.cls.info.given:
        given["index"] = [*range(1, len(names)), 0]
    if getattr(options, "lam", None) is not None:
        given["lam"] = options.lam
    return Batch(pictures.to_tensor(*images), given=given, **known)


def add_training(commands: Any) -> None:
    """The command that makes the bundled evidence models again."""
    parser = commands.add_parser("train-evidence", help="train a model whose attention is evidence")
    parser.add_argument("--data", required=True, help="folder with the training pictures")
    parser.add_argument("--out", required=True, help="folder for weights and metrics.json")
    parser.add_argument("--cache", help="folder for features (default: features in --out)")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--late", action="store_true", help="class token in the last block (default)")
    kind.add_argument("--plain", action="store_true", help="class token in every block")
    parser.add_argument("--epochs", type=int, default=2, help="0 caches features only (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="seed of all draws (default: 0)")
    parser.add_argument("--device", default="auto", help="cpu, cuda, mps or auto (default)")
    parser.set_defaults(run=train_evidence)


def train_evidence(options: argparse.Namespace) -> None:
    """Cache features where they are not, train, measure, and write weights with their checksum."""
    import json
    from pathlib import Path

    from mixcore import hardware
    from mixcore.evidence import bundled, cache, training

    recipe = training.Recipe(late=not options.plain, epochs=options.epochs, seed=options.seed)
    device, out = hardware.device(options.device), Path(options.out)
    features = Path(options.cache) if options.cache else out / "features"
    found = cache.build(Path(options.data), features, cache.Contents(), device)
    if recipe.epochs == 0:
        return
    model = training.train(found, recipe, device)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{recipe.name}.safetensors"
    bundled.write(model, path)
    shipped = bundled.read(path).to(device)  # rounded to half precision: what people get
    metrics = training.measured(shipped, found, recipe, device)
    training.write_metrics(out, recipe.name, metrics)
    print(json.dumps(metrics, indent=1))


def add_report(commands: Any) -> None:
    """The command that says what evidence there is, and how far it can be believed."""
    parser = commands.add_parser("evidence", help="list or measure what says where an object is")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--list", action="store_true", help="every kind, and what it needs")
    what.add_argument("--report", action="store_true", help="measure it against exact masks")
    parser.add_argument("--data", help="folder with tiny-imagenet-100, for real photos too")
    parser.add_argument("--json", help="a file for the same numbers as JSON")
    parser.add_argument("--device", default="auto", help="cpu, cuda, mps or auto (default)")
    parser.set_defaults(run=evidence)


def evidence(options: argparse.Namespace) -> None:
    """List the kinds of evidence, or report on them."""
    if options.report:
        return report(options)
    from mixcore.evidence.providers import KINDS

    for name, kind in KINDS.items():
        print(f"{name:21s} {kind.title}. Needs {kind.needs}; costs {kind.cost}.")
    return None


def report(options: argparse.Namespace) -> None:
    """Print the tables as Markdown."""
    import json
    from pathlib import Path

    from mixcore import hardware
    from mixcore.evidence.report import tables
    from mixcore.evidence.tables import markdown

    data = Path(options.data) if options.data else None
    found = tables(data, hardware.device(options.device))
    print(markdown(found))
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def seed_of(name: str) -> int:
    """The seed in scene:SEED."""
    seed = name.removeprefix("scene:")
    if not seed.isdecimal():
        raise ValueError(f"A scene is written scene:SEED with a whole number, got {name!r}.")
    return int(seed)


def list_methods(options: argparse.Namespace) -> None:
    """One line a method, and one a parameter."""
    from mixcore.registry import get

    for key in methods():
        cls = get(key)
        print(
            f"{key:12s} {cls.info.title} ({cls.info.authors} {cls.info.year}). {cls.info.summary}"
        )
        for param in cls.params():
            span = (
                " | ".join(param.options) if param.low is None else f"{param.low:g}..{param.high:g}"
            )
            span = "yes | no" if param.kind == "flag" else span
            print(f"  {param.name:14s} {param.default!s:9s} {span:22s} {param.help}")
