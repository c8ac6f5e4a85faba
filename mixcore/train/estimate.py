"""Estimate of a run's time and memory, measured on a few of its own steps."""

from __future__ import annotations

import resource
import sys
import time
from dataclasses import dataclass

import torch

from mixcore.runs import Work
from mixcore.runs.number_text import format_duration
from mixcore.train import evaluate, model_catalog
from mixcore.train.tally import Tally
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest

STEPS = 20


@dataclass(frozen=True)
class Estimate:
    """Time in seconds, memory in bytes; `tried` steps were timed, the slow first ones left out."""

    tried: int
    steps: int
    step_seconds: float
    seconds: float
    memory: int
    gpu_memory: int
    parameters: int
    loss: float

    def sentence(self) -> str:
        """The same in a sentence."""
        where = "of the GPU's memory" if self.gpu_memory else "of memory"
        memory = f"{(self.gpu_memory or self.memory) / 2**20:,.0f} MB {where}"
        return (
            f"About {format_duration(self.seconds)} for {self.steps:,} steps "
            f"({1000 * self.step_seconds:.0f} ms each, from {self.tried}), {memory}, "
            f"{self.parameters:,} weights to learn."
        )


def measure_request(
    request: TrainingRequest, work: Work | None = None, tried: int = STEPS
) -> Estimate:
    """Try some steps of a request, from scratch and for nothing but their time.

    Diverged where the loss leaves all bounds even here.
    """
    if work:
        work.enter_phase("Loading the pictures and building the model")
    job = Training(request, rehearsal=True)
    tally, times, step = Tally(), [], 0
    tried = min(tried, job.steps)
    while step < tried and not (work and work.stopping):
        for batch in job.batches(step // job.steps_an_epoch, step % job.steps_an_epoch):
            start = time.perf_counter()
            job.step(step, batch, tally)
            tally.settle()  # waits for the device
            times.append(time.perf_counter() - start)
            step += 1
            if work:
                work.at(step, tried)
            if step == tried or (work and work.stopping):
                break
    start = time.perf_counter()
    evaluate.predict_logits(job.judged, job.data.test, job.device)
    judging = time.perf_counter() - start
    usual = sorted(times)[len(times) // 2]
    cuda = job.device.type == "cuda"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return Estimate(
        tried=step,
        steps=job.steps,
        step_seconds=usual,
        seconds=usual * job.steps + judging * request.epochs * (1 + request.held_out),
        memory=peak if sys.platform == "darwin" else 1024 * peak,
        gpu_memory=torch.cuda.max_memory_allocated() if cuda else 0,
        parameters=model_catalog.count_parameters(job.model),
        loss=tally.loss / max(1, tally.n),
    )
