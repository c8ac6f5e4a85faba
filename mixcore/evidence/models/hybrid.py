"""A small transformer on the features of a frozen convolutional network.

Tokens are the cells of EfficientNet-Lite0's fifth stage: 112 channels, one cell for 16 x 16
pixels. The class token either joins in the last block only ("late") or is there from the first
("plain"). In the plain model it can collect what it needs before, and the last block's attention
is free to wander; in the late model that one look must find the object, and its map is better.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

CHANNELS, STRIDE = 112, 16
DIM, HEADS, DEPTH = 192, 3, 3
CLASSES = 1000


# Of the late one only the last block has a class token that looks anywhere.
READABLE = {True: {"layers": 1, "heads": HEADS}, False: {"layers": DEPTH, "heads": HEADS}}


class Hybrid(nn.Module):
    """Features (b, 112, h, w) to logits (b, 1000), any h and w; 1.1 million parameters.

    mean and std are the features' own, per channel, and part of the model. `blocks` are timm's, so
    whatever reads the attention of a timm ViT reads this one's; `joins` is the block, counted from
    0, in which the class token joins.
    """

    num_prefix_tokens = 1
    mean: Tensor
    std: Tensor

    def __init__(self, *, late: bool = True) -> None:
        super().__init__()
        from timm.models.vision_transformer import Block

        self.joins = DEPTH - 1 if late else 0
        self.register_buffer("mean", torch.zeros(CHANNELS, 1, 1))
        self.register_buffer("std", torch.ones(CHANNELS, 1, 1))
        self.embed = nn.Linear(CHANNELS, DIM)
        self.norm = nn.LayerNorm(DIM)
        self.cls_token = nn.Parameter(torch.empty(1, 1, DIM))
        self.blocks = nn.ModuleList(
            Block(DIM, HEADS, mlp_ratio=2, qkv_bias=True) for _ in range(DEPTH)
        )
        self.last_norm = nn.LayerNorm(DIM)
        self.head = nn.Linear(DIM, CLASSES)
        self.apply(_start)
        nn.init.trunc_normal_(self.cls_token, std=0.02)

    def forward(self, features: Tensor) -> Tensor:
        return self.head(self.embed_whole(features))

    def embed_whole(self, features: Tensor) -> Tensor:
        """What the head reads, (b, 192): the class token after the last block."""
        x = self._run_alone(features)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1).to(x), x], 1)
        for block in self.blocks[self.joins :]:
            x = block(x)
        return self.last_norm(x[:, 0])

    def compute_cells(self, features: Tensor) -> Tensor:
        """The cells where the class token joins them, (b, 192, h, w)."""
        return self._run_alone(features).transpose(1, 2).unflatten(2, features.shape[-2:])

    def _run_alone(self, features: Tensor) -> Tensor:
        """The cells (b, h w, 192) after the blocks that have no class token yet."""
        cells = ((features - self.mean) / self.std).flatten(2).transpose(1, 2)
        x = self.norm(self.embed(cells)) + make_positions(*features.shape[-2:]).to(cells)
        for block in self.blocks[: self.joins]:
            x = block(x)
        return x


def make_positions(height: int, width: int) -> Tensor:
    """Where each cell lies in the frame, (height * width, DIM) float32, row by row.

    Sines and cosines of both coordinates, each as a share of its side, halved so that they do not
    drown the features. Half a wave to four waves a side: the most that a grid of 8 can tell
    apart, so that a coarse and a fine grid name a place alike.
    """
    waves = 0.5 * 8 ** torch.linspace(0, 1, DIM // 4, dtype=torch.float32, device="cpu")
    parts = []
    for n in (height, width):
        middle = (torch.arange(n, dtype=torch.float32, device="cpu") + 0.5) / n
        angle = 2 * math.pi * torch.outer(middle, waves)
        parts.append(torch.cat([angle.sin(), angle.cos()], 1))
    rows = parts[0][:, None].expand(-1, width, -1)
    columns = parts[1][None].expand(height, -1, -1)
    return 0.5 * torch.cat([rows, columns], -1).flatten(0, 1)


def _start(module: nn.Module) -> None:
    if isinstance(module, nn.Linear):
        nn.init.trunc_normal_(module.weight, std=0.02)
        nn.init.zeros_(module.bias)
