"""Store: all runs of one home, changed under one lock, every file written aside."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from mixcore.runs import files, showcase
from mixcore.runs.home import get_home
from mixcore.runs.job import COLORS, Job
from mixcore.runs.run import CANCEL, CHECKPOINTS, LOG, PLANS, REQUEST, STATUS, Run
from mixcore.runs.status import Status, make_taken

PATIENCE = 2.0  # seconds
LAST = 10**11  # what is numbered beyond that was not numbered by a store
NAME = re.compile(r"\d{5,12}-[a-z0-9-]{1,80}")


class Store:
    """The runs under a home folder, which is made when first needed.

    root  the home; MIXSCOPE_HOME or the user's data folder if not given
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or get_home()).absolute()
        self.folder = self.root / "runs"

    def runs(self) -> list[Run]:
        """Every run, the newest first; folders with other names are not runs."""
        if not self.folder.is_dir():
            return []
        found = [p for p in self.folder.iterdir() if NAME.fullmatch(p.name) and os.path.isdir(p)]
        return [Run(path) for path in sorted(found, key=_number, reverse=True)]

    def run(self, name: str) -> Run:
        """The run of that name; ValueError where there is none."""
        if not NAME.fullmatch(name) or not (self.folder / name).is_dir():
            raise ValueError(f"There is no run {name!r} here; it may have been deleted.")
        return Run(self.folder / name)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Wait until no other process changes the store, and keep others waiting meanwhile."""
        showcase.check_own(self.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        with files.lock_file(self.folder / ".lock"):
            yield

    def create(
        self, job: Job, folder: Path | None = None, *, own: bool = False, where: str = ""
    ) -> Run:
        """A queued run for a job. With a folder it lives there, and the store links to it.

        own takes it for this process at once, before any server can start it; where names the
        queue, if it is not this machine's. ValueError where that folder already holds something.
        """
        with self.lock():
            job = replace(job, number=self._next(), color=self._choose_color(job.kind))
            place = self.folder / f"{job.number:05d}-{_slug(job.name or job.kind)}"
            queued = Status("queued", where=where)
            status = make_taken(queued, os.getpid()) if own else queued
            if folder is None:
                return _fill(place, job, status)
            folder = folder.absolute()
            if folder.exists() and any(folder.iterdir()):
                raise ValueError(
                    f"{folder} is not empty: name a new folder, or use --resume to go on there."
                )
            run = _fill(folder, job, status)
            place.symlink_to(folder, target_is_directory=True)
            return run

    def stop(self, run: Run) -> None:
        """Ask a run to end: a queued one is stopped at once, a running one after its checkpoint.

        Runs that have ended stay as they are.
        """
        showcase.check_own(run.folder)
        with self.lock():
            state = run.status().state
            if state == "queued":
                stopped = replace(run.stored(), state="stopped", message="Stopped while it waited.")
                files.write_json(run.folder / STATUS, vars(stopped))
            elif state == "running":
                files.write_file(run.folder / CANCEL, b"")

    def take(self, run: Run) -> bool:
        """Take a queued run for this process; False where it does not wait any more."""
        with self.lock():
            queued = run.stored()
            if queued.state == "queued":
                files.write_json(run.folder / STATUS, vars(make_taken(queued, os.getpid())))
            return queued.state == "queued"

    def resume(self, run: Run, *, own: bool = False, where: str = "") -> None:
        """Queue a run again, to go on from its last checkpoint; own and where as in `create`.

        ValueError where that is no use.
        """
        showcase.check_own(run.folder)
        with self.lock():
            now = run.status()
            if not _free(run):
                raise ValueError(f"{run.id} is still being worked on: wait until that ends.")
            if not run.resumable:
                raise ValueError(f"{run.id} is {now.state}: {_WHY_NOT[now.state]}.")
            run.job()  # a request that cannot be read is better refused now
            with suppress(FileNotFoundError):
                (run.folder / CANCEL).unlink()
            queued = Status("queued", step=now.step, steps=now.steps, where=where)
            status = make_taken(queued, os.getpid()) if own else queued
            files.write_json(run.folder / STATUS, vars(status))

    def delete(self, run: Run) -> int:
        """Remove a run for good; the bytes that this freed. ValueError while it runs."""
        showcase.check_own(run.folder)
        with self.lock():
            if run.status().state == "running" or not _free(run):
                raise ValueError(f"{run.id} is running: stop it first.")
            freed, target = run.size(), run.folder.resolve()
            for link in self._links(target):
                link.unlink()
            # In one move, so that no half of it is ever seen.
            gone = target.with_name(f".deleted-{target.name}")
            target.rename(gone)
            shutil.rmtree(gone)
            return freed

    def _choose_color(self, kind: str) -> int:
        """A color that none of the newest runs of a kind has, so that neighbors differ."""
        used: list[int] = []
        for run in self.runs():
            with suppress(ValueError):
                job = run.job()
                used += [job.color] if job.kind == kind else []
            if len(used) == COLORS - 1:
                break
        return next(color for color in range(1, COLORS + 1) if color not in used)

    def _links(self, target: Path) -> list[Path]:
        """The store's links to a run that lives elsewhere."""
        links = [path for path in self.folder.iterdir() if path.is_symlink()]
        return [path for path in links if path.resolve() == target]

    def _next(self) -> int:
        """A number no run of this store ever had."""
        counter = self.folder / ".count"
        known = [_number(p) for p in self.folder.iterdir() if NAME.fullmatch(p.name)]
        with suppress(OSError, ValueError), files.open_regular(counter) as file:
            known.append(int(file.read(20)))
        number = max((one for one in known if 0 <= one < LAST), default=0) + 1
        files.write_file(counter, str(number).encode())
        return number


_WHY_NOT = {
    "queued": "it already waits for its turn",
    "running": "it goes on by itself",
    "done": "more epochs need a new run",
    "diverged": "its checkpoint would diverge again; start a new run with a lower rate",
    "unreadable": "its files were changed; mend or delete it",
}


def _free(run: Run) -> bool:
    """Whether no process holds the run; one that is just ending is waited for."""
    end = time.monotonic() + PATIENCE
    while run.worked_on and time.monotonic() < end:
        if run.status().state == "running":
            return False
        time.sleep(0.02)
    return not run.worked_on


def _fill(place: Path, job: Job, status: Status) -> Run:
    """Make a run's folder, complete before it has its name."""
    place.parent.mkdir(parents=True, exist_ok=True)
    made = place.with_name(f".new-{place.name}-{os.getpid()}")
    made.mkdir()
    for name in (CHECKPOINTS, PLANS):
        (made / name).mkdir()
    (made / LOG).touch()
    files.write_json(made / REQUEST, job.to_dict(), lasting=True)
    files.write_json(made / STATUS, vars(status))
    made.rename(place)  # which an empty folder of that name allows
    return Run(place)


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")[:60].strip("-") or "run"


def _number(path: Path) -> int:
    return int(path.name.partition("-")[0])
