"""The kind of job that labs offer to mixcore.worker: an experiment, part by part."""

from __future__ import annotations

from typing import Any

from mixcore.experiments.trial_progress import Interrupted, Progress
from mixcore.labs import Lab, find_lab
from mixcore.runs import Work
from mixcore.trials.lab_request import LabRequest
from mixcore.trials.rows import ROWS, list_finished

PART = 1_000_000  # steps of a part, whatever it counts itself: of these no part has as many


def run_lab(work: Work) -> tuple[str, str]:
    """Run the experiment as the run's request says; goes on after the parts that are finished."""
    request = LabRequest.from_dict(work.run.job().config)
    work.enter_phase("Loading the lab")
    made = find_lab(request.lab).from_dict(request.parameters)
    parts, done = list_parts(made), list_finished(work.run.metrics())
    start = PART * len(done)
    work.overdue = lambda: start
    work.log({"kind": "resume" if done else "start", "step": start})
    work.at(start, PART * len(parts))
    for part in [part for part in parts if part not in done]:
        start = PART * len(done)
        try:
            rows = made.run(part, request.list_seeds(), _Report(work, part, start, len(parts)))
        except Interrupted:
            work.at(start, PART * len(parts))
            return "stopped", f"Stopped after {len(done)} of {len(parts)} parts."
        done.append(part)
        start = PART * len(done)
        packed = [{"arm": row.arm, "seed": row.seed, "values": dict(row.values)} for row in rows]
        work.log({"kind": ROWS, "step": start, "part": part, "rows": packed})
        work.at(start, PART * len(parts), part)
    return "done", f"{request.seeds} seeds of {len(made.card.arms)} arms."


def list_parts(lab: Lab) -> tuple[str, ...]:
    """What `run` is called with."""
    return lab.card.parts or lab.card.arms


class _Report(Progress):
    """Progress of one part as progress of the run."""

    def __init__(self, work: Work, part: str, start: int, parts: int) -> None:
        super().__init__(self._tell_run, self._write_run, lambda: work.stopping)
        self._work, self._part, self._start, self._parts = work, part, start, parts
        self._traced = 0

    def _tell_run(self, step: int, steps: int, message: str) -> None:
        share = int((PART - 1) * min(step / max(steps, 1), 1))
        said = f"{self._part} {message}".strip()
        self._work.at(self._start + share, PART * self._parts, said)

    def _write_run(self, row: dict[str, Any]) -> None:
        self._traced += 1
        self._work.log(row | {"step": self._start + self._traced})
