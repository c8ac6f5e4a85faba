"""Teachers: frozen networks that an objective learns from.

One that is trained first is kept under the home folder, by the digest of all that it depends on, so
that runs share it. It is there once its file is: that is written whole, after the last epoch.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mixcore.data.sources import find_path
from mixcore.evidence.models.normalized import Normalized
from mixcore.objectives import find_objective
from mixcore.runs import Store, home
from mixcore.taught import FIRST, SAME, Taught
from mixcore.train import checkpoint, model_catalog, restore
from mixcore.train.in_memory import Data
from mixcore.train.tally import Tally
from mixcore.train.training_request import TrainingRequest
from mixcore.train_names import NONE

KEPT, LOCK = "teacher.safetensors", "lock"
POLL = 0.2  # seconds
OWN = ("device", "threads", "log_every", "download", "precision", "observe", "observe_parameters")
"""What a request says of the run and not of the teacher: it does not count for the digest."""

Start = Callable[[TrainingRequest], Any]  # a Training
OnStep = Callable[[int, int], object]


def find_teacher(
    taught: Taught, request: TrainingRequest, data: Data, device: torch.device, start: Start
) -> nn.Module:
    """The frozen network that the objective's words name, for pictures of this data.

    A teacher that is to be trained first and is not there yet is trained, by what `start` makes of
    its request. ValueError says in a sentence why there is none.
    """
    word, _, name = taught.teacher.partition(":")
    if taught.teacher == FIRST:
        asked = make_request(taught, request)
        path = find_folder(asked) / KEPT
        keep_teacher(asked, start)
        try:
            teacher: nn.Module = restore.read_weights(path, asked.model)
        except ValueError:  # it was damaged since: then it is trained anew
            path.unlink()
            keep_teacher(asked, start)
            teacher = restore.read_weights(path, asked.model)
        _check_facts(restore.read_facts(path), data, "The teacher that was trained first")
    elif word == "run" and name:
        teacher = _load_run(name, data)
    elif word == "timm" and name:
        teacher = _load_timm(name, data)
    else:
        raise ValueError(f"The teacher must be first, run:ID or timm:NAME, got {taught.teacher!r}.")
    return teacher.to(device).eval().requires_grad_(False)


def make_untrained(
    taught: Taught, request: TrainingRequest, data: Data, device: torch.device, start: Start
) -> nn.Module:
    """A teacher of the right size that knows nothing, where only time counts."""
    if taught.teacher != FIRST:
        return find_teacher(taught, request, data, device, start)
    model = model_catalog.build_model(
        taught.teacher_model, data.shape, len(data.classes), data.mean, data.std
    )
    return model.to(device).eval().requires_grad_(False)


def make_request(taught: Taught, request: TrainingRequest) -> TrainingRequest:
    """The training of a teacher that a run trains first."""
    return TrainingRequest.from_dict(
        {
            **request.to_dict(),
            "model": taught.teacher_model, "method": taught.teacher_method, "parameters": {},
            "p": 1.0, "per_batch": False, "pairing": "shuffle", "other": NONE, "mix_share": 1.0,
            "objective": "cross_entropy", "objective_parameters": {},
            "observe": NONE, "observe_parameters": {}, "ema": 0.0,
            "epochs": taught.teacher_epochs or request.epochs, "seed": taught.teacher_seed,
            "augment": request.augment if taught.teacher_augment == SAME
            else taught.teacher_augment,
        }
    )  # fmt: skip


def find_missing(request: TrainingRequest) -> TrainingRequest | None:
    """The training of the teacher that this run needs and that is not there; None without one."""
    kind = find_objective(request.objective)
    if not issubclass(kind, Taught):
        return None
    taught = kind.from_dict(request.objective_parameters)
    if taught.teacher != FIRST:
        return None
    asked = make_request(taught, request)
    return None if is_kept(asked) else asked


def keep_first(request: TrainingRequest, start: Start, on_step: OnStep) -> None:
    """Train the teacher that a request needs and that is not there; as `keep_teacher`."""
    asked = find_missing(request)
    if asked is not None:
        keep_teacher(asked, start, on_step)


def find_folder(asked: TrainingRequest) -> Path:
    """Where a teacher is kept: by the digest of its request and the state of its data's files."""
    facts = {name: value for name, value in asked.to_dict().items() if name not in OWN}
    path = find_path(asked.data)
    changed = [] if path is None else [str(path.resolve()), path.stat().st_mtime_ns]
    words = json.dumps([facts, changed], sort_keys=True)
    return home.get_home() / "teachers" / hashlib.sha256(words.encode()).hexdigest()[:20]


def is_kept(asked: TrainingRequest) -> bool:
    """Whether a teacher is there, whole."""
    return (find_folder(asked) / KEPT).is_file()


def keep_teacher(
    asked: TrainingRequest, start: Start, on_step: OnStep = lambda step, steps: None
) -> None:
    """Train a teacher and keep it, unless it is there.

    on_step  called before each step with its number and how many there are; what it raises ends
             the training, of which nothing is left
    """
    if is_kept(asked):
        return
    folder = find_folder(asked)
    with hold_folder(folder, lambda: on_step(0, 1)):
        if is_kept(asked):
            return
        job, step = start(asked), 0
        for epoch in range(asked.epochs):
            tally = Tally()
            with closing(job.batches(epoch, 0)) as batches:
                for batch in batches:
                    on_step(step, job.steps)
                    job.step(step, batch, tally)
                    step += 1
            tally.settle()
        checkpoint.write_epoch(folder, asked.epochs, job.judged, job.facts())
        finish_folder(folder, folder)


@contextmanager
def hold_folder(folder: Path, wait: Callable[[], object]) -> Iterator[None]:
    """Lock a teacher's folder; `wait` is called as long as another process has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / LOCK, "a") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                wait()
                time.sleep(POLL)
        yield


def finish_folder(folder: Path, weights: Path) -> None:
    """Make the last epoch's weights the teacher, and leave nothing else."""
    last = max(weights.glob("epoch-*.safetensors"))
    os.replace(last, folder / KEPT)
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in (KEPT, LOCK):
            path.unlink()


def _load_run(name: str, data: Data) -> nn.Module:
    run = Store().run(name)
    state = run.status().state
    if state != "done":
        raise ValueError(
            f"The teacher {name} is {state}, and only a run that is done can teach: let it end, or "
            "choose another one."
        )
    job = run.job()
    if job.kind != "train":
        raise ValueError(f"The teacher {name} is no training, so it has no weights to teach with.")
    _check_facts(restore.read_run_facts(run), data, f"The teacher {name}")
    return restore.load_model(run)


def _check_facts(facts: dict[str, Any], data: Data, owner: str) -> None:
    """ValueError for other classes than the data's, and for other pictures."""
    names = list(facts.get("class_names") or [])
    if facts["classes"] != len(data.classes) or (names and names != list(data.classes)):
        known = f" ({_list_names(names)})" if names else ""
        raise ValueError(
            f"{owner} knows {facts['classes']} classes{known}, and this data has "
            f"{len(data.classes)} ({_list_names(data.classes)}): choose one of the same classes."
        )
    shape = tuple(facts["shape"])
    if shape != tuple(data.shape):
        raise ValueError(
            f"{owner} takes pictures of {_size(shape)}, and this run's are {_size(data.shape)}: "
            "choose one of the same size, or set the run's size."
        )


def _load_timm(name: str, data: Data) -> nn.Module:
    """A model of timm's with its weights from this machine; nothing is fetched."""
    import timm

    if not timm.is_model(name):
        raise ValueError(f"timm has no model {name!r}, so it can be no teacher.")
    facts: Any = timm.get_pretrained_cfg(name)
    path = _find_weights(facts)
    if path is None:
        raise ValueError(
            f"The weights of timm:{name} are not on this machine, and nothing is fetched: choose a "
            "run as teacher, or train one first."
        )
    if facts.num_classes != len(data.classes):
        raise ValueError(
            f"The teacher timm:{name} knows {facts.num_classes} classes, and this data has "
            f"{len(data.classes)}: choose one of the same classes."
        )
    model = timm.create_model(name, pretrained=True, pretrained_cfg_overlay={"file": str(path)})
    teacher = Normalized(model).eval()
    try:
        with torch.no_grad():
            teacher(torch.zeros(1, *data.shape, dtype=torch.float32, device="cpu"))
    except (AssertionError, RuntimeError, ValueError):
        raise ValueError(
            f"The teacher timm:{name} takes pictures of {_size(facts.input_size)}, and this run's "
            f"are {_size(data.shape)}: choose another, or set the run's size."
        ) from None
    return teacher


def _find_weights(facts: Any) -> Path | None:
    """The file of a model's weights, where an earlier use has left it in a cache."""
    if facts is None:
        return None
    if facts.hf_hub_id:
        from huggingface_hub import try_to_load_from_cache

        names = [facts.hf_hub_filename] if facts.hf_hub_filename else [
            "model.safetensors", "pytorch_model.bin"
        ]  # fmt: skip
        for name in names:
            found = try_to_load_from_cache(facts.hf_hub_id, name)
            if isinstance(found, str):
                return Path(found)
    if facts.url:
        path = Path(torch.hub.get_dir(), "checkpoints", facts.url.rpartition("/")[2])
        return path if path.is_file() else None
    return None


def _size(shape: Any) -> str:
    c, h, w = shape
    return f"{h} x {w} pixels and {c} channel{'s' * (c != 1)}"


def _list_names(names: Any) -> str:
    shown = [str(name) for name in list(names)[:4]]
    return ", ".join([*shown, "..."] if len(names) > 4 else shown)
