"""Status of a run: the state in its file, and what is true of it now."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any

from mixcore.runs import process
from mixcore.runs.number_text import format_duration

STORED = ("queued", "running", "done", "stopped", "failed", "diverged")
STATES = (*STORED, "lost", "unreadable")
SILENT = 15.0  # seconds
LONGEST = 2000  # characters of a message

_KINDS: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (int, float)}
_heard: dict[str, tuple[float, float]] = {}  # of other machines: run -> (its beat, when we saw it)


@dataclass(frozen=True)
class Status:
    """State of a run, and how far it is.

    state    one of STATES; "lost" and "unreadable" are judged by readers, never written
    step     the last one finished, of `steps`
    message  one sentence for people, or "", or where `since` is set the phase that the worker is in
    since    when that phase began, by the clock of `beat`; 0 where message is whole
    pid, born, machine   whose work it is, "" and 0 before it starts
    beat     the machine's monotonic clock when the worker last wrote, in seconds
    wall     the same by the clock on the wall, for people only
    where    whose queue it is in: "" for this machine's, or the name of a cluster's scheduler
    """

    state: str
    step: int = 0
    steps: int = 0
    message: str = ""
    pid: int = 0
    born: str = ""
    machine: str = ""
    beat: float = 0.0
    wall: float = 0.0
    where: str = ""
    since: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether no worker is on it and none will be, unless asked to."""
        return self.state not in ("queued", "running")


def read_status(found: Mapping[str, Any]) -> Status:
    """The status that a file holds; ValueError for one that no worker would write."""
    values = {f.name: found[f.name] for f in fields(Status) if f.name in found}
    if values.get("state") not in STORED:
        raise ValueError(
            f"its state is {values.get('state')!r:.60}, not one of {', '.join(STORED)}"
        )
    for field in fields(Status):
        value, kind = values.get(field.name, field.default), str(field.type)
        wanted = _KINDS[kind]
        if field.name != "state" and (isinstance(value, bool) or not isinstance(value, wanted)):
            raise ValueError(f"its {field.name} is {value!r:.60}")
    for name in ("step", "steps"):
        if values.get(name, 0) < 0:
            raise ValueError(f"its {name} is {values[name]}")
    return replace(Status(**values), message=values.get("message", "")[:LONGEST])


def make_taken(stored: Status, pid: int) -> Status:
    """The status of a run that the process of this machine has just been given."""
    return replace(
        stored, state="running", message="Starting Python", since=time.monotonic(), pid=pid,
        born=process.read_start(pid), machine=process.identify_machine(),
        beat=time.monotonic(), wall=time.time(),
    )  # fmt: skip


def judge_status(stored: Status, run: str) -> Status:
    """What is true now of a run whose file says this: one whose worker is gone is lost.

    A worker of this machine is asked for by pid and start time, and while it lives its run is
    never lost, however long it is silent. One of another machine is lost when its beat has not
    moved for 15 s while we watched.
    """
    if stored.state != "running":
        _heard.pop(run, None)
        return stored
    if stored.machine == process.identify_machine():
        if not process.is_alive(stored.pid, stored.born):
            return _lost(stored)
        return replace(stored, message=_describe_work(stored, time.monotonic()))
    if stored.machine.partition("/")[0] == process.identify_machine().partition("/")[0]:
        return _lost(stored)  # this host, before it was started anew
    beat, since = _heard.get(run, (None, 0.0))
    if beat != stored.beat:
        _heard[run] = stored.beat, time.monotonic()
    elif time.monotonic() - since > SILENT:
        return _lost(stored)
    return replace(stored, message=_describe_work(stored, stored.beat))


def _describe_work(stored: Status, now: float) -> str:
    """What a living worker does; now is by the clock of its machine.

    One that is too busy to beat is still where it last said that it was.
    """
    if stored.since:
        return f"{stored.message}, {_count_seconds(now - stored.since)} so far."
    quiet = now - stored.beat
    if quiet <= SILENT:
        return stored.message
    done = f", {stored.step:,} of {stored.steps:,} steps done" if stored.steps else ""
    return f"At work{done}; last heard from {_count_seconds(quiet)} ago."


def _count_seconds(seconds: float) -> str:
    return format_duration(seconds) if isfinite(seconds) else "an unknown time"


def _lost(stored: Status) -> Status:
    said = (
        f"Its process ended without a word after step {stored.step} (killed, or the machine was "
        "restarted); Resume goes on from the last checkpoint."
    )
    return replace(stored, state="lost", message=said)
