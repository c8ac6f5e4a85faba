"""The order of the queue: owners take turns, each owner's jobs in the order of asking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mixcore.runs.job import Job


def order_jobs(waiting: Sequence[Job], running: Iterable[Job] = ()) -> list[Job]:
    """The waiting jobs as they will be started.

    Each owner's first job comes before any owner's second; a job that runs counts as a turn taken.
    """
    turns = Counter(job.owner for job in running)
    ranked = []
    for job in sorted(waiting, key=lambda job: job.number):
        ranked.append((turns[job.owner], job.number, job))
        turns[job.owner] += 1
    return [job for _, _, job in sorted(ranked, key=lambda rank: rank[:2])]


def list_startable(waiting: Sequence[Job], running: Sequence[Job], cores: int) -> list[Job]:
    """Those of the waiting jobs that may start now.

    One GPU job at a time, and CPU jobs while cores are left; one that asks for more cores than
    there are runs alone. A CPU job that must wait lets no later one pass, or it might wait forever.
    """
    busy = sum(job.threads for job in running if not job.gpu)
    gpu_free, cpu_open = not any(job.gpu for job in running), True
    chosen = []
    for job in order_jobs(waiting, running):
        if job.gpu:
            if gpu_free:
                chosen.append(job)
                gpu_free = False
        elif cpu_open and (busy == 0 or busy + job.threads <= cores):
            chosen.append(job)
            busy += job.threads
        else:
            cpu_open = False
    return chosen
