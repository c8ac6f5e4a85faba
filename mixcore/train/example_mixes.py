"""The same few pairs, mixed alike after every epoch, with the model's answers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from mixcore.evidence.kinds.attention import ClassAttention
from mixcore.evidence.kinds.cam import CAM
from mixcore.evidence.supports import why_no_attention
from mixcore.plan import Plan
from mixcore.runs import files
from mixcore.train.training import Training


def write_examples(folder: Path, step: int, job: Training) -> None:
    """Put step-NNNNNNNN.npz into the folder: example mixes as they are labelled after this step.

    Nothing where the run does not mix.

    sources (n, h, w, c) and mixed (n, h, w, c) uint8; index, weights, areas (n, k) and masks
    (n, k, h, w) uint8 of each mix's k sources, source 0 being the sample itself; y (n,); probs
    (n, classes) of the mixes; evidence (n, gh, gw) float16 of the mixes, or of none, with its
    evidence_name.
    """
    if job.mix is None:
        return
    clean = job.shown
    was = job.model.training
    job.model.eval()
    with torch.no_grad():
        plan = job.mix.plan(clean, job.request.seed)
        progress = step / job.steps
        logits, plan = job.mix.forward(plan, clean, progress, torch.autocast("cpu", enabled=False))
        mixed = plan.apply(clean.x)
        evidence, name = _evidence(job.model, mixed)
    job.model.train(was)
    index, weights, areas, masks = _sources(plan)
    assert clean.y is not None
    arrays: dict[str, Any] = {
        "sources": _bytes(clean.x), "mixed": _bytes(mixed), "y": clean.y.cpu().numpy(),
        "index": index, "weights": weights, "areas": areas,
        "masks": np.rint(masks * 255).astype(np.uint8),
        "probs": logits.float().softmax(1).cpu().numpy().astype(np.float16),
        "evidence": evidence, "evidence_name": np.array(name),
    }  # fmt: skip
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    files.write_file(folder / f"step-{step:08d}.npz", file.getvalue())


def read_examples(path: Path) -> dict[str, Any]:
    """The arrays of one such file."""
    with np.load(path, allow_pickle=False) as found:
        return {name: found[name] for name in found.files}


def _evidence(model: Any, x: Tensor) -> tuple[np.ndarray, str]:
    """Where the model looks in the mixes: class attention, or the CAM of its likeliest class."""
    try:
        found = ClassAttention(model)(x) if not why_no_attention(model) else CAM(model)(x)
    except ValueError:  # a model of timm's that gives neither
        return np.zeros((len(x), 0, 0), np.float16), "none"
    values = found.values[:, 0]
    return (
        values / values.amax((1, 2), keepdim=True).clamp(min=1e-12)
    ).cpu().half().numpy(), found.name


def _sources(plan: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    if isinstance(plan, Plan):
        mask = plan.mask()
        own = torch.from_numpy(np.arange(len(plan)))
        return (
            torch.stack([own, plan.index], 1).numpy(),
            torch.stack([plan.w_a, plan.w_b], 1).numpy(),
            torch.stack([plan.area, 1 - plan.area], 1).numpy(),
            torch.cat([mask, 1 - mask], 1).numpy(),
        )
    return plan.index.numpy(), plan.w.numpy(), plan.area.numpy(), plan.mask().numpy()


def _bytes(x: Tensor) -> np.ndarray:
    return (x.clamp(0, 1) * 255).round().byte().movedim(1, 3).cpu().numpy()
