"""python -m mixcore.worker RUN: do the job of one run folder, then let the queue go on.

With --warm it first takes a step of its own for practice, which imports all that training needs,
then waits for the folder's path on its standard input; it goes when that is closed.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from mixcore.runs import Local, Run, Status, Store, Work, heap, process
from mixcore.runs.courtesy import be_nice
from mixcore.runs.kinds import find_job_kind
from mixcore.runs.run import LOG
from mixcore.runs.work import Taken, Watch

Leave = Callable[[], None]


def main(arguments: list[str] | None = None) -> int:
    """Do one job; 0 if it ended as it should, 1 if it failed."""
    (argument,) = sys.argv[1:] if arguments is None else arguments
    be_nice()
    if argument == "--warm":
        with suppress(Exception):  # what is wrong here will be wrong in the job, and be told there
            import_module("mixcore.train.training_job").rehearse_step()
        argument = sys.stdin.readline().strip()
        if not argument:
            return 0
    run = Run(Path(argument))
    _into(run.folder / LOG)
    if run.stored().where:
        return _away(run)
    try:
        state = do_job(run, leave=leave_process)
    except Taken:
        return 0
    Local(Store()).advance()
    return int(state == "failed")


def leave_process() -> None:
    """End this process at once, but let the queue go on."""
    Local(Store()).advance()
    os._exit(0)


def _away(run: Run) -> int:
    """The same for another machine's scheduler: it ends us with its task, and the queue is its."""
    process.end_with_parent()
    if not Store().take(run):  # somebody has stopped it while it waited
        return 0
    try:
        return int(do_job(run, leave=lambda: os._exit(0)) == "failed")
    except Taken:
        return 0


def run_in_foreground(run: Run, store: Store, watch: Watch) -> Status:
    """Do the run's job while a shell waits for it; how it ended.

    ValueError with the reason where it failed, or where another worker does it already. A run that
    failed before its first step is deleted: the same folder may be named again.
    """
    try:
        state = do_job(run, watch)
    except Taken as error:
        raise ValueError(str(error)) from None
    end = run.status()
    if state == "failed" and end.step == 0:
        store.delete(run)
    if state == "failed":
        raise ValueError(end.message)
    return end


def do_job(run: Run, watch: Watch | None = None, leave: Leave = lambda: os._exit(130)) -> str:
    """Do the run's job in this process; the state in which it ended. Traces end in the log.

    watch and leave are those of `Work`. Raises Taken where another worker does it already.
    """
    heap.keep_freed_memory()
    try:
        with Work(run, watch, leave) as work:
            kind = find_job_kind(run.job().kind)
            work.enter_phase("Loading PyTorch")
            state, message = kind.load_doer()(work)
            work.end(state, message)
            return state
    except Taken:
        raise
    except (Exception, KeyboardInterrupt):
        with suppress(OSError), open(run.folder / LOG, "a") as log:
            traceback.print_exc(file=log)
        return "failed"


def _into(log: Path) -> None:
    """Let everything that this process says, its libraries too, go to the run's log."""
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(handle, stream)
    os.close(handle)


if __name__ == "__main__":
    sys.exit(main())
