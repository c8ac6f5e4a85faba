"""Trainings side by side in one process, without files: what an experiment over seeds needs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from mixcore.train.tally import Tally
from mixcore.train.teachers import keep_first
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest


def train_together(
    requests: Sequence[TrainingRequest],
    on_step: Callable[[int, int], object] = lambda step, steps: None,
    on_epoch: Callable[[int, list[Training]], object] = lambda epoch, jobs: None,
) -> list[Training]:
    """Trainings of as many epochs each, an epoch of each in turn; ready to be measured.

    As each step draws from its own seed, each comes out as it would alone.

    Args:
        requests: one for each, say of one recipe with several seeds.
        on_step: called before each step of any with the steps done and all there are, first
            those of teachers that are not there yet; what it raises ends the training.
        on_epoch: called with the epochs done and the trainings, once all have done an epoch.

    Raises:
        ValueError: where the epochs differ.
        Diverged: where a loss leaves all bounds.
    """
    if len({request.epochs for request in requests}) > 1:
        raise ValueError("Trainings side by side need the same epochs.")
    for request in requests:
        keep_first(request, Training, on_step)
    jobs = [Training(request) for request in requests]
    tallies = [Tally() for _ in jobs]
    steps, done = sum(job.steps for job in jobs), 0
    for epoch in range(max(request.epochs for request in requests)):
        for job, tally in zip(jobs, tallies, strict=True):
            with closing(job.batches(epoch, 0)) as batches:
                for i, batch in enumerate(batches):
                    on_step(done, steps)
                    job.step(epoch * job.steps_an_epoch + i, batch, tally)
                    done += 1
            tally.settle()
        on_epoch(epoch + 1, jobs)
    return jobs
