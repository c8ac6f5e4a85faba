"""Small networks: quick to train on a processor, and open to all that reads maps.

`stages_named` are the layers after which Manifold Mixup may mix, shallow to deep.
"""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from mixcore.evidence.models.hybrid import CHANNELS, DIM, Hybrid

Shape = tuple[int, int, int]


class Pooled(nn.Module):
    """Maps (b, c, h, w) to logits: a mean over places and a linear layer, as CAM asks for."""

    def __init__(self, channels: int, k: int) -> None:
        super().__init__()
        from timm.layers import SelectAdaptivePool2d  # type: ignore[attr-defined]

        self.global_pool = SelectAdaptivePool2d(pool_type="avg", flatten=True)
        self.head = nn.Linear(channels, k)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.global_pool(self.forward_features(x)))

    def forward_features(self, x: Tensor) -> Tensor:
        """The last maps."""
        raise NotImplementedError

    def get_classifier(self) -> nn.Linear:
        """The linear layer at the end."""
        return self.head


def _block(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, 3, padding=1, bias=False), nn.BatchNorm2d(after), nn.ReLU(True)
    )


class SmallCNN(Pooled):
    """Four convolutions; the maps are halved until they are about 4 pixels wide."""

    stages_named = ("stage1", "stage2", "stage3")

    def __init__(self, shape: Shape, k: int, width: int = 32) -> None:
        super().__init__(4 * width, k)
        c, h, w = shape
        self.stem = _block(c, width)
        self.stage1 = _block(width, 2 * width)
        self.stage2 = _block(2 * width, 2 * width)
        self.stage3 = _block(2 * width, 4 * width)
        halvings = max(0, (min(h, w) // 4).bit_length() - 1)
        self.pools = [2 ** (halvings // 3 + (i < halvings % 3)) for i in range(3)]

    def forward_features(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for stage, pool in zip((self.stage1, self.stage2, self.stage3), self.pools, strict=True):
            x = stage(F.max_pool2d(x, pool) if pool > 1 else x)
        return x


def resnet18(shape: Shape, k: int) -> nn.Module:
    """timm's ResNet-18; for pictures under 96 pixels its stem is 3 x 3 without a pool."""
    import timm

    model = timm.create_model("resnet18", num_classes=k, in_chans=shape[0])
    if min(shape[1:]) < 96:
        model.conv1 = nn.Conv2d(shape[0], 64, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(model.conv1.weight, mode="fan_out", nonlinearity="relu")
        model.maxpool = nn.Identity()
    return model


VIT = {"layers": 4, "heads": 3}


def small_vit(shape: Shape, k: int) -> nn.Module:
    """A ViT of 4 blocks, 96 wide, 3 heads; patches of 2 pixels or more, about 8 of them a side."""
    from timm.models.vision_transformer import VisionTransformer

    c, h, w = shape
    patch, depth = max(2, min(h, w) // 8), VIT["layers"]
    model = VisionTransformer(
        img_size=(h, w), patch_size=patch, in_chans=c, num_classes=k, embed_dim=96, depth=depth,
        num_heads=VIT["heads"], mlp_ratio=2, dynamic_img_size=True, dynamic_img_pad=True,
    )  # fmt: skip
    model.stages_named = tuple(f"blocks.{i}" for i in range(depth))  # type: ignore[assignment]
    return model


class HybridViT(nn.Module):
    """A convolutional stem to 4 to 8 cells a side, then transformer blocks.

    The class token joins in the last of them: its attention must find the object at one look.
    """

    stages_named = ("stem", "hybrid.blocks.0", "hybrid.blocks.1")
    num_prefix_tokens = 1

    def __init__(self, shape: Shape, k: int) -> None:
        super().__init__()
        c, h, w = shape
        halvings = max(1, (min(h, w) // 8).bit_length() - 1)
        widths = [c, 32, 64, *[CHANNELS] * max(1, halvings - 1)]
        steps: list[nn.Module] = []
        for i, (before, after) in enumerate(pairwise(widths)):
            steps += [*_block(before, after)]
            if i < halvings:
                steps.append(nn.MaxPool2d(2))
        self.stem = nn.Sequential(*steps)
        self.hybrid = Hybrid(late=True)
        self.hybrid.head = nn.Linear(DIM, k)
        self.joins = self.hybrid.joins

    @property
    def blocks(self) -> nn.ModuleList:
        """The transformer's blocks, for whatever reads attention."""
        return self.hybrid.blocks

    @property
    def cls_token(self) -> nn.Parameter:
        """The class token."""
        return self.hybrid.cls_token

    def forward(self, x: Tensor) -> Tensor:
        return self.hybrid(self.stem(x))


class LastLayers(nn.Module):
    """EfficientNet-Lite0 with ImageNet's weights; its last stage and a new head are trained.

    Pictures under 64 pixels are enlarged to that, grey ones are repeated. The frozen part keeps
    its running means.
    """

    stages_named = ("frozen", "tail")

    def __init__(self, shape: Shape, k: int) -> None:
        super().__init__()
        from mixcore import naming

        whole: Any = copy.deepcopy(naming.load("cpu").model).requires_grad_(False)
        whole.reset_classifier(k)
        self.frozen = nn.Sequential(whole.conv_stem, whole.bn1, whole.blocks[:6])
        self.tail = nn.Sequential(whole.blocks[6:], whole.conv_head, whole.bn2)
        self.global_pool, self.head = whole.global_pool, whole.classifier
        for part in (self.tail, self.head):
            part.requires_grad_(True)

    def train(self, mode: bool = True) -> LastLayers:
        super().train(mode)
        self.frozen.eval()
        return self

    def forward_features(self, x: Tensor) -> Tensor:
        """The last maps."""
        x = x.expand(-1, 3, -1, -1)
        if min(x.shape[-2:]) < 64:
            x = F.interpolate(x, (64, 64), mode="bilinear", antialias=True)
        return self.tail(self.frozen(x))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.global_pool(self.forward_features(x)))

    def get_classifier(self) -> nn.Linear:
        """The linear layer at the end."""
        return self.head
