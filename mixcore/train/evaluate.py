"""Measurements on held-out pictures: loss, accuracy, calibration, commonest errors."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mixcore.calibration.facts import facts
from mixcore.runs import files
from mixcore.train.in_memory import Data, Part

ERRORS = 10


def evaluate_model(
    model: nn.Module, data: Data, device: torch.device, folder: Path
) -> dict[str, Any]:
    """The facts of a row of metrics; the logits themselves go into predictions.npz.

    ArithmeticError where the model gives no numbers.
    """
    val, test = predict_logits(model, data.val, device), predict_logits(model, data.test, device)
    if not bool(torch.isfinite(val).all() and torch.isfinite(test).all()):
        raise ArithmeticError("The model gives no numbers any more.")
    y, val_y = data.test.y.cpu(), data.val.y.cpu()
    arrays: dict[str, Any] = {
        "val_logits": val.numpy(), "val_y": val_y.numpy(),
        "test_logits": test.numpy(), "test_y": y.numpy(),
    }  # fmt: skip
    file = io.BytesIO()
    np.savez(file, **arrays)
    files.write_file(folder / "predictions.npz", file.getvalue())
    guess = test.argmax(1)
    return {
        "test_loss": float(F.cross_entropy(test, y)),
        "test_accuracy": float((guess == y).double().mean()),
        "test_n": len(y),
        "errors": list_confusions(guess, y),
        **facts(y, test, val_y, val),
    }


def predict_logits(model: nn.Module, part: Part, device: torch.device) -> Tensor:
    """Logits (n, k) float32 on the CPU, in eval mode."""
    was = model.training
    model.eval()
    found = []
    with torch.inference_mode():
        for i in range(0, len(part), 256):
            x = Part(part.x[i : i + 256], part.y[i : i + 256]).to(device).floats()
            found.append(model(x).float().cpu())
    model.train(was)
    return torch.cat(found)


def list_confusions(guess: Tensor, y: Tensor) -> list[list[int]]:
    """The commonest errors as [true class, taken for, how often], the most frequent first."""
    wrong = guess != y
    pairs, counts = torch.unique(
        torch.stack([y[wrong], guess[wrong]], 1), dim=0, return_counts=True
    )
    best = counts.argsort(descending=True, stable=True)[:ERRORS]
    return [[*pairs[i].tolist(), int(counts[i])] for i in best]
