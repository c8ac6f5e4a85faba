"""One audit in several jobs, each with its share of the blocks.

For data that outgrow one worker.

A block is the same in every worker, so the joined table is the one that a single job would have
written. Any `mixcore.runs.Executor` will do; all workers must see the same folders.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from mixcore.audit import engine, report, table_files
from mixcore.audit.audit_job import sum_up_facts
from mixcore.audit.audit_request import AuditRequest
from mixcore.runs import Executor, Run, Status
from mixcore.runs.work import Watch

LOOK = 0.5  # seconds


def submit_shards(request: AuditRequest, executor: Executor, owner: str = "") -> list[Run]:
    """A job for each shard of the request that has a block to do, queued or started."""
    blocks = max(1, request.n // request.batch)
    request = replace(request, shards=min(request.shards, blocks))
    shards = [replace(request, shard=k) for k in range(request.shards)]
    return [executor.submit(shard.job(owner=owner)) for shard in shards]


def wait_for_shards(
    runs: Sequence[Run], executor: Executor, watch: Watch = lambda now, row: None
) -> None:
    """Until all have ended; ValueError names the first that did not end well.

    watch is told how far they are together. Ctrl-C stops them, each after its last block.
    """
    try:
        _until_ended(runs, executor, watch)
    except KeyboardInterrupt:
        for run in runs:
            executor.store.stop(run)
        _until_ended(runs, executor, watch)
    for run in runs:
        now = run.status()
        if now.state != "done":
            every = " ".join(str(one.folder) for one in runs)
            raise ValueError(
                f"{run.id} is {now.state}: {now.message or 'it gave no reason.'} What was finished "
                f"is kept: use --resume {run.folder}, the same for others that are not done, then "
                f"--join {every}."
            )


def _until_ended(runs: Sequence[Run], executor: Executor, watch: Watch) -> None:
    asked = AuditRequest.from_dict(runs[0].job().config)
    steps, ended = asked.n * len(asked.methods), False
    while not ended:
        executor.advance()
        found = [run.status() for run in runs]
        ended = all(now.ended for now in found)
        watch(Status("running", step=sum(now.step for now in found), steps=steps), None)
        time.sleep(0 if ended else LOOK)


def join_shards(folders: Sequence[Path], out: Path) -> dict[str, Any]:
    """One table and report in `out` of finished shards; the summary.

    ValueError where shards are missing, doubled or of different audits.
    """
    tables = {folder: table_files.read_facts(folder / table_files.TABLE) for folder in folders}
    asked = {folder: AuditRequest.from_dict(found["request"]) for folder, found in tables.items()}
    ordered = sorted(folders, key=lambda folder: asked[folder].shard)
    first = asked[ordered[0]]
    if {replace(one, shard=0) for one in asked.values()} != {replace(first, shard=0)}:
        raise ValueError("These are shards of different audits: name those of one.")
    if [asked[folder].shard for folder in ordered] != list(range(first.shards)):
        have = ", ".join(str(asked[folder].shard + 1) for folder in ordered)
        raise ValueError(f"The audit has {first.shards} shards, got number {have}.")
    if len({str(found.get("digests")) for found in tables.values()}) > 1:
        raise ValueError(
            "These shards were judged by maps of different digests: make them anew by one version "
            "of mixcore and its models."
        )
    facts = sum_up_facts(tables[ordered[0]], [tables[folder] for folder in ordered])
    facts["request"] = replace(first, shards=1, shard=0).to_dict()
    out.mkdir(parents=True, exist_ok=True)
    table_files.concat_tables(
        [folder / table_files.TABLE for folder in ordered], out / table_files.TABLE, facts
    )
    whole = engine.Audit(replace(first, shards=1, shard=0))
    return report.write_report(out, whole.remake)
