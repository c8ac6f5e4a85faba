"""Work: the worker's side of a run. It beats, listens for Stop, and writes what is measured."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Self

from mixcore.runs import files
from mixcore.runs.error_text import FULL, describe_error
from mixcore.runs.run import CANCEL, LOCK, STATUS, Run
from mixcore.runs.status import Status, make_taken

LOOK, BEAT = 0.2, 1.0  # seconds between looks at the cancel file, and between beats
PATIENCE = 1.5  # seconds that a worker may take to end by itself once it was asked to
SPARE = 64 * 1024  # bytes kept back, so that a run on a full disk can still say how it ended


Watch = Callable[[Status, dict[str, Any] | None], None]


class Taken(RuntimeError):  # noqa: N818, no fault of the program
    """Another worker is already on this run."""


class Work:
    """`with Work(run) as work:` holds the run for this process alone, and beats once a second.

    Inside, `work.at(step, steps)` says how far it is, `work.enter_phase(doing)` what it does before
    the next step, `work.log(row)` appends a row of metrics, `work.stopping` turns true on Stop,
    SIGTERM, Ctrl-C or when the folder is gone. `work.end(state, message)` says how it ended; a
    block left by an error has failed.

    watch  called with the status after every `at`, and with the row after every `log`
    leave  ends this process, when it has not ended by itself 1.5 s after it was asked to: in a
           long step, say, or while it loads its data. Before that, `work.overdue` is called, from
           another thread, to write whatever is needed to go on; it says from which step

    Raises Taken where another process holds the run.
    """

    def __init__(
        self,
        run: Run,
        watch: Watch | None = None,
        leave: Callable[[], None] = lambda: os._exit(130),
    ) -> None:
        self.run, self._watch, self._leave = run, watch, leave
        self.overdue: Callable[[], int] = lambda: self._now.step
        self._gate = threading.Lock()  # once it is broken off, nothing more is said
        self._now = Status("running")
        self._writing = threading.Lock()
        self._old: dict[int, Any] = {}
        self._stop, self._quit = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._beat, name="beat", daemon=True)

    def __enter__(self) -> Self:
        self._held = open(self.run.folder / LOCK, "a")
        try:
            fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._held.close()
            raise Taken(f"{self.run.id} is already being worked on.") from None
        self._now = make_taken(self.run.stored(), os.getpid())
        (self.run.folder / "spare").write_bytes(bytes(SPARE))
        self._write()
        self._metrics = open(self.run.folder / "metrics.jsonl", "ab", buffering=0)
        if self._metrics.tell():  # whatever died here may have left half a line
            self._metrics.write(b"\n")
        if threading.current_thread() is threading.main_thread():
            self._old = {n: signal.signal(n, self._told) for n in (signal.SIGTERM, signal.SIGINT)}
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self._now.state == "running":
            self.end("failed", describe_error(error))
        self._quit.set()
        self._thread.join()
        self._metrics.close()
        with suppress(FileNotFoundError):
            (self.run.folder / "spare").unlink()
        for number, handler in self._old.items():
            signal.signal(number, handler)
        self._held.close()

    @property
    def folder(self) -> Path:
        """The run's folder."""
        return self.run.folder

    @property
    def step(self) -> int:
        """The last step that was said to be finished."""
        return self._now.step

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end; it should within 3 s, with a checkpoint."""
        return self._stop.is_set()

    def at(self, step: int, steps: int, message: str = "") -> None:
        """Say how far it is; the next beat writes it down."""
        with self._gate:
            self._change(step=step, steps=steps, message=message, since=0.0)
        if self._watch:
            self._watch(self._now, None)

    def enter_phase(self, doing: str) -> None:
        """Say what it does until the next `at`, as "Loading the models"; readers add how long.

        Written at once: what comes now may hold the interpreter for longer than a beat.
        """
        with self._gate:
            self._change(message=doing, since=time.monotonic())
        with suppress(OSError):  # a beat sees it, too, and knows what to do
            self._write()

    def log(self, row: dict[str, Any]) -> None:
        """Append a row, {"kind": ..., "step": ..., ...}, in one write."""
        with self._gate:
            self._append(row)
        if self._watch:
            self._watch(self._now, row)

    def end(self, state: str, message: str = "") -> None:
        """Write how it ended; on a full disk with the room that was kept back."""
        with self._gate:
            self._end(state, message)

    def _end(self, state: str, message: str) -> None:
        self._change(state=state, message=message, since=0.0)
        try:
            self._write(lasting=True)
        except OSError as error:
            if error.errno not in FULL:
                raise
            (self.run.folder / "spare").unlink(missing_ok=True)
            self._write()

    def _append(self, row: dict[str, Any]) -> None:
        rest = files.encode_line(row)
        while rest:  # a disk that is nearly full takes a part first
            rest = rest[self._metrics.write(rest) :]

    def _change(self, **values: Any) -> None:
        with self._writing:
            self._now = Status(**(vars(self._now) | values))

    def _write(self, *, lasting: bool = False) -> None:
        with self._writing:
            found = vars(self._now) | {"beat": time.monotonic(), "wall": time.time()}
            files.write_json(self.run.folder / STATUS, found, lasting=lasting)

    def _beat(self) -> None:
        last, asked = 0.0, 0.0
        while not self._quit.wait(LOOK):
            if (self.run.folder / CANCEL).exists():
                self._stop.set()
            if self.stopping and not asked:
                asked = time.monotonic()
            if asked and time.monotonic() - asked > PATIENCE and self._now.state == "running":
                self._break_off()
            if time.monotonic() - last >= BEAT and self._now.state == "running":
                last = time.monotonic()
                try:
                    self._write()
                except FileNotFoundError:  # the folder was removed: nobody wants this any more
                    self._stop.set()
                except OSError:
                    pass  # a full disk shows where something of worth is written

    def _break_off(self) -> None:
        """End in the middle of whatever goes on, from the state that was last held ready."""
        self._gate.acquire()
        if self._now.state != "running":
            self._gate.release()  # it has just ended by itself
            return
        try:
            step = self.overdue()
            self._append({"kind": "resume", "step": step})
            self._change(step=step)
            self._end("stopped", f"Stopped after step {step} of {self._now.steps}.")
        except FileNotFoundError:
            pass  # nobody wants this run any more
        except Exception as error:
            self._end("failed", describe_error(error))
        self._leave()

    def _told(self, number: int, frame: FrameType | None) -> None:
        if self._stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt  # asked twice: now, without a checkpoint
        self._stop.set()
