"""All kinds of evidence by name, with what each needs: what pages and the command line read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from torch import Tensor, nn

from mixcore.evidence.kinds.attention import why_no_attention
from mixcore.evidence.map import Evidence
from mixcore.moved import find_renamed
from mixcore.unwrap import unwrap_model

__getattr__ = find_renamed(__name__)

Provider = Callable[..., Evidence]
"""provider(x, y=None) -> Evidence: pictures (b, 3, h, w), classes (b,) where it asks for one."""

MAPS, TOKENS, MODEL, MASKS, OTHER, NOTHING = (
    "a convolutional model that ends in a mean over places and a linear layer",
    "a transformer with a class token",
    "any model that can be differentiated",
    "generated scenes",
    "another kind of evidence",
    "nothing but the picture",
)


@dataclass(frozen=True)
class Kind:
    """One kind of evidence: its title, what it needs, what it costs, and where it is made.

    asks  whether it is about one class, which is the likeliest where none is given
    """

    title: str
    needs: str
    cost: str
    home: str
    asks: bool = False


KINDS = {
    "attention": Kind("Class attention", TOKENS, "under 1 % of a pass",
                      "attention.ClassAttention"),
    "rollout": Kind("Attention rollout", TOKENS, "some per cent of a pass", "rollout.Rollout"),
    "gradient-attention": Kind("Gradient × attention", TOKENS, "under a pass",
                               "rollout.GradientAttention", True),
    "cam": Kind("CAM", MAPS, "next to nothing", "cam.CAM", True),
    "features": Kind("Mean of the last features", MAPS, "next to nothing", "cam.FeatureMean"),
    "grad-cam": Kind("Grad-CAM", MODEL, "a backward pass", "gradcam.GradCAM", True),
    "saliency": Kind("Gradient saliency", MODEL, "2 passes", "captum_maps.GradientSaliency", True),
    "integrated-gradients": Kind("Integrated gradients", MODEL, "64 passes: seconds",
                                 "captum_maps.IntegratedGradients", True),
    "occlusion": Kind("Occlusion", MODEL, "169 passes at 224 px: seconds",
                      "captum_maps.Occlusion", True),
    "spectral-residual": Kind("Spectral residual", NOTHING, "a millisecond",
                              "spectral_residual.SpectralResidual"),
    "exact-mask": Kind("Exact mask", MASKS, "nothing", "exact.ExactMask"),
    "uniform": Kind("Uniform (control)", NOTHING, "nothing", "control_maps.Uniform"),
    "centre": Kind("Centred Gaussian (control)", NOTHING, "nothing", "control_maps.Centre"),
    "shuffled": Kind("Shuffled (control)", OTHER, "nothing", "control_maps.Shuffled"),
}  # fmt: skip


def providers() -> dict[str, str]:
    """Every kind of evidence by name, and what it needs in words."""
    return {name: kind.needs for name, kind in KINDS.items()}


def provider(name: str, *source: nn.Module | Tensor | Provider, **options: Any) -> Provider:
    """The provider of that name, for its source: a model, the exact masks, another provider.

    ValueError for a name that is not known, and for a source where none or another is needed.
    """
    if name not in KINDS:
        raise ValueError(f"There is no evidence {name!r}; known: {', '.join(KINDS)}.")
    kind = KINDS[name]
    if len(source) != (0 if kind.needs == NOTHING else 1):
        raise ValueError(f"{kind.title} needs {kind.needs}, got {len(source)} sources.")
    module, _, maker = kind.home.partition(".")
    made: Provider = getattr(import_module(f"mixcore.evidence.kinds.{module}"), maker)(
        *source, **options
    )
    return made


def list_possible(model: nn.Module) -> tuple[str, ...]:
    """The names of what this model can give, judged by its parts, without running it."""
    model = unwrap_model(model)
    found = [MODEL]
    if not why_no_attention(model):
        found.append(TOKENS)
    pool = getattr(getattr(model, "global_pool", None), "pool_type", "")
    head: Any = getattr(model, "get_classifier", lambda: None)()
    if pool == "avg" and isinstance(head, nn.Linear):
        found.append(MAPS)
    return tuple(name for name, kind in KINDS.items() if kind.needs in found)
