"""Models back from a run's checkpoints: for evidence, for replaying how a model learned."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file

from mixcore.evidence.models.normalized import Normalized
from mixcore.moved import find_renamed
from mixcore.runs import Run
from mixcore.runs.types import find_problem
from mixcore.train import checkpoint, model_catalog
from mixcore.train.networks import Shape
from mixcore.train.training_request import TrainingRequest

__getattr__ = find_renamed(__name__)

FACTS = {"shape": (int, int, int), "classes": int, "mean": [float], "std": [float]}
MOST, SIDE = 100_000, 4096  # classes, and pixels a side, that a model could have


def list_epochs(run: Run) -> list[int]:
    """The epochs whose weights are kept, counted from 1; empty before the first has ended."""
    return [int(path.stem.rpartition("-")[2]) for path in run.checkpoints()]


def load_model(run: Run, epoch: int | None = None) -> Normalized:
    """The model as it was judged after an epoch, the last kept one if None, in eval mode.

    It takes pictures in [0, 1] of as many channels as it was trained on. ValueError where these
    weights are not kept, or are damaged.
    """
    return read_weights(_path(run, epoch), TrainingRequest.from_dict(run.job().config).model)


def read_shape(run: Run, epoch: int | None = None) -> Shape:
    """The pictures that `load` gives a model for, (c, h, w)."""
    c, h, w = read_facts(_path(run, epoch))["shape"]
    return c, h, w


def read_run_facts(run: Run) -> dict[str, Any]:
    """What its last kept weights are for: shape, classes, mean, std; ValueError as `load_model`."""
    return read_facts(_path(run, None))


def _path(run: Run, epoch: int | None) -> Path:
    kept = list_epochs(run)
    if not kept or (epoch is not None and epoch not in kept):
        have = ", ".join(map(str, kept)) or "none yet"
        raise ValueError(f"{run.id} has no weights of epoch {epoch or 'any'}; it has: {have}.")
    return run.checkpoints()[kept.index(epoch) if epoch is not None else -1]


def read_facts(path: Path) -> dict[str, Any]:
    """The facts in a file of weights; ValueError where it is damaged or means too much."""
    try:
        facts = checkpoint.read_facts(path)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}.") from None
    problem = find_problem(facts, FACTS)
    if (
        problem
        or not 1 <= facts["classes"] <= MOST
        or not all(0 < n <= SIDE for n in facts["shape"])
    ):
        raise ValueError(f"{path.name} cannot be read: {problem or 'its sizes make no sense'}.")
    return facts


def read_weights(path: Path, name: str) -> Normalized:
    """A model of that name with the weights of a file; ValueError where it is damaged."""
    facts = read_facts(path)
    try:
        mean, std = (tuple(facts[key]) for key in ("mean", "std"))
        c, h, w = facts["shape"]
        model = model_catalog.build_model(name, (c, h, w), facts["classes"], mean, std)
        model.load_state_dict(load_file(path))
    except (SafetensorError, OSError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{path.name} cannot be read: {error}.") from None
    model.name = f"{name} of {path.parent.parent.name}, {path.stem.replace('-', ' ')}"
    return model.eval().requires_grad_(False)
