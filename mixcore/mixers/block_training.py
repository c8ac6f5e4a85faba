"""Training of the bundled mix blocks against a frozen bundled model.

The block sees hidden features of clean pictures and draws masks; the frozen model with a linear
head on the data's classes judges the mixes, and its gradient reaches the block through the
pixels. AutoMix's block minimizes that loss (and its mask loss); AdAutoMix's works against it in
every second step. Seven of eight steps are at 128 pixels and one at 224, as the methods meet both.

Every step's draws follow from the seed and its number, and the state is written every PART steps:
a training that was stopped goes on where it was, to the same weights.
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
from numpy.typing import NDArray
from torch import Tensor, nn

from mixcore import naming, pictures, ratio
from mixcore.batch import Batch
from mixcore.evidence.models import bundled
from mixcore.evidence.models.hidden_features import LARGE, SMALL, WIDTHS, compute_hidden
from mixcore.evidence.models.lite0_halves import compute_features, compute_logits
from mixcore.evidence.study.progress import show_progress
from mixcore.evidence.study.trainset import TINY, PackedSet
from mixcore.losses.mix_generator import (
    generator_loss,
    is_adversarial,
    mixed_similarity,
    soft_cross_entropy,
)
from mixcore.mixers.bundled_blocks import KINDS, make_block, name_block
from mixcore.mixers.mix_block import MixBlock, mask_loss, measure_diversity, mix_pictures
from mixcore.rng import Streams

PART = 50  # steps between two states on disk
JUDGED, EACH = 256, 64  # held-out mixes that the numbers are of, and of one batch


SHIPPED = {"automix": (300, 3e-3), "adautomix": (100, 1e-2)}
"""Steps and learning rate of the shipped blocks; an opponent finds its ways sooner."""


@dataclass(frozen=True)
class BlockRecipe:
    """Settings of a training; the defaults, with those of SHIPPED, made the shipped blocks.

    sources     pictures of a mix: 2, or 3 for AdAutoMix
    large       every how many steps the pictures are at 224 pixels, half as many of them
    alpha       shape of the law of the shares, 2 for AutoMix and 1 for AdAutoMix
    mask        weight of AutoMix's mask loss, which holds each mask to its own lam
    """

    method: str = "automix"
    features: str = "lite0"
    steps: int = 300
    seed: int = 0
    batch: int = 16
    large: int = 8
    rate: float = 3e-3
    mask: float = 1.0
    beta: float = 0.3
    adv_interval: int = 2
    cos_sign: str = "keep meaning"

    def __post_init__(self) -> None:
        if self.method not in KINDS:
            raise ValueError(f"A mix block is of {' or '.join(KINDS)}, got {self.method!r}.")
        if self.features not in WIDTHS:
            raise ValueError(
                f"Hidden features are of {' or '.join(WIDTHS)}, got {self.features!r}."
            )
        if self.steps < 1:
            raise ValueError(f"A training has at least one step, got {self.steps}.")

    @property
    def name(self) -> str:
        return name_block(self.method, self.features)

    @property
    def sources(self) -> int:
        return 2 if self.method == "automix" else 3

    @property
    def alpha(self) -> float:
        return 2.0 if self.method == "automix" else 1.0


class Judge(nn.Module):
    """A frozen bundled model: pictures (b, 3, h, w) in [0, 1] to logits of the data's classes.

    The linear head on these is the rows of its own classifier.
    """

    def __init__(self, features: str, classes: NDArray[np.int64]) -> None:
        super().__init__()
        self.lite0: Any = naming.load("cpu").model
        self.hybrid = bundled.load("late").hybrid if features == "hybrid" else None
        self.classes = torch.from_numpy(classes)

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            cells = compute_features(self.lite0, x)
            logits = (
                compute_logits(self.lite0, cells) if self.hybrid is None else self.hybrid(cells)
            )
        return logits.float()[:, self.classes]


class PictureSource:
    """Labeled pictures at the sizes of the training, labels counted from 0."""

    def __init__(self, path: Path) -> None:
        self._set = PackedSet(path)
        self.classes: NDArray[np.int64] = self._set.chosen
        self._y = np.searchsorted(self.classes, self._set.labels)

    def __len__(self) -> int:
        return len(self._set)

    def read(self, rows: NDArray[Any], side: int) -> tuple[Tensor, Tensor]:
        """Pictures (b, 3, side, side) in [0, 1] and labels (b,)."""
        x = pictures.to_tensor(*(self._set.enlarged(int(i), side) for i in rows))
        return x, torch.from_numpy(self._y[rows])


@dataclass(frozen=True, eq=False)
class SourceMixes:
    """Mixes before their masks: who is mixed with whom, and how much.

    x         (b, c, h, w) the clean pictures
    labels    (b,) of them
    cells     (b, c', h', w') their hidden features
    index     (b, n) the sources of each mix
    lam       (b, n) their shares
    """

    x: Tensor
    labels: Tensor
    cells: Tensor
    index: Tensor
    lam: Tensor

    @property
    def y(self) -> Tensor:
        """The labels of the sources, (b, n)."""
        return self.labels[self.index]

    @property
    def features(self) -> Tensor:
        """The hidden features of the sources, (b, n, c', h', w')."""
        return self.cells[self.index]

    def mix(self, masks: Tensor) -> Tensor:
        """The mixes by masks (b, n, h, w)."""
        return mix_pictures(self.x[self.index], masks)

    @property
    def size(self) -> tuple[int, int]:
        h, w = self.x.shape[-2:]
        return h, w


def draw_mixes(
    source: PictureSource, recipe: BlockRecipe, n: int, side: int, rng: Streams
) -> SourceMixes:
    """Pictures with partners and shares, and their hidden features."""
    rows = rng.stage("rows").choice(len(source), n, replace=False)
    x, y = source.read(rows, side)
    hidden = compute_hidden([recipe.features], x, half=True)[recipe.features]
    own = np.arange(n)
    index = np.stack(
        [own, *(rng.stage("pair").permutation(n) for _ in range(recipe.sources - 1))], 1
    )
    batch = Batch(x)
    if recipe.sources == 2:
        first = ratio.draw_beta(batch, recipe.alpha, rng)
        lam = np.stack([first, 1 - first], 1)
    else:
        lam = ratio.draw_beta_shares(batch, recipe.alpha, recipe.sources, rng)
    shares = torch.from_numpy(lam).float()
    return SourceMixes(x, y, hidden, torch.from_numpy(index), shares)


def find_loss(
    block: MixBlock, judge: Judge, drawn: SourceMixes, recipe: BlockRecipe, step: int
) -> tuple[Tensor, float]:
    """What the block minimizes in a step, and the judge's own loss on the mixes."""
    masks = block(drawn.features, drawn.lam, drawn.size)
    logits = judge(drawn.mix(masks))
    loss = soft_cross_entropy(logits, drawn.y, drawn.lam)
    if recipe.method == "automix":
        held = mask_loss(masks[:, 0], drawn.lam[:, 0], per_sample=True)
        return loss + recipe.mask * held, float(loss.detach())
    adversarial = is_adversarial(step, recipe.adv_interval)
    with torch.no_grad():
        clean = judge(drawn.x)[drawn.index] if adversarial else None
    alike = loss * 0 if clean is None else mixed_similarity(logits, clean, drawn.lam)
    chosen = generator_loss(
        loss, alike, adversarial=adversarial, beta=recipe.beta, cos_sign=recipe.cos_sign
    )
    return chosen, float(loss.detach())


def train_block(data: Path, out: Path, recipe: BlockRecipe, steps: int | None = None) -> MixBlock:
    """Train a block, or go on with one that was stopped.

    Args:
        data: the folder that holds tiny-imagenet-100.
        out: where its state is kept.
        recipe: its settings.
        steps: how many to take at most this time.

    Returns:
        The block as it is then.
    """
    source = PictureSource(data / TINY / "train.npz")
    torch.manual_seed(recipe.seed)
    block, judge = (
        make_block(recipe.method, recipe.features),
        Judge(recipe.features, source.classes),
    )
    optimizer = torch.optim.Adam(block.parameters(), recipe.rate)
    file, done = out / f"{recipe.name}.state.pt", 0
    if file.is_file():
        state = torch.load(file, weights_only=True)
        if state["recipe"] != asdict(recipe):
            raise ValueError(f"{file.name} is of other settings; name another folder.")
        block.load_state_dict(state["block"])
        optimizer.load_state_dict(state["optimizer"])
        done = state["step"]
    else:
        seen = draw_mixes(source, recipe, min(256, len(source)), SMALL, Streams(recipe.seed, 2**32))
        block.fit_features(seen.cells)
    last = recipe.steps if steps is None else min(recipe.steps, done + steps)
    for step in show_progress(range(done, last), last - done, recipe.name):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * 0.5 * (1 + math.cos(math.pi * step / recipe.steps))
        side, n = _size_of(step, recipe)
        drawn = draw_mixes(source, recipe, n, side, Streams(recipe.seed, step))
        loss, _ = find_loss(block, judge, drawn, recipe, step)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        if (step + 1) % PART == 0 or step + 1 == last:
            state = {
                "recipe": asdict(recipe), "step": step + 1, "block": block.state_dict(),
                "optimizer": optimizer.state_dict(),
            }  # fmt: skip
            torch.save(state, file)
    return block


def is_done(out: Path, recipe: BlockRecipe) -> bool:
    """Whether all steps were taken."""
    state = torch.load(out / f"{recipe.name}.state.pt", weights_only=True)
    return bool(state["step"] == recipe.steps)


def _size_of(step: int, recipe: BlockRecipe) -> tuple[int, int]:
    large = recipe.large > 0 and step % recipe.large == recipe.large - 1
    return (LARGE, recipe.batch // 2) if large else (SMALL, recipe.batch)


def measure_block(data: Path, block: MixBlock, recipe: BlockRecipe) -> dict[str, Any]:
    """What the block does on held-out pictures, beside blending them with the same shares."""
    source = PictureSource(data / TINY / "val.npz")
    judge = Judge(recipe.features, source.classes)
    rows: list[dict[str, float]] = []
    gaps, seen = [], []
    for drawn in _draw_held_out(source, recipe):
        with torch.no_grad():
            masks = block(drawn.features, drawn.lam, drawn.size)
            flat = drawn.lam[..., None, None].expand(*masks.shape)
            mixes = {"mix": drawn.mix(masks), "blend": drawn.mix(flat)}
            rows.append(
                {
                    name: float(soft_cross_entropy(judge(x), drawn.y, drawn.lam))
                    for name, x in mixes.items()
                }
                | {"right": float((judge(drawn.x).argmax(1) == drawn.labels).float().mean())}
            )
        gaps.append((masks[:, 0].mean((1, 2)) - drawn.lam[:, 0]).abs())
        seen.append(masks[:, 0])
    mean = {name: round(float(np.mean([row[name] for row in rows])), 4) for name in rows[0]}
    diversity = float(np.mean([measure_diversity(masks) for masks in seen]))
    return {
        "recipe": asdict(recipe), "n": EACH * len(rows),
        "judge's loss on the block's mixes": mean["mix"],
        "judge's loss on blends of the same shares": mean["blend"],
        "judge's accuracy on clean pictures": mean["right"],
        "mean |share of A's mask - lam|": round(float(torch.cat(gaps).mean()), 4),
        "mean IoU distance of masks": round(diversity, 4),
    }  # fmt: skip


def _draw_held_out(source: PictureSource, recipe: BlockRecipe) -> Iterator[SourceMixes]:
    for i in range(JUDGED // EACH):
        yield draw_mixes(source, recipe, EACH, SMALL, Streams(recipe.seed, 2**33, i))


def write_metrics(folder: Path, name: str, found: dict[str, Any]) -> None:
    """Put one block's numbers beside those of others in the folder's metrics.json."""
    path = folder / "metrics.json"
    known = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    path.write_text(json.dumps({**known, name: found}, indent=1) + "\n", encoding="utf-8")
