"""Executors, which start workers: a protocol, and the one of this machine.

The queue is in the files. A caller of `advance` (a server, a page, a worker that has just
ended) starts what may start, under the store's lock: so two servers on one store start no job
twice, and a queue goes on without any server.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from mixcore.runs import files, queue_order
from mixcore.runs.job import Job
from mixcore.runs.run import LOG, STATUS, Run
from mixcore.runs.status import Status, make_taken
from mixcore.runs.store import Store

PROJECT = Path(__file__).resolve().parents[2]


class Executor(Protocol):
    """The interface that pages and the command line need; clusters can offer the same."""

    store: Store

    def submit(self, job: Job) -> Run:
        """Queue a job, and start it if it may start now."""
        ...

    def resume(self, run: Run) -> None:
        """Queue a run again, and start it if it may start now."""
        ...

    def advance(self) -> list[Run]:
        """Start every waiting job that may start now."""
        ...

    def queue(self) -> list[Run]:
        """The waiting runs in the order in which they will be started."""
        ...

    def close(self) -> None:
        """Release what it holds ready; what waits or runs is in the files."""
        ...


class Local:
    """Workers as processes of this machine, each in its own session: it outlives the server.

    store  where jobs wait
    cores  how many CPU threads jobs may keep busy together; all that this process may use

    `warm` keeps one worker ready that has already imported torch. It does one job, as any
    worker, and goes when we go.
    """

    def __init__(self, store: Store, cores: int | None = None) -> None:
        self.store = store
        self.cores = cores or _cores()
        self._spare: subprocess.Popen[bytes] | None = None
        self._children: list[subprocess.Popen[bytes]] = []

    def submit(self, job: Job) -> Run:
        """Queue a job, and start it if it may start now."""
        run = self.store.create(job)
        self.advance()
        return run

    def resume(self, run: Run) -> None:
        """Queue a run again, and start it if it may start now."""
        self.store.resume(run)
        self.advance()

    def advance(self) -> list[Run]:
        """Start every waiting job that may start now; the runs that were started."""
        self._reap()
        with self.store.lock():
            waiting, running = self._now()
            chosen = queue_order.list_startable(
                [*waiting.values()], [*running.values()], self.cores
            )
            return [run for run in _runs(waiting, chosen) if self._start(run)]

    def queue(self) -> list[Run]:
        """The waiting runs in the order in which they will be started."""
        waiting, running = self._now()
        return _runs(waiting, queue_order.order_jobs([*waiting.values()], running.values()))

    def warm(self) -> None:
        """Start a worker that waits ready, if there is none."""
        if self._spare is None or self._spare.poll() is not None:
            self._spare = self._spawn("--warm")

    def cool(self) -> None:
        """End the ready worker."""
        if self._spare is not None and self._spare.stdin is not None:
            self._spare.stdin.close()
            self._spare.wait()
            self._spare = None

    def close(self) -> None:
        """End the ready worker; those that work go on."""
        self.cool()

    def _now(self) -> tuple[dict[Run, Job], dict[Run, Job]]:
        """The waiting and the running runs with their jobs; what cannot be read is neither."""
        found: dict[str, dict[Run, Job]] = {"queued": {}, "running": {}}
        for run in self.store.runs():
            now = run.status()
            state = now.state
            if state not in found or now.where:  # or it is another scheduler's
                continue
            try:
                found[state][run] = run.job()
            except ValueError as error:
                if state == "queued":
                    _fail(run, str(error))
        return found["queued"], found["running"]

    def _start(self, run: Run) -> bool:
        """Hand the run to the ready worker or a new one, and note whose it is at once.

        A run that cannot be started fails alone; the queue goes on.
        """
        folder = str(run.folder.resolve())
        try:
            with suppress(FileNotFoundError), files.open_regular(run.folder / LOG):
                pass  # the worker can write there
            child = self._handed(folder)
            if child is None:
                with open(run.folder / LOG, "ab") as log:
                    child = self._spawn(folder, log)
        except OSError as error:
            _fail(run, f"{LOG} of {run.id} cannot be written: {files.describe_error(error)}.")
            return False
        self._children.append(child)
        files.write_json(run.folder / STATUS, vars(make_taken(run.stored(), child.pid)))
        return True

    def _handed(self, folder: str) -> subprocess.Popen[bytes] | None:
        """The ready worker with this job in its hands; None where there is none."""
        child, self._spare = self._spare, None
        if child is None or child.stdin is None or child.poll() is not None:
            return None
        try:
            child.stdin.write(folder.encode() + b"\n")
            child.stdin.close()
        except OSError:  # it has died a moment ago
            return None
        return child

    def _spawn(self, argument: str, log: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "mixcore.worker", argument],
            cwd=PROJECT,
            env=os.environ | {"MIXSCOPE_HOME": str(self.store.root)},
            stdin=subprocess.PIPE if log is None else subprocess.DEVNULL,
            stdout=log or subprocess.DEVNULL,
            stderr=log or subprocess.DEVNULL,
            start_new_session=True,
        )

    def _reap(self) -> None:
        """Take note of children that ended, so that they leave the table of processes."""
        self._children = [child for child in self._children if child.poll() is None]


def _runs(jobs: Mapping[Run, Job], ordered: Iterable[Job]) -> list[Run]:
    """The runs of these jobs; copied folders may have jobs that are alike."""
    by_job = {id(job): run for run, job in jobs.items()}
    return [by_job[id(job)] for job in ordered]


def _fail(run: Run, why: str) -> None:
    """Say of a run that it cannot be started; where even that cannot be written, it waits on."""
    with suppress(OSError):
        files.write_json(run.folder / STATUS, vars(Status("failed", message=why)))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
