"""The two kinds of job that training offers to mixcore.worker."""

from __future__ import annotations

import numpy as np
import torch

from mixcore.calibration.facts import facts
from mixcore.runs import Work
from mixcore.train import estimate, loop
from mixcore.train.tally import Diverged, Tally
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest


def rehearse_step() -> None:
    """Take a step on the CPU for practice: most of a job's first seconds go into imports."""
    asked = {"method": "transmix", "model": "small_vit", "images": 64, "device": "cpu"}
    job = Training(TrainingRequest.from_dict(asked))
    job.step(0, next(job.batches(0, 0)), Tally())
    y, logits = torch.from_numpy(np.array([0, 1])), torch.from_numpy(np.eye(2, dtype=np.float32))
    facts(y, logits, y, logits)


def run_training(work: Work) -> tuple[str, str]:
    """Train as the run's request says."""
    return loop.run_loop(TrainingRequest.from_dict(work.run.job().config), work)


def run_try(work: Work) -> tuple[str, str]:
    """Try 20 steps, and write down what a whole run would take."""
    try:
        found = estimate.measure_request(TrainingRequest.from_dict(work.run.job().config), work)
    except Diverged as end:
        return "diverged", f"{end} A lower rate or a longer warm-up helps."
    work.log({"kind": "estimate", "step": found.tried, **vars(found)})
    return "done", found.sentence()
