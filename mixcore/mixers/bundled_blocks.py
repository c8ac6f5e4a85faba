"""The bundled mix blocks: loaded once, checked, for features of the bundled models.

They are made by `python -m mixcore train-mix-block`; see assets/mix_blocks/MODEL_CARD.md for their
data and its terms.
"""

from __future__ import annotations

import threading
from pathlib import Path

import torch

from mixcore.data import ASSETS
from mixcore.evidence.models.bundled import read_weights
from mixcore.evidence.models.hidden_features import WIDTHS
from mixcore.isolate import isolate
from mixcore.mixers.mix_block import MixBlock, PairMixBlock, SetMixBlock

FOLDER = ASSETS / "mix_blocks"
KINDS: dict[str, type[MixBlock]] = {"automix": PairMixBlock, "adautomix": SetMixBlock}

_lock = threading.Lock()
_loaded: dict[tuple[str, str], MixBlock] = {}


@isolate
def load_block(method: str, features: str) -> MixBlock:
    """The block of a method on hidden features, on the CPU in eval mode; one for every caller.

    Args:
        method: "automix" or "adautomix".
        features: a name of Batch.hidden, "lite0" or "hybrid".

    Returns:
        The block; its parameters ask for no gradients.

    Raises:
        WeightsError: where its file is missing or damaged.

    Example:
        >>> from mixcore.mixers.bundled_blocks import load_block
        >>> load_block("automix", "lite0").channels
        112
    """
    with _lock:
        key = method, features
        if key not in _loaded:
            block = read_block(FOLDER / f"{name_block(method, features)}.safetensors")
            _loaded[key] = block.requires_grad_(False)
        return _loaded[key]


def make_block(method: str, features: str) -> MixBlock:
    """A block as a training starts from it, in float32 on the CPU."""
    with torch.device("cpu"):
        return KINDS[method](WIDTHS[features]).float()


def name_block(method: str, features: str) -> str:
    """The name of a block's file, without its ending."""
    return f"{method}-{features}"


def read_block(path: Path) -> MixBlock:
    """The block in a file whose name says which one it is."""
    method, _, features = path.stem.partition("-")
    block = make_block(method, features)
    block.load_state_dict(read_weights(path, "train-mix-block"))
    return block.eval()
