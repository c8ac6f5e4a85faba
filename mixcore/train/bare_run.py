"""Training without a run's folder, for experiments that do many of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from mixcore.calibration.errors import ece
from mixcore.calibration.outcomes import Outcomes
from mixcore.train.evaluate import predict_logits
from mixcore.train.tally import Tally
from mixcore.train.teachers import keep_first
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest
from mixcore.wrappers import Recipe


@dataclass(frozen=True)
class Scores:
    """Numbers of a trained model on test pictures, each in [0, 1].

    confidence  the mean of what it gives to the class that it takes
    ece         expected calibration error
    """

    accuracy: float
    confidence: float
    ece: float


def train_bare(
    request: TrainingRequest,
    recipe: Recipe | None = None,
    on_step: Callable[[int, int], None] = lambda step, steps: None,
) -> Training:
    """Train as a run of this request would, step for step.

    Args:
        request: what is trained, and how.
        recipe: mixes instead of the request's method.
        on_step: called before each step with its number and how many there are, first those of a
            teacher that is not there yet; what it raises ends the training.

    Returns:
        The training, with its model.

    Raises:
        ValueError: for what cannot be trained on.
        Diverged: where the loss left all bounds.
    """
    keep_first(request, Training, on_step)
    job = Training(request, recipe)
    step = 0
    for epoch in range(request.epochs):
        tally = Tally()
        with closing(job.batches(epoch, 0)) as batches:
            for batch in batches:
                on_step(step, job.steps)
                job.step(step, batch, tally)
                step += 1
        tally.settle()
    return job


def score_model(job: Training) -> Scores:
    """What the test pictures say of a trained model."""
    logits, y = predict_logits(job.judged, job.data.test, job.device), job.data.test.y.cpu()
    sure = F.softmax(logits.double(), 1).amax(1)
    right = (logits.argmax(1) == y).double()
    with torch.no_grad():
        error = ece(Outcomes(y, logits=logits))
    return Scores(float(right.mean()), float(sure.mean()), float(error))
