"""The kind of job that audits offer to mixcore.worker: blocks until done or stopped."""

from __future__ import annotations

import time
from contextlib import closing
from typing import Any

from mixcore.audit import report, schema, table_files
from mixcore.audit.audit_request import AuditRequest
from mixcore.audit.engine import Audit, StoppedError
from mixcore.data.dataset import describe_skipped
from mixcore.runs import Work, courtesy, home
from mixcore.runs.number_text import format_duration


def run_audit(work: Work) -> tuple[str, str]:
    """Audit as the run's request says; goes on after the parts that are there."""
    request = AuditRequest.from_dict(work.run.job().config)
    work.enter_phase("Opening the data set")
    made = Audit(request)
    if not made.bounds:
        return "done", "This shard has no block to do."
    if not (work.folder / table_files.TABLE).is_file():
        if not _parts(work, made):
            return "stopped", f"Stopped after {work.step:,} of {made.steps:,} mixes."
        work.enter_phase("Writing the table")
        table_files.join_parts(work.folder, _whole(work, made))
    if request.shards == 1:
        work.enter_phase("Writing the report")
        report.write_report(work.folder, made.remake)
    return "done", describe_skipped(
        table_files.read_facts(work.folder / table_files.TABLE)["skipped"]
    )


def _parts(work: Work, made: Audit) -> bool:
    """Make every part that is missing; False where an end was asked for."""
    missing = [k for k in made.bounds if not table_files.name_part(work.folder, k).is_file()]
    of, known = len(made.methods), made.facts()
    _check_judge(work, known)
    step = made.steps - of * sum(made.bounds[k][1] - made.bounds[k][0] for k in missing)
    started, first, finished = time.monotonic(), step, step
    work.overdue = lambda: finished
    work.log({"kind": "resume" if step else "start", "step": step})
    work.at(step, made.steps)
    work.enter_phase("Loading the models")
    device = made.eyes.device  # asking for the eyes loads them
    work.enter_phase("Making the first mixes")

    def done(n: int) -> None:
        nonlocal step
        step += n
        rate = (step - first) / max(1e-9, time.monotonic() - started)
        left = (made.steps - step) / rate if rate else 0.0
        work.at(step, made.steps, f"{rate:.1f} mixes a second, {format_duration(left)} left")
        if work.stopping:
            raise StoppedError
        if device.type != "cpu":
            courtesy.wait_for_people(home.get_home())

    with closing(made.ahead(missing)) as blocks:
        for laid in blocks:
            if work.stopping:
                return False
            try:
                rows = made.rows(laid, done)
            except StoppedError:
                work.at(finished, made.steps)
                return False
            step = finished + of * laid.n  # what was skipped is done, too
            like = schema.make_schema(made.evidence, table_files.pack_facts(known | laid.facts))
            table_files.write_part(work.folder, laid.number, schema.make_batch(rows.columns, like))
            finished = step
            if laid.facts["skipped"]:
                work.log({"kind": "skipped", "step": step, **laid.facts})
    return True


def _check_judge(work: Work, known: dict[str, Any]) -> None:
    """ValueError where the finished parts were judged by another map than this one."""
    for path in table_files.list_parts(work.folder)[:1]:
        before = table_files.read_facts(path)
        then, now = before["judge"], known["judge"]
        digest = before.get("digests", {}).get(then, known["digests"][now])
        if (then, digest) != (now, known["digests"][now]):
            raise ValueError(
                f"This audit began with {then!r} as its judge and would go on with {now!r} of "
                "another digest: start it anew, so that one map judges all. What was finished is "
                "kept."
            )


def _whole(work: Work, made: Audit) -> dict[str, Any]:
    """The facts of the whole table, with what the parts found out."""
    own = [table_files.read_facts(path) for path in table_files.list_parts(work.folder)]
    return sum_up_facts(made.facts(), own)


def sum_up_facts(facts: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
    """Facts about a whole whose parts found these pictures skipped, and of these sizes."""
    skipped: dict[str, str] = {}
    sizes: list[list[int]] = []
    for part in parts:
        skipped |= part["skipped"]
        sizes += part["sizes"]
    sizes.sort(key=lambda size: (size[0] * size[1], size))
    return facts | {"skipped": skipped, "sizes": [sizes[0], sizes[-1]] if sizes else []}
