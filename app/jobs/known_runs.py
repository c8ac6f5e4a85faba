"""Runs as pages know them: what there is, how each is doing, and what may be asked of it.

Never imports torch: trainings and audits are done by workers, and pages read their files.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import streamlit as st

from mixcore.audit import audit_request
from mixcore.data.known import name_data
from mixcore.methods import get_title
from mixcore.runs import Local, Run, Status, Store, showcase
from mixcore.runs.kinds import find_job_kind
from mixcore.runs.run import REQUEST
from mixcore.train.training_request import TrainingRequest, name_training
from mixcore.train_names import MODELS, name_method

TRAIN, SMOKE, AUDIT, LAB = "train", "smoke", "audit", "lab"
EXAMPLE = "Example"
ACTIVE = ("queued", "running")
MOST = 8  # runs side by side
LATER = 2.0  # seconds
_warming = threading.Lock()


@dataclass(frozen=True)
class RunCard:
    """One run as it is now.

    config  what was asked for, as plain values; empty where its file cannot be read
    slot    which colour of the palette is its own, from 0
    why     why it cannot be read, in a sentence
    twin    whether another run has the same number, as a folder does that was copied by hand
    example whether it ships with MixScope: it is no run of a user, and stays as it is
    """

    run: Run
    status: Status
    kind: str
    config: Mapping[str, Any]
    slot: int = 0
    why: str = ""
    twin: bool = False
    example: bool = False

    @property
    def id(self) -> str:
        """The name of its folder; that of an example may be the name of an own run's, too."""
        return f"{EXAMPLE} {self.run.id}" if self.example else self.run.id

    @property
    def number(self) -> int:
        return int(self.run.id.partition("-")[0])

    @property
    def tag(self) -> str:
        """Its number, or what else no other run has."""
        return self.id if self.twin else str(self.number)

    @property
    def active(self) -> bool:
        return self.status.state in ACTIVE

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end and has not yet."""
        return self.status.state == "running" and self.run.cancelled

    @property
    def name(self) -> str:
        """A short name that no other run has."""
        if self.example:
            return f"{self.group}, seed {self.config['seed']}" if self.kind == TRAIN else EXAMPLE
        if self.kind == AUDIT:
            return f"{self.tag} {Path(str(self.config.get('data', '?'))).stem}"
        if self.kind == LAB:
            return f"{self.tag} {self.config.get('lab', '?')}"
        return f"{self.tag} {name_training(self.config)}"

    @property
    def group(self) -> str:
        """What it is called together with runs that differ in their seed only."""
        return f"{EXAMPLE} {name_method(self.config['method'])}" if self.example else self.name

    @property
    def key(self) -> str:
        """The name that links of before have, with the method's key."""
        return f"{self.tag} {self.config.get('method', '?')}"

    @property
    def about(self) -> str:
        """Data, model and seed, or what is audited."""
        if not self.config:
            return self.why
        if self.kind == AUDIT:
            named = ", ".join(get_title(key) for key in self.config["methods"])
            return f"{named} · {self.config['n']:,} mixes each · seed {self.config['seed']}"
        if self.kind == LAB:
            return f"{self.config['seeds']} seeds"
        data, model = name_data(self.config["data"]), self.config["model"]
        return f"{data} · {MODELS.get(model, model)} · seed {self.config['seed']}"

    @cached_property
    def alike(self) -> tuple[Any, ...]:
        """Equal for runs that differ in their seed only."""
        rest = {name: value for name, value in self.config.items() if name != "seed"}
        return (*sorted((name, repr(value)) for name, value in rest.items()),)

    @property
    def command(self) -> str:
        """The same run from a shell."""
        return find_job_kind(self.kind).load_request().from_dict(self.config).command()


@st.cache_resource(show_spinner=False, max_entries=1)
def get_executor() -> Local:
    """The one that starts workers, for all sessions of this server."""
    return Local(Store())


def list_cards(kind: str = TRAIN) -> list[RunCard]:
    """Every run of a kind, the newest first; starts what may start."""
    local = get_executor()
    found = [read_card(run) for run in local.store.runs()]
    if any(one.status.state == "queued" for one in found):
        local.advance()
        found = [read_card(one.run) if one.active else one for one in found]
    counts = Counter(one.number for one in found)
    found = [replace(one, twin=True) if counts[one.number] > 1 else one for one in found]
    return [one for one in found if one.kind == kind]


@st.cache_data(show_spinner=False, max_entries=2)
def list_examples(kind: str = TRAIN) -> list[RunCard]:
    """The runs of a kind that ship with MixScope, in the order in which they were made."""
    found = [
        replace(read_card(run), example=True) for run in reversed(Store(showcase.FOLDER).runs())
    ]
    return [one for one in found if one.kind == kind]


def find_audits(methods: Collection[str]) -> list[RunCard]:
    """The finished audits of any of these methods, the newest first."""
    return [
        one for one in list_cards(AUDIT)
        if one.status.state == "done" and set(methods) & set(one.config.get("methods", ()))
    ]  # fmt: skip


def read_card(run: Run) -> RunCard:
    """One run as it is now; what was asked for is read once."""
    try:
        kind, config, slot = _asked(str(run.folder))
    except ValueError as error:
        kind = next((kind for kind in (AUDIT, LAB) if f"-{kind}-" in run.id), TRAIN)
        return RunCard(run, run.status(), kind, {}, why=str(error))
    return RunCard(run, run.status(), kind, config, slot)


@st.cache_data(show_spinner=False, max_entries=2000)
def _asked(folder: str) -> tuple[str, dict[str, Any], int]:
    run = Run(Path(folder))
    job = run.job()
    try:
        config = find_job_kind(job.kind).load_request().from_dict(job.config).to_dict()
        return job.kind, config, (job.color or job.number) - 1
    except (ValueError, TypeError) as error:
        raise ValueError(f"{REQUEST} of {run.id} cannot be read: {error}") from None


def find_place(card: RunCard) -> int:
    """Which place a queued run has in the queue, from 1; 0 if it waits no longer."""
    waiting = [run.id for run in get_executor().queue()]
    return waiting.index(card.id) + 1 if card.id in waiting else 0


def warm_worker() -> None:
    """Keep a worker waiting that has imported torch, so that a start takes no seconds.

    A little later: it needs a core while it gets ready, and so does the browser that opens a page.
    """
    if _warming.acquire(blocking=False):
        later = threading.Timer(LATER, _warm, (get_executor(),))
        later.daemon = True
        later.start()


def _warm(local: Local) -> None:
    try:
        local.warm()
    finally:
        _warming.release()


def start_runs(
    request: TrainingRequest | audit_request.AuditRequest, seeds: int = 1, owner: str = ""
) -> list[str]:
    """Queue a request with as many seeds, one after the other; the runs' names."""
    wanted = [replace(request, seed=request.seed + i) for i in range(seeds)]
    return [read_card(get_executor().submit(one.job(owner=owner))).name for one in wanted]


def start_try(request: TrainingRequest, owner: str = "") -> str:
    """Queue a try of 20 steps; those of before that have ended are removed."""
    store = get_executor().store
    for run in store.runs():
        old = read_card(run)
        if old.kind == SMOKE and not old.active:
            store.delete(run)
    return get_executor().submit(request.job(owner=owner, kind=SMOKE)).id


def find_card(name: str) -> RunCard | None:
    """The run of that name, or None where there is none any more."""
    try:
        return read_card(get_executor().store.run(name))
    except ValueError:
        return None


def stop_run(card: RunCard) -> None:
    """Ask a run to end, with a checkpoint."""
    get_executor().store.stop(card.run)


def resume_run(card: RunCard) -> None:
    """Resume a run from its last checkpoint; ValueError where that is no use."""
    get_executor().resume(card.run)


def delete_run(card: RunCard) -> int:
    """Remove a run for good; the bytes that this freed. ValueError while it runs."""
    return get_executor().store.delete(card.run)
