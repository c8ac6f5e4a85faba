"""The training loop: step, measure, save, until done or told to stop."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

from mixcore.data.dataset import describe_skipped
from mixcore.runs import Work, courtesy, home
from mixcore.train import checkpoint, epoch_sheets, evaluate, example_mixes
from mixcore.train.checkpoint import Counters, PackedState
from mixcore.train.first_teacher import train_first
from mixcore.train.tally import Diverged, Tally
from mixcore.train.training import Training, compute_lr
from mixcore.train.training_request import TrainingRequest

SLOW, SAVE = 0.5, 60.0  # seconds: steps after which state is held ready, and between two saves


def run_loop(request: TrainingRequest, work: Work) -> tuple[str, str]:
    """Train from the last checkpoint, or from the start, to the end or until told to stop.

    The state in which it ends, "done", "stopped" or "diverged", and a sentence.
    """
    unready = train_first(request, work, run_loop)
    if unready is not None:
        return unready
    work.enter_phase("Loading the pictures and building the model")
    job = Training(request)
    folder = work.folder / "checkpoints"
    modules, optimizers = job.list_modules(), job.list_optimizers()
    checkpoint.check_room(folder, modules)
    now = checkpoint.load_last(folder, modules, optimizers)
    work.log({"kind": "resume", "step": now.step})
    work.log({"kind": "data", "step": now.step, "classes": job.data.classes,
              "notes": job.data.notes})  # fmt: skip
    if job.data.skipped:
        work.log({"kind": "skipped", "step": now.step, "skipped": job.data.skipped})
    tally, began = Tally(now.tally), time.monotonic() - now.seconds

    def packed() -> PackedState:
        tally.settle()
        now.tally, now.seconds = tally.to_dict(), time.monotonic() - began
        return checkpoint.pack_state(modules, optimizers, now)

    def rescue() -> int:
        checkpoint.write_last(folder, held)
        return held.step

    held = saved = packed()
    work.overdue = rescue  # a step may take longer than people wait
    try:
        work.at(now.step, job.steps)
        work.enter_phase("Making the first step")
        while now.epoch < request.epochs:
            first = now.step - now.epoch * job.steps_an_epoch
            with closing(job.batches(now.epoch, first)) as batches:
                for batch in batches:
                    if work.stopping:
                        checkpoint.write_last(folder, packed())
                        return "stopped", f"Stopped after step {now.step} of {job.steps}."
                    if job.device.type != "cpu":
                        courtesy.wait_for_people(home.get_home())
                    start = time.monotonic()
                    job.step(now.step, batch, tally)
                    now.step += 1
                    if now.step % request.log_every == 0:
                        tally.settle()
                        work.log(_point(job, now.step, tally, time.monotonic() - began))
                    work.at(now.step, job.steps)
                    if time.monotonic() - start > SLOW:
                        held = packed()
                    if time.monotonic() - saved.at > SAVE:
                        saved = held = packed()
                        checkpoint.write_last(folder, saved)
            held = packed()  # judging may be slow, too
            facts = _judged(job, now.step, work)
            now.epoch += 1
            work.log({"kind": "epoch", "step": now.step, "epoch": now.epoch, **tally.epoch(),
                      **facts, "seconds": time.monotonic() - began})  # fmt: skip
            example_mixes.write_examples(work.folder / "plans", now.step, job)
            _draw(job, now, time.monotonic() - began, work)
            tally = Tally()
            checkpoint.write_epoch(folder, now.epoch, job.judged, job.facts())
            saved = held = packed()
            checkpoint.write_last(folder, saved)
    except Diverged as end:
        work.at(end.step - 1, job.steps)
        return "diverged", (
            f"{end} The last good step was {end.step - 1}; a lower rate than {request.lr:g} or a "
            "longer warm-up helps."
        )
    return "done", describe_skipped(job.data.skipped)


def _draw(job: Training, now: Counters, seconds: float, work: Work) -> None:
    """What the objective and the observer have to show, and what the latter measures."""
    if job.objective.draws:
        metrics = work.run.metrics()
        metrics.update()
        history = [{"step": row["step"], **row["readings"]} for row in metrics.steps
                   if "readings" in row]  # fmt: skip
        sheet = job.objective.draw_sheet(job.setting, job.players, history)
        if sheet is not None:
            epoch_sheets.write_sheet(work.folder, job.request.objective, now.step, sheet)
    if job.observer is not None:
        readings, sheet = job.observer.observe(job.setting)
        work.log({"kind": "observation", "step": now.step, "epoch": now.epoch,
                  "seconds": seconds, "readings": readings})  # fmt: skip
        if sheet is not None:
            epoch_sheets.write_sheet(work.folder, job.request.observe, now.step, sheet)


def _judged(job: Training, step: int, work: Work) -> dict[str, Any]:
    """What held-out pictures say; Diverged where the model gives no numbers any more."""
    try:
        return evaluate.evaluate_model(job.judged, job.data, job.device, work.folder)
    except ArithmeticError:
        raise Diverged(step) from None


def _point(job: Training, step: int, tally: Tally, seconds: float) -> dict[str, Any]:
    return {
        "kind": "step", "step": step, "epoch": step / job.steps_an_epoch, **tally.point(),
        "rate": compute_lr(job.request, step - 1, job.steps), "seconds": seconds,
    }  # fmt: skip
