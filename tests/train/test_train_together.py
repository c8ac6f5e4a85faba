"""Trainings side by side come out as each would alone."""

import pytest
import torch

from mixcore.train.tally import Tally
from mixcore.train.together import train_together
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest


def ask(seed, **facts):
    return TrainingRequest(
        data="digits", model="small_cnn", method="patchmix", images=64, batch=32, seed=seed,
        device="cpu", **{"epochs": 2} | facts,
    )  # fmt: skip


def test_each_is_as_it_would_be_alone():
    told, epochs = [], []
    jobs = train_together(
        [ask(0), ask(1)],
        lambda step, steps: told.append((step, steps)),
        lambda epoch, made: epochs.append((epoch, len(made))),
    )
    assert told == [(i, 8) for i in range(8)]
    assert epochs == [(1, 2), (2, 2)]
    alone = Training(ask(1))
    for epoch in range(2):
        for i, batch in enumerate(alone.batches(epoch, 0)):
            alone.step(2 * epoch + i, batch, Tally())
    for one, other in zip(jobs[1].model.parameters(), alone.model.parameters(), strict=True):
        assert torch.equal(one, other)
    weights = [next(job.model.parameters()) for job in jobs]
    assert not torch.equal(*weights)


def test_what_a_step_raises_ends_it():
    def stop(step, steps):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_together([ask(0)], stop)


def test_different_epochs_are_refused():
    with pytest.raises(ValueError, match="the same epochs"):
        train_together([ask(0), ask(1, epochs=1)])
