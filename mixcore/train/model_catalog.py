"""Models that can be trained: small ones made here, and timm's by name; input in [0, 1].

Each says where Manifold Mixup may mix (`layers`); those with a class token or with a mean over
places and a linear head also give the maps that evidence methods ask for.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn

from mixcore.evidence.models.normalized import Normalized
from mixcore.train.networks import HybridViT, LastLayers, Shape, SmallCNN, resnet18, small_vit


def build_model(
    name: str, shape: Shape, k: int, mean: tuple[float, ...], std: tuple[float, ...]
) -> Normalized:
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
    return Normalized(inner, mean, std)


def list_layers(model: Any) -> tuple[str, ...]:
    """Names of the layers between which features may be mixed, shallow to deep."""
    inner = model.inner
    named = getattr(inner, "stages_named", None)
    if named is None and getattr(inner, "feature_info", None):
        named = [str(info["module"]) for info in inner.feature_info if info.get("module")]
    known = dict(inner.named_modules())
    return tuple(f"inner.{name}" for name in named or () if name in known)


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


def count_parameters(model: nn.Module) -> int:
    """How many numbers it learns."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def list_weights(model: nn.Module) -> dict[str, Tensor]:
    """Everything that its state is, by name."""
    return dict(model.state_dict())
