"""Jobs handed to another scheduler, which says where and when each of them starts.

The run folder stays the only truth: the task that the scheduler starts is a worker on that folder
like any other, so Stop, Resume and progress go through the same files. Every machine must see the
store at the same path, and have this project installed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import replace
from importlib import import_module
from typing import Any

from mixcore.runs import files
from mixcore.runs.executor import PROJECT
from mixcore.runs.job import Job
from mixcore.runs.run import LOG, STATUS, Run
from mixcore.runs.store import Store


class Away(ABC):
    """Base of the executors of clusters: each only hands over and asks how it went."""

    name: str  # of the queue, as a run's status holds it

    def __init__(self, store: Store) -> None:
        self.store = store
        self._tasks: dict[Run, Any] = {}

    @abstractmethod
    def hand(self, run: Run, job: Job) -> Any:
        """Give the run to the scheduler; its task."""

    @abstractmethod
    def gone(self, task: Any) -> str:
        """Why a task has ended, in words; "" while it waits or works."""

    @abstractmethod
    def close(self) -> None:
        """Release the scheduler."""

    def submit(self, job: Job) -> Run:
        """Queue a job, and hand it over."""
        run = self.store.create(job, where=self.name)
        self.advance()
        return run

    def resume(self, run: Run) -> None:
        """Queue a run again, and hand it over."""
        self.store.resume(run, where=self.name)
        self._tasks.pop(run, None)
        self.advance()

    def advance(self) -> list[Run]:
        """Hand over every waiting job that the scheduler does not have yet; those runs."""
        handed = []
        for run in self.queue():
            if run not in self._tasks:
                try:
                    job = run.job()
                except ValueError as error:
                    self._never(run, str(error))
                    continue
                self._tasks[run] = self.hand(run, job)
                handed.append(run)
            elif why := self.gone(self._tasks[run]):
                self._never(run, why)
        return handed

    def queue(self) -> list[Run]:
        """The waiting runs in the order in which they were asked for."""
        return [run for run in reversed(self.store.runs()) if self._waits(run)]

    def _waits(self, run: Run) -> bool:
        now = run.status()
        return now.state == "queued" and now.where == self.name

    def _never(self, run: Run, why: str) -> None:
        """Say of a run that still waits, though its task has ended, that it has failed."""
        with self.store.lock():
            if self._waits(run):
                said = f"{self.name} ended its task before the work began: {why}"
                failed = replace(run.stored(), state="failed", message=said)
                files.write_json(run.folder / STATUS, vars(failed))


def run_worker(folder: str, home: str) -> int:
    """The task: a worker of its own process on a run's folder, wherever we are; its exit code."""
    with open(os.path.join(folder, LOG), "ab") as log:
        return subprocess.run(
            [sys.executable, "-m", "mixcore.worker", folder],
            cwd=PROJECT,
            env=os.environ | {"MIXSCOPE_HOME": home},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        ).returncode


def make_python_path() -> str:
    """PYTHONPATH under which a machine that sees this folder finds `work`."""
    known = os.environ.get("PYTHONPATH", "")
    return os.pathsep.join([str(PROJECT), *known.split(os.pathsep)]).rstrip(os.pathsep)


def import_package(name: str) -> Any:
    """An optional package; ValueError with what to install where it is missing."""
    try:
        return import_module(name)
    except ImportError as error:
        raise ValueError(
            f"The executor {name} needs the package {name} ({error}): pip install {name}, or take "
            "the executor local."
        ) from None
