"""python -m mixcore train-evidence: the bundled evidence models, made again."""

from __future__ import annotations

import argparse


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes."""
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
    from mixcore.evidence.models import bundled
    from mixcore.evidence.study import feature_cache, train_hybrids

    recipe = train_hybrids.HybridRecipe(
        late=not options.plain, epochs=options.epochs, seed=options.seed
    )
    device, out = hardware.device(options.device), Path(options.out)
    features = Path(options.cache) if options.cache else out / "features"
    found = feature_cache.build_cache(
        Path(options.data), features, feature_cache.Contents(), device
    )
    if recipe.epochs == 0:
        return
    model = train_hybrids.train_hybrid(found, recipe, device)
    out.mkdir(parents=True, exist_ok=True)
    path = out / f"{recipe.name}.safetensors"
    bundled.write_weights(model, path)
    shipped = bundled.read_hybrid(path).to(device)  # rounded to half precision: what people get
    metrics = train_hybrids.measure_hybrid(shipped, found, recipe, device)
    train_hybrids.write_metrics(out, recipe.name, metrics)
    print(json.dumps(metrics, indent=1))
