"""Checkpoints as safetensors, written whole or not at all; no pickle anywhere.

`last.safetensors` holds all that training needs to go on: weights, averaged weights, the
optimiser, and in the file's own header the counters. `epoch-NNNN.safetensors` hold the weights
that were judged after an epoch; when there are too many, every second one goes.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.optim import Optimizer

from mixcore.runs import files
from mixcore.train.model_catalog import list_weights

LAST = "last.safetensors"
KEEP = 24  # epochs


@dataclass
class Counters:
    """Progress of training: steps done, epochs judged, and sums of the epoch so far."""

    step: int = 0
    epoch: int = 0
    seconds: float = 0.0
    tally: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class PackedState:
    """A state as it was at one moment, in memory of its own."""

    tensors: dict[str, Tensor]
    counters: str
    step: int
    at: float  # on the monotonic clock


def pack_state(
    modules: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer], now: Counters
) -> PackedState:
    """All that training needs to go on from here."""
    tensors: dict[str, Tensor] = {}
    for owner, module in modules.items():
        tensors |= {f"{owner}/{name}": value for name, value in list_weights(module).items()}
    for owner, optimizer in optimizers.items():
        for i, state in optimizer.state_dict()["state"].items():
            for name, value in state.items():
                if isinstance(value, Tensor):
                    tensors[f"{owner}/{i}/{name}"] = value
    return PackedState(_own(tensors), json.dumps(vars(now)), now.step, time.monotonic())


def write_last(folder: Path, packed: PackedState) -> None:
    """Write last.safetensors; on a full disk the one before stays."""
    _write(folder / LAST, packed.tensors, {"counters": packed.counters})


def load_last(
    folder: Path, modules: Mapping[str, nn.Module], optimizers: Mapping[str, Optimizer]
) -> Counters:
    """Take up what last.safetensors holds; counters at 0 where there is none yet.

    ValueError where the file is damaged or holds other networks.
    """
    path = folder / LAST
    if not path.is_file():
        return Counters()
    try:
        tensors = load_file(path)
        with safe_open(path, "pt") as file:  # type: ignore[no-untyped-call]
            counters = Counters(**json.loads(file.metadata()["counters"]))
        for owner, module in modules.items():
            module.load_state_dict(_under(owner, tensors))
        for owner, optimizer in optimizers.items():
            optimizer.load_state_dict(_optimizer_state(optimizer, _under(owner, tensors)))
    except Exception as error:
        raise ValueError(
            f"The checkpoint {path.name} cannot be taken up ({error}): delete it to start anew."
        ) from None
    return counters


def write_epoch(folder: Path, epoch: int, model: nn.Module, facts: Mapping[str, Any]) -> None:
    """Write the judged weights of an epoch, counted from 1, and what a model is built from."""
    kept = sorted(folder.glob("epoch-*.safetensors"))
    if len(kept) >= KEEP:
        for path in kept[::2]:
            path.unlink()
    header = {"facts": json.dumps({**facts, "epoch": epoch})}
    _write(folder / f"epoch-{epoch:04d}.safetensors", _own(list_weights(model)), header)


def read_facts(path: Path) -> dict[str, Any]:
    """What `keep` was told beside the weights: shape, classes, mean, std, epoch."""
    with safe_open(path, "pt") as file:  # type: ignore[no-untyped-call]
        return json.loads(file.metadata()["facts"])


def check_room(folder: Path, modules: Mapping[str, nn.Module]) -> None:
    """ValueError where the disk has no room for the checkpoints of a whole run."""
    sizes = {
        owner: sum(value.nbytes for value in list_weights(module).values())
        for owner, module in modules.items()
    }
    wanted, free = KEEP * sizes["model"] + 8 * sum(sizes.values()), shutil.disk_usage(folder).free
    if free < wanted:
        raise ValueError(
            f"The disk has {free / 1e6:,.0f} MB left, and this run's checkpoints may need "
            f"{wanted / 1e6:,.0f} MB: free some space first."
        )


def _write(path: Path, tensors: dict[str, Tensor], facts: dict[str, str]) -> None:
    with files.write_aside(path, lasting=True) as other:
        save_file(tensors, other, metadata=facts)


def _own(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Copies on the CPU: none shares memory with another, or changes as training goes on."""
    return {
        name: value.detach().to("cpu", copy=True).contiguous() for name, value in tensors.items()
    }


def _under(name: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    start = f"{name}/"
    return {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}


def _optimizer_state(optimizer: Optimizer, tensors: dict[str, Tensor]) -> dict[str, Any]:
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        i, _, name = key.partition("/")
        state.setdefault(int(i), {})[name] = value
    return {"state": state, "param_groups": optimizer.state_dict()["param_groups"]}
