"""python -m mixcore train-mix-block: the bundled mix blocks, made again."""

from __future__ import annotations

import argparse


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes."""
    parser.add_argument("--data", required=True, help="folder with the training pictures")
    parser.add_argument("--out", required=True, help="folder for weights and metrics.json")
    parser.add_argument("--method", default="automix", help="automix (default) or adautomix")
    parser.add_argument(
        "--features", default="lite0", help="of which bundled model: lite0 (default) or hybrid"
    )
    parser.add_argument("--steps", type=int, help="of the training (default: as shipped)")
    parser.add_argument("--part", type=int, help="steps to take now; the next call goes on")
    parser.add_argument("--seed", type=int, default=0, help="seed of all draws (default: 0)")
    parser.set_defaults(run=train_mix_block)


def train_mix_block(options: argparse.Namespace) -> None:
    """Train or go on; measure and write weights with their checksum once all steps were taken."""
    import json
    from pathlib import Path

    from mixcore.evidence.models import bundled
    from mixcore.mixers import block_training, bundled_blocks

    steps, rate = block_training.SHIPPED.get(options.method, (1, 1e-3))
    recipe = block_training.BlockRecipe(
        method=options.method, features=options.features, seed=options.seed,
        steps=options.steps or steps, rate=rate,
    )  # fmt: skip
    data, out = Path(options.data), Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    block = block_training.train_block(data, out, recipe, options.part)
    if not block_training.is_done(out, recipe):
        return
    path = out / f"{recipe.name}.safetensors"
    bundled.write_weights(block, path)
    shipped = bundled_blocks.read_block(path)  # rounded to half precision: what people get
    found = block_training.measure_block(data, shipped, recipe)
    block_training.write_metrics(out, recipe.name, found)
    print(json.dumps(found, indent=1))
