"""The bundled models: loaded once, checked, sharing Lite0 with the naming.

Weights are safetensors, their SHA-256 in SHA256SUMS beside them: a damaged file is refused with a
sentence instead of giving maps that look like evidence.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import torch

from mixcore import naming
from mixcore.data import ASSETS
from mixcore.evidence.models.hybrid import Hybrid
from mixcore.evidence.models.lite0_halves import Seer
from mixcore.moved import find_renamed

__getattr__ = find_renamed(__name__)

FOLDER = ASSETS / "evidence"
NAMES = ("late", "plain")
SUMS = "SHA256SUMS"

_lock = threading.Lock()
_loaded: dict[tuple[str, torch.device], Seer] = {}


class WeightsError(OSError):
    """Weights are missing or damaged; the message says which and what to do."""


def load(name: str = "late", device: str | torch.device | None = None) -> Seer:
    """The "late" or the "plain" model in eval mode; the same object for every caller.

    device None takes it where Lite0 is in memory, or else on the CPU. Safe from several threads.
    Raises ValueError for another name, WeightsError and naming.NamingError where files are not
    as they should be.
    """
    if name not in NAMES:
        raise ValueError(f"The bundled models are {' and '.join(NAMES)}, got {name!r}.")
    lite0 = naming.load(device)
    with _lock:
        key = name, lite0.device
        if key not in _loaded:
            hybrid = read_hybrid(FOLDER / f"{name}.safetensors").to(lite0.device)
            title = f"hybrid with a {name} class token"
            _loaded[key] = Seer(lite0.model, hybrid, title).eval().requires_grad_(False)
        return _loaded[key]


def read_hybrid(path: Path) -> Hybrid:
    """The hybrid in a file whose name says which one it is, in float32 on the CPU."""
    model = Hybrid(late=path.stem == "late")
    model.load_state_dict(read_weights(path, "train-evidence"))
    return model.eval()


def read_weights(path: Path, command: str) -> dict[str, torch.Tensor]:
    """The weights in a file in float32 on the CPU; command is what makes such a file.

    WeightsError where it is missing, or is not the file that SHA256SUMS beside it names.
    """
    from safetensors.torch import load as tensors

    if not path.is_file():
        raise WeightsError(f"{_short(path)} is missing: get it again, or make it by {command}.")
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != _sums(path.parent).get(path.name):
        raise WeightsError(f"{_short(path)} is not the file that {SUMS} names: get it again.")
    return {key: value.float() for key, value in tensors(content).items()}


def compute_digest(name: str) -> str:
    """The SHA-256 that the weights of a bundled model must have, of them and of Lite0 below it."""
    return f"{_sums(FOLDER)[f'{name}.safetensors']} {naming.compute_digest()}"


def write_weights(model: torch.nn.Module, path: Path) -> None:
    """Save the weights in half precision, the features' mean and std in full, and their sum."""
    from safetensors.torch import save

    whole = ("mean", "std")
    state = {
        key: value.detach().cpu().contiguous().to(torch.float32 if key in whole else torch.float16)
        for key, value in model.state_dict().items()
    }
    content = save(state)
    path.write_bytes(content)
    sums = {**_sums(path.parent), path.name: hashlib.sha256(content).hexdigest()}
    lines = (f"{total}  {name}\n" for name, total in sorted(sums.items()))
    (path.parent / SUMS).write_text("".join(lines), encoding="utf-8")


def _short(path: Path) -> str:
    """A file and where it lies, without the folders of one machine."""
    return "/".join(path.parts[-3:])


def _sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    if not path.is_file():
        return {}
    pairs = (line.split() for line in path.read_text(encoding="utf-8").splitlines())
    return {name: total for total, name in pairs}
