"""Base of objectives whose mixes are drawn by a network that learns beside the model.

A moving average of the model, the teacher, gives the block its features and judges its mixes; the
block takes a step of its own on that, and then the model learns from other mixes of the same
pictures, whose masks get no gradient. The teacher never gets one.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mixcore.losses.mix_generator import soft_cross_entropy
from mixcore.mixers.mask_sheet import draw_mask_sheet
from mixcore.mixers.mix_block import MixBlock, measure_diversity, mix_pictures
from mixcore.moment import Moment, Players, Setting, hold_still
from mixcore.moving_average import update_average
from mixcore.params import Declared, choice, declared, flag, integer, real
from mixcore.sheets.panels import Sheet
from mixcore.unwrap import hear_hooks

LAST = 0.999999  # the teacher's decay at the end of the training


@dataclass(frozen=True, eq=False)
class MixDraw:
    """Whose pictures are mixed: index (b, n) and their shares (n,), one draw for the batch."""

    index: Tensor
    lam: Tensor

    @property
    def shares(self) -> Tensor:
        """The shares of every mix, (b, n)."""
        return self.lam.expand(len(self.index), -1)

    def blend(self, values: Tensor) -> Tensor:
        """Values (b, ...) of the pictures, summed by their shares."""
        chosen = values[self.index]
        return (self.lam.view(-1, *[1] * (values.ndim - 1)) * chosen).sum(1)


@declared
class LearnedMix(Declared):
    """A teacher, a block and what such objectives do alike: `class Name(LearnedMix, Objective)`."""

    depth: int = integer(
        1, 1, 3, accepts=(1, 16), title="Layer",
        help="Layer whose maps the block reads, counted from the last",
    )  # fmt: skip
    momentum: float = real(
        0.999, 0.0, 0.9999, step=0.001, help="Decay of the teacher's average; it ends near 1",
        source="released configurations",
    )  # fmt: skip
    catch_up: bool = flag(
        True, title="Follow fast at first", help="Let the teacher follow the model fast at first, "
        "with a decay of at most (1 + step) / (10 + step); a short run's would else stay untrained",
        source="ours; the paper's runs are long",
    )  # fmt: skip
    block_lr: float = real(
        0.003, 1e-5, 0.1, step=0.001, help="Highest learning rate of the block, by Adam", log=True
    )
    upsample: str = choice(
        "nearest", "bilinear", help="How masks get from the layer's grid to the pictures"
    )
    tell_lam: bool = flag(
        True, help="Whether the block is told lam, as one more channel of its features"
    )

    def build(self, setting: Setting) -> Players:
        """The teacher as the model is now, and a block for its maps."""
        teacher = copy.deepcopy(setting.model).requires_grad_(False).eval()
        probe = torch.zeros(2, *setting.shape, dtype=torch.float32, device=setting.device)
        maps = read_maps(teacher, self.name_layer(setting), probe)
        block = self.make_block(maps.shape[1]).to(setting.device)
        optimizer = torch.optim.Adam(block.parameters(), self.block_lr)
        return Players({"teacher": teacher, "block": block}, {"block": optimizer}, scheduled=True)

    def name_layer(self, setting: Setting) -> str:
        """The layer that `depth` names; ValueError for a model that has not so many."""
        if not 1 <= self.depth <= len(setting.layers):
            raise ValueError(
                f"depth must be in [1, {len(setting.layers)}], as many layers as "
                f"this model names, got {self.depth}."
            )
        return setting.layers[-self.depth]

    def make_block(self, channels: int) -> MixBlock:
        """A block for maps of so many channels."""
        raise NotImplementedError

    def draw(self, moment: Moment, name: str) -> MixDraw:
        """Who is mixed with whom and how much, from a stream of that name."""
        raise NotImplementedError

    def train_block(self, moment: Moment, draw: MixDraw, maps: Tensor) -> dict[str, Tensor]:
        """One step of the block; readings of it."""
        raise NotImplementedError

    def follow_model(self, moment: Moment) -> Tensor:
        """Bring the teacher's average up to date; its maps of the clean pictures."""
        teacher = moment.players["teacher"]
        step = moment.step if self.catch_up else None
        momentum = find_momentum(self.momentum, moment.progress, step)
        update_average(teacher, moment.model, momentum)
        return read_maps(teacher, self.name_layer(moment.setting), moment.batch.x)

    def draw_masks(self, block: nn.Module, draw: MixDraw, maps: Tensor, x: Tensor) -> Tensor:
        """Masks (b, n, h, w) of the block for pictures x (b, c, h, w), with their gradient."""
        h, w = x.shape[-2:]
        found: Tensor = block(maps[draw.index], draw.shares, (h, w), self.upsample)
        return found

    def mix_for_model(
        self, moment: Moment, draw: MixDraw, maps: Tensor, constant: bool
    ) -> tuple[Tensor, Tensor]:
        """The model's mixes, and their soft labels; constant masks are plain blending."""
        x = moment.batch.x
        target = draw.blend(moment.target(None))
        if constant:
            return draw.blend(x), target
        with torch.no_grad():
            masks = self.draw_masks(moment.players["block"], draw, maps, x)
        return mix_pictures(x[draw.index], masks), target

    def judge(self, moment: Moment, draw: MixDraw, maps: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The teacher's logits of the block's mixes, its loss on them, and the masks."""
        x = moment.batch.x
        masks = self.draw_masks(moment.players["block"], draw, maps, x)
        logits = moment.predict(mix_pictures(x[draw.index], masks), moment.players["teacher"])
        return logits, soft_cross_entropy(logits, moment.y[draw.index], draw.shares), masks

    def draw_sheet(
        self, setting: Setting, players: Players, history: Sequence[Mapping[str, float]]
    ) -> Sheet | None:
        """Masks of the shown pairs at three shares, how far they are from lam, and the losses."""
        x = setting.shown.x
        teacher, block = players["teacher"], players["block"]
        maps = read_maps(teacher, self.name_layer(setting), x)
        partners = torch.arange(len(x), dtype=torch.int64, device=x.device).roll(-1)

        def draw(lam: float) -> Tensor:
            own = torch.arange(len(x), dtype=torch.int64, device=x.device)
            pairs = MixDraw(torch.stack([own, partners], 1), x.new_tensor([lam, 1 - lam]))
            with torch.no_grad():
                return self.draw_masks(block, pairs, maps, x)[:, 0]

        return draw_mask_sheet(x, x[partners], draw, history)


def read_maps(network: nn.Module, layer: str, x: Tensor) -> Tensor:
    """What a layer gives, (b, c, h, w), without gradients; tokens are laid out as their grid.

    ValueError where it gives neither maps nor the tokens of a square grid.
    """
    found: list[Any] = []
    module = dict(network.named_modules())[layer]
    handle = module.register_forward_hook(lambda module, inputs, output: found.append(output))
    try:
        with torch.no_grad(), hold_still(network), hear_hooks(network):
            network(x)
    finally:
        handle.remove()
    values = found[-1]
    if isinstance(values, Tensor) and values.ndim == 3:
        side = math.isqrt(values.shape[1])
        cells = values[:, values.shape[1] - side * side :]  # without the class token before them
        values = cells.transpose(1, 2).unflatten(2, (side, side))
    if not isinstance(values, Tensor) or values.ndim != 4:
        raise ValueError(f"The layer {layer!r} gives no maps (b, c, h, w): choose another depth.")
    return values.float()


def find_momentum(start: float, progress: float, step: int | None = None) -> float:
    """The teacher's decay: from start to LAST along half a cosine.

    At most (1 + step) / (10 + step) where the step is given, as averages are usually warmed up.
    """
    slow = LAST - (LAST - start) * (math.cos(math.pi * progress) + 1) / 2
    return slow if step is None else min(slow, (1 + step) / (10 + step))


def clean_loss(moment: Moment) -> Tensor:
    """The model's cross-entropy on the clean pictures."""
    return F.cross_entropy(moment.predict(moment.batch.x), moment.target(None))


def read_masks(masks: Tensor, draw: MixDraw, loss: Tensor) -> dict[str, Tensor]:
    """Readings of a step: the teacher's loss, the masks' distance from lam, their diversity."""
    own = masks[:, 0].detach()
    return {
        "generated": loss.detach(),
        "gap": (own.mean((1, 2)) - draw.lam[0]).abs().mean(),
        "diversity": measure_diversity(own),
    }


def permute(random: np.random.Generator, n: int, b: int, device: torch.device) -> Tensor:
    """The samples beside n - 1 permutations of them, (b, n)."""
    own = np.arange(b)
    columns = [own, *(random.permutation(b) for _ in range(n - 1))]
    return torch.from_numpy(np.stack(columns, 1)).to(device)
