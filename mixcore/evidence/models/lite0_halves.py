"""EfficientNet-Lite0 in two halves: features for the hybrid, and the rest up to its logits."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from mixcore.evidence.models.hybrid import Hybrid

STAGES = 5  # of the 7; the fifth ends in 112 channels, one cell for 16 x 16 pixels


def compute_features(lite0: Any, x: Tensor) -> Tensor:
    """Images (b, 3, h, w) in [0, 1] to the fifth stage's output, (b, 112, h / 16, w / 16)."""
    return lite0.blocks[:STAGES](lite0.bn1(lite0.conv_stem((x - 0.5) / 0.5)))


def finish(lite0: Any, found: Tensor) -> Tensor:
    """The next part of Lite0: from `features` to its last features, (b, 1280, h / 32, w / 32)."""
    return lite0.bn2(lite0.conv_head(lite0.blocks[STAGES:](found)))


def compute_logits(lite0: Any, found: Tensor) -> Tensor:
    """The rest of Lite0: from `features` to the logits of ImageNet's 1000 classes."""
    return lite0.forward_head(finish(lite0, found))


class Seer(nn.Module):
    """A hybrid on top of Lite0: images (b, 3, h, w) in [0, 1] to logits (b, 1000).

    Looks like a timm ViT to whatever reads attention: blocks, cls_token, num_prefix_tokens.
    Lite0 may be shared with others, so moving this model would move theirs: load one per device.
    """

    def __init__(self, lite0: nn.Module, hybrid: Hybrid, name: str) -> None:
        super().__init__()
        self.lite0, self.hybrid, self.name = lite0, hybrid, name
        self.num_prefix_tokens, self.joins = hybrid.num_prefix_tokens, hybrid.joins

    @property
    def blocks(self) -> nn.ModuleList:
        return self.hybrid.blocks

    @property
    def cls_token(self) -> nn.Parameter:
        return self.hybrid.cls_token

    def forward(self, x: Tensor) -> Tensor:
        return self.hybrid(compute_features(self.lite0, x))
