"""Needs of kinds of evidence, in words, and those that a model meets.

A model is judged by its parts, without running it. Importing this never imports torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

TOKENS = "a transformer with a class token"
MAPS = "a convolutional model that ends in a mean over places and a linear layer"
MODEL = "any model that can be differentiated"
MASKS = "generated scenes"
OTHER = "another kind of evidence"
NOTHING = "nothing but the picture"

NEEDS = (TOKENS, MAPS, MODEL, NOTHING, MASKS, OTHER)
"""All of them, in the order in which kinds of evidence are listed."""


def list_met(model: nn.Module) -> tuple[str, ...]:
    """Which of NEEDS a model meets."""
    from torch import nn

    from mixcore.unwrap import unwrap_model

    model = unwrap_model(model)
    pool = getattr(getattr(model, "global_pool", None), "pool_type", "")
    head: Any = getattr(model, "get_classifier", lambda: None)()
    met = {
        TOKENS: why_no_attention(model) is None,
        MAPS: pool == "avg" and isinstance(head, nn.Linear),
        MODEL: True,
    }
    return tuple(need for need in NEEDS if met.get(need))


def why_no_attention(model: Any) -> str | None:
    """Why the class attention of a model cannot be read; None where it can."""
    from timm.models.vision_transformer import Attention  # type: ignore[attr-defined]

    layers = [getattr(block, "attn", None) for block in getattr(model, "blocks", [])]
    # Others (EVA, BEiT, Swin, DINOv3) put positions into the scores, or never call their qkv layer.
    if not layers or any(type(attention) is not Attention for attention in layers):
        return "its attention is of another kind, or it has none"
    if not getattr(model, "num_prefix_tokens", 0) or getattr(model, "cls_token", None) is None:
        return "it has no class token"
    return None
