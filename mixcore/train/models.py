"""What can be trained: small networks of our own, and timm's by name. All take pictures in [0, 1].

Each says where Manifold Mixup may mix (`layers`); those with a class token or with a mean over
places and a linear head also give the maps that evidence methods ask for.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from mixcore.evidence.hybrid import CHANNELS, DIM, Hybrid
from mixcore.evidence.normalised import Normalised

Shape = tuple[int, int, int]


def build(
    name: str, shape: Shape, k: int, mean: tuple[float, ...], std: tuple[float, ...]
) -> Normalised:
    """An untrained model of that name for pictures (c, h, w) of k classes.

    Its weights are drawn from torch's generator. ValueError for a name that is not known, and
    for pictures that the model cannot take.
    """
    kind, _, rest = name.partition(":")
    if kind == "timm" and rest:
        inner = _timm(rest, shape, k)
    elif name in MODELS:
        inner = MODELS[name](shape, k)
    else:
        raise ValueError(f"There is no model {name!r}; known: {', '.join(MODELS)}, timm:NAME.")
    if name == "lite0":  # it was trained on pictures in [-1, 1]
        mean, std = (0.5,) * shape[0], (0.5,) * shape[0]
    return Normalised(inner, mean, std)


def layers(model: Any) -> tuple[str, ...]:
    """Names of the layers between which features may be mixed, shallow to deep."""
    inner = model.inner
    named = getattr(inner, "stages_named", None)
    if named is None and getattr(inner, "feature_info", None):
        named = [str(info["module"]) for info in inner.feature_info if info.get("module")]
    known = dict(inner.named_modules())
    return tuple(f"inner.{name}" for name in named or () if name in known)


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


def small_vit(shape: Shape, k: int) -> nn.Module:
    """A ViT of 4 blocks, 96 wide, 3 heads; patches of 2 pixels or more, about 8 of them a side."""
    from timm.models.vision_transformer import VisionTransformer

    c, h, w = shape
    patch, depth = max(2, min(h, w) // 8), 4
    model = VisionTransformer(
        img_size=(h, w), patch_size=patch, in_chans=c, num_classes=k, embed_dim=96, depth=depth,
        num_heads=3, mlp_ratio=2, dynamic_img_size=True, dynamic_img_pad=True,
    )  # fmt: skip
    model.stages_named = tuple(f"blocks.{i}" for i in range(depth))  # type: ignore[assignment]
    return model


class HybridViT(nn.Module):
    """A convolutional stem to 4 to 8 cells a side, then blocks in the last of which the class token
    joins: its attention must find the object at one look."""

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


def _timm(name: str, shape: Shape, k: int) -> nn.Module:
    import timm

    if not timm.is_model(name):
        raise ValueError(f"timm has no model {name!r}.")
    facts: dict[str, Any] = {"num_classes": k, "in_chans": shape[0]}
    try:
        return timm.create_model(name, img_size=shape[1:], **facts)
    except TypeError:  # convolutional ones take any size, and no such argument
        return timm.create_model(name, **facts)
    except (AssertionError, ValueError) as error:
        raise ValueError(
            f"{name} cannot take pictures of {shape[1]} x {shape[2]}: {error}"
        ) from None


MODELS: dict[str, Callable[[Shape, int], nn.Module]] = {
    "small_cnn": SmallCNN, "resnet18": resnet18, "small_vit": small_vit, "hybrid_vit": HybridViT,
    "lite0": LastLayers,
}  # fmt: skip


def parameters(model: nn.Module) -> int:
    """How many numbers it learns."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def weights(model: nn.Module) -> dict[str, Tensor]:
    """Everything that its state is, by name."""
    return dict(model.state_dict())
