"""python -m mixcore examples: the runs that ship with MixScope, listed, checked, made again.

What they are is said here. They are real runs of the real loop, of which are kept the files that
pages read; weights, which take megabytes, are not. On one machine they come out the same each
time, but for the seconds that they took.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mixcore.audit import audit_request
from mixcore.cli import output
from mixcore.runs import Run, Status, Store, files, showcase
from mixcore.runs.run import PLANS, REQUEST, STATUS
from mixcore.train import training_request
from mixcore.train_names import NONE

SEEDS = 4  # the fewest whose interval says something
REQUESTS: tuple[training_request.TrainingRequest | audit_request.AuditRequest, ...] = (
    *(
        training_request.TrainingRequest.from_dict(
            {"method": method, "seed": seed, "device": "cpu"}
        )
        for seed in range(SEEDS)
        for method in ("cutmix", NONE)
    ),
    audit_request.AuditRequest.from_dict(
        {
            "methods": ("mixup", "cutmix", "resizemix", "saliencymix", "transmix", "visiblemix"),
            "n": 300,
            "batch": 12,
            "device": "cpu",
        }
    ),
)
INPUTS = "inputs.json"  # run -> digest of what it was made from
METRICS, TABLE = "metrics.jsonl", "table.parquet"
DIGITS = 5  # that are kept of measured numbers: more are no more than noise
EVERY = 4  # epochs of which one keeps its example mixes
NEAR = 5e-3  # how far numbers of two machines may be apart


def fill_parser(parser: argparse.ArgumentParser, words: list[str]) -> None:
    """What the command takes."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--check", action="store_true", help="say which would come out otherwise now; a minute"
    )
    what.add_argument("--make", action="store_true", help="make all of them again; minutes")
    output.add_json(parser)
    parser.set_defaults(run=show_examples)


def show_examples(options: argparse.Namespace) -> int:
    """List them, or make them again, or check them; 1 where one is out of date."""
    if options.make:
        make_examples()
    runs = Store(showcase.FOLDER).runs()
    stale = {run.id: why for run in runs if (why := find_change(run))} if options.check else {}
    lines = [f"{run.id}: {stale.get(run.id) or read_request(run).command()}"
             for run in reversed(runs)]  # fmt: skip
    found = [{"run": run.id, "config": run.job().config, "change": stale.get(run.id)}
             for run in reversed(runs)]  # fmt: skip
    output.print_result(options, found, "\n".join(lines))
    return int(bool(stale))


def read_request(run: Run) -> training_request.TrainingRequest | audit_request.AuditRequest:
    """What an example was asked for."""
    job = run.job()
    if job.kind == "train":
        return training_request.TrainingRequest.from_dict(job.config)
    return audit_request.AuditRequest.from_dict(job.config)


def make_examples(folder: Path = showcase.FOLDER) -> None:
    """Do all runs in a home of their own, and put what is kept of them into the folder."""
    from mixcore import worker

    with TemporaryDirectory() as home:
        store = Store(Path(home))
        for request in REQUESTS:
            run = store.create(request.job(), own=True)
            bar = output.ProgressBar()
            worker.run_in_foreground(run, store, bar)
            bar.close()
        shutil.rmtree(folder, ignore_errors=True)
        for run in store.runs():
            keep_files(run, folder / "runs" / run.id)
    inputs = {run.id: compute_inputs(run) for run in reversed(Store(folder).runs())}
    files.write_json(folder / INPUTS, inputs)


def keep_files(run: Run, folder: Path) -> None:
    """Copy what pages read of a run; its status without the machine that it ran on."""
    folder.mkdir(parents=True)
    for name in (REQUEST, TABLE):
        if (run.folder / name).is_file():
            shutil.copyfile(run.folder / name, folder / name)
    lines = (run.folder / METRICS).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line, parse_float=lambda text: float(f"{float(text):.{DIGITS}g}"))
            for line in lines]  # fmt: skip
    (folder / METRICS).write_bytes(b"".join(map(files.encode_line, rows)))
    end = run.stored()
    status = Status(end.state, end.step, end.steps, end.message)
    files.write_json(folder / STATUS, vars(status))
    if plans := run.plans()[EVERY - 1 :: EVERY]:
        (folder / PLANS).mkdir()
        for path in plans:
            shutil.copyfile(path, folder / PLANS / path.name)


def find_change(run: Run) -> str | None:
    """Why an example would come out otherwise now, in a sentence; None where it would not."""
    known = files.read_json(showcase.FOLDER / INPUTS)
    if known.get(run.id) != compute_inputs(run):
        return "What it is made from has changed: make the examples again."
    same = repeats_steps(run) if run.job().kind == "train" else repeats_block(run)
    return None if same else "Its first numbers come out otherwise now: make the examples again."


def compute_inputs(run: Run) -> str:
    """16 hex digits of what a run is made from: its request, and the data or maps behind it."""
    config = run.job().config
    if run.job().kind == "train":
        from mixcore.train import training_data

        data: Any = training_data.load_data(training_request.TrainingRequest.from_dict(config))
        parts = [hashlib.sha256(part.x.numpy().tobytes() + part.y.numpy().tobytes()).hexdigest()
                 for part in (data.train, data.val, data.test)]  # fmt: skip
    else:
        from mixcore.audit.engine import Audit

        facts = Audit(audit_request.AuditRequest.from_dict(config)).facts()
        parts = [facts[name] for name in ("classes", "judge", "digests", "own map")]
    found = json.dumps([config, parts], sort_keys=True).encode()
    return hashlib.sha256(found).hexdigest()[:16]


def repeats_steps(run: Run) -> bool:
    """Whether the first steps of a training come out as they are kept."""
    from mixcore.train.tally import Tally
    from mixcore.train.training import Training

    metrics = run.metrics()
    metrics.update()
    kept = metrics.steps[0]
    job, tally = Training(training_request.TrainingRequest.from_dict(run.job().config)), Tally()
    for step, batch in zip(range(kept["step"]), job.batches(0, 0), strict=False):
        job.step(step, batch, tally)
    tally.settle()
    now = tally.point()
    return all(abs(now[name] - kept[name]) < NEAR for name in ("loss", "accuracy"))


def repeats_block(run: Run) -> bool:
    """Whether the first block of an audit comes out as its table has it."""
    import numpy as np

    from mixcore.audit import table_files
    from mixcore.audit.engine import Audit

    made = Audit(audit_request.AuditRequest.from_dict(run.job().config))
    columns = made.rows(made.lay(0)).columns
    kept = table_files.read_table(run.folder).slice(0, len(columns["row"]))
    return all(
        np.allclose(
            np.array(columns[name], float), kept.column(name).to_numpy(zero_copy_only=False),
            atol=NEAR, rtol=0, equal_nan=True,
        )
        for name in ("row", "class_a", "class_b", "lam", "area", "w_a", "w_b", "s_a", "s_b",
                     "mismatch")
    )  # fmt: skip
