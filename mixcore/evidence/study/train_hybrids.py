"""Training of the bundled models: a hybrid learns from cached features of Lite0.

Target: half of Lite0's own answer, half the label. AdamW, one cycle with a warm-up, flips of the
cached map, both sizes in one run. No mixing labels are used: training on TransMix labels made
the attention a worse judge than area.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from mixcore.evidence.models.hybrid import CHANNELS, Hybrid
from mixcore.evidence.study.feature_cache import Cache, CachedPart
from mixcore.evidence.study.progress import show_progress


@dataclass(frozen=True)
class HybridRecipe:
    """Settings of a training; the defaults made the shipped models."""

    late: bool = True
    epochs: int = 2
    seed: int = 0
    batch: int = 64
    rate: float = 1e-3
    decay: float = 0.03
    betas: tuple[float, float] = (0.9, 0.98)
    warm_up: float = 0.15
    clip: float = 1.0
    teacher: float = 0.5  # Lite0's share of the target

    def __post_init__(self) -> None:
        if self.epochs < 0:
            raise ValueError(f"Recipe.epochs must be >= 0, got {self.epochs}.")

    @property
    def name(self) -> str:
        return "late" if self.late else "plain"


def train_hybrid(cache: Cache, recipe: HybridRecipe, device: torch.device) -> Hybrid:
    """One run over both training parts of the cache; the model comes back in eval mode."""
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    model = Hybrid(late=recipe.late)
    facts = cache.facts()
    for buffer, name in ((model.mean, "mean"), (model.std, "std")):
        buffer.copy_(buffer.new_tensor(facts[name]).view(CHANNELS, 1, 1))
    model.to(device).train()
    parts = [part for part in map(cache.part, ("train-128", "train-224")) if len(part)]
    steps = recipe.epochs * sum(-(-len(part) // recipe.batch) for part in parts)
    optimizer = torch.optim.AdamW(
        model.parameters(), recipe.rate, betas=recipe.betas, weight_decay=recipe.decay
    )
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=steps, pct_start=recipe.warm_up
    )
    batches = (b for _ in range(recipe.epochs) for b in shuffle_batches(parts, recipe.batch, rng))
    for part, rows in show_progress(batches, steps, f"training {recipe.name}"):
        z, target = make_batch(part, rows, rng, recipe.teacher)
        with torch.autocast(device.type, torch.bfloat16):
            out = model(z.to(device))
        loss = F.cross_entropy(out.float(), target.to(device))
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimizer.step()
        cycle.step()
    return model.eval()


def shuffle_batches(
    parts: list[CachedPart], size: int, rng: np.random.Generator
) -> Iterator[tuple[CachedPart, NDArray[np.int64]]]:
    """Every picture of every part once, in batches of one part each, in random order."""
    batches = []
    for part in parts:
        order = rng.permutation(len(part))
        batches += [(part, np.sort(order[i : i + size])) for i in range(0, len(order), size)]
    for i in rng.permutation(len(batches)):
        yield batches[i]


def make_batch(
    part: CachedPart, rows: NDArray[np.int64], rng: np.random.Generator, teacher: float
) -> tuple[Tensor, Tensor]:
    """Features, half of them mirrored, and targets (b, 1000) that sum to 1."""
    z = torch.from_numpy(part.features[rows].astype(np.float32))
    flip = torch.from_numpy(rng.random(len(rows)) < 0.5).view(-1, 1, 1, 1)
    answers = torch.from_numpy(part.answers[rows].astype(np.float32))
    target = teacher * answers / answers.sum(1, keepdim=True)
    target[np.arange(len(rows)), part.labels[rows]] += 1 - teacher
    return torch.where(flip, z.flip(-1), z), target


def measure_accuracy(
    model: Hybrid, part: CachedPart, chosen: list[int], device: torch.device
) -> dict[str, Any]:
    """Top-1 in per cent among the chosen classes and among all, beside Lite0's own; n with it."""
    guesses = []
    for start in range(0, len(part), 100):
        z = torch.from_numpy(part.features[start : start + 100].astype(np.float32)).to(device)
        with torch.inference_mode():
            guesses.append(model(z).float().cpu())
    ours, lite0 = torch.cat(guesses), torch.from_numpy(part.answers.astype(np.float32))
    labels, some = torch.from_numpy(np.array(part.labels)), torch.from_numpy(np.array(chosen))

    def per_cent(right: Tensor) -> float:
        return round(100 * float(right.float().mean()), 2)

    return {
        "n": len(part),
        "top-1 of the chosen": per_cent(some[ours[:, some].argmax(1)] == labels),
        "top-1 of 1000": per_cent(ours.argmax(1) == labels),
        "same as Lite0": per_cent(ours.argmax(1) == lite0.argmax(1)),
        "Lite0, of the chosen": per_cent(some[lite0[:, some].argmax(1)] == labels),
        "Lite0, of 1000": per_cent(lite0.argmax(1) == labels),
        "95 % within": round(196 * math.sqrt(0.25 / max(1, len(part))), 2),
    }


def measure_hybrid(
    model: Hybrid, cache: Cache, recipe: HybridRecipe, device: torch.device
) -> dict[str, Any]:
    """Recipe and accuracies at both sizes, as metrics.json holds them."""
    facts = cache.facts()
    found: dict[str, Any] = {"recipe": asdict(recipe), "contents": facts["contents"]}
    for name in ("val-128", "val-224"):
        found[name] = measure_accuracy(model, cache.part(name), facts["chosen"], device)
    return found


def write_metrics(folder: Path, name: str, found: dict[str, Any]) -> None:
    """Put one model's metrics beside those of others in the folder's metrics.json."""
    path = folder / "metrics.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({**known, name: found}, indent=1) + "\n", encoding="utf-8")
