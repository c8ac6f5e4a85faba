"""Run: one job's folder, as any process may read it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mixcore.runs import files, status
from mixcore.runs.job import Job
from mixcore.runs.metrics import Metrics
from mixcore.runs.status import Status

REQUEST, STATUS, LOG, CANCEL, LOCK = "request.json", "status.json", "log.txt", "cancel", "lock"
CHECKPOINTS, PLANS = "checkpoints", "plans"


@dataclass(frozen=True)
class Run:
    """A folder: request.json, status.json, metrics.jsonl, log.txt, checkpoints/, plans/."""

    folder: Path

    @property
    def id(self) -> str:
        """Its name in the store."""
        return self.folder.name

    def job(self) -> Job:
        """What was asked for; ValueError where request.json is not one."""
        found = files.read_json(self.folder / REQUEST)
        try:
            return Job.from_dict(found)
        except (ValueError, TypeError) as error:
            raise ValueError(f"{REQUEST} of {self.id} is no request: {error}.") from None

    def stored(self) -> Status:
        """What status.json says; ValueError where it cannot be read."""
        found = files.read_json(self.folder / STATUS)
        try:
            return status.read_status(found)
        except ValueError as error:
            raise ValueError(f"{STATUS} of {self.id} cannot be believed: {error}.") from None

    def status(self) -> Status:
        """What is true now; a file that cannot be read is a state of its own, "unreadable"."""
        try:
            return status.judge_status(self.stored(), str(self.folder))
        except ValueError as error:
            return Status("unreadable", message=str(error))

    def metrics(self, fits: Callable[[dict[str, Any]], bool] = lambda row: True) -> Metrics:
        """A reader of the metrics; it has read nothing until its first update.

        fits  whether a row holds what its kind should; the others are left out
        """
        return Metrics(self.folder, fits)

    def log(self, last: int = 20_000) -> str:
        """The end of what the worker said, `last` bytes at most."""
        try:
            with files.open_regular(self.folder / LOG) as file:
                end = file.seek(0, 2)
                file.seek(max(0, end - last))
                return file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""

    def checkpoints(self) -> list[Path]:
        """Weights by epoch, oldest first."""
        return self._numbered(CHECKPOINTS, "epoch", "safetensors")

    def plans(self) -> list[Path]:
        """Example mixes by step, oldest first."""
        return self._numbered(PLANS, "step", "npz")

    def _numbered(self, folder: str, word: str, suffix: str) -> list[Path]:
        """The files of a folder that are called word-NUMBER.suffix, in the order of the numbers."""
        name = re.compile(rf"{word}-(\d{{1,12}})\.{suffix}")
        found = [p for p in (self.folder / folder).glob(f"{word}-*") if name.fullmatch(p.name)]
        return sorted(found, key=lambda path: int(path.stem.rpartition("-")[2]))

    @property
    def cancelled(self) -> bool:
        """Whether it has been asked to end."""
        return os.path.exists(self.folder / CANCEL)

    @property
    def worked_on(self) -> bool:
        """Whether a worker of this machine holds it, whatever its files say."""
        return files.is_locked(self.folder / LOCK)

    @property
    def resumable(self) -> bool:
        """Whether asking to resume makes sense."""
        return self.status().state in ("stopped", "lost", "failed")

    def size(self) -> int:
        """Bytes that deleting it would free."""
        return files.measure_folder(self.folder)
