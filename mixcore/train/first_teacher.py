"""Training of a teacher inside the run that needs it: seen, stopped and resumed with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mixcore.runs import Work
from mixcore.train import teachers
from mixcore.train.training_request import TrainingRequest

DOING = "Training the teacher first"

Loop = Callable[[TrainingRequest, Work], tuple[str, str]]


class _Asked(Exception):  # noqa: N818, no fault of the program
    """The run was asked to end while it waited."""


def train_first(request: TrainingRequest, work: Work, loop: Loop) -> tuple[str, str] | None:
    """Train the teacher that a run needs and that is not there; None where there is one then.

    Otherwise how the run ends, and a sentence. A teacher that is stopped goes on from its own
    checkpoint, whichever run asks for it next; two runs that want the same one wait for each other.
    """
    asked = teachers.find_missing(request)
    if asked is None:
        return None
    folder = teachers.find_folder(asked)

    def wait() -> None:
        work.at(0, 0, "Waiting for the teacher that another run trains")
        if work.stopping:
            raise _Asked

    try:
        with teachers.hold_folder(folder, wait):
            if teachers.is_kept(asked):
                return None
            state, message = loop(asked, TeacherWork(work, folder))
            if state == "done":
                teachers.finish_folder(folder, folder / "checkpoints")
                return None
    except _Asked:
        return "stopped", "Stopped before its teacher was trained."
    work.at(0, 0)
    if state == "stopped":
        return "stopped", "Stopped while its teacher was trained; that goes on where it was."
    return state, f"Its teacher did not learn. {message}"


class TeacherWork(Work):
    """The part of a run's Work in which it trains its teacher, in the teacher's own folder.

    What is said of progress is said by the run; rows of metrics are the run's own, so that those
    of the teacher are left out.
    """

    def __init__(self, run: Work, folder: Path) -> None:  # it is no Work of its own: no super()
        self._run, self._folder = run, folder
        (folder / "checkpoints").mkdir(parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        """The teacher's folder."""
        return self._folder

    @property
    def stopping(self) -> bool:
        """Whether the run was asked to end."""
        return self._run.stopping

    @property
    def overdue(self) -> Callable[[], int]:
        """What writes all that is needed to go on; the run itself is at its start."""
        return self._run.overdue

    @overdue.setter
    def overdue(self, rescue: Callable[[], int]) -> None:
        def rescue_teacher() -> int:
            rescue()
            return 0

        self._run.overdue = rescue_teacher

    def at(self, step: int, steps: int, message: str = "") -> None:
        """Say how far the teacher is."""
        self._run.at(step, steps, DOING)

    def enter_phase(self, doing: str) -> None:
        """Say that the teacher begins."""
        self._run.enter_phase(DOING)

    def log(self, row: dict[str, Any]) -> None:
        """Keep nothing: the run's curves are the student's."""
