"""What an audit costs beside the bare forward passes that its evidence needs; its memory.

python bench/audit.py [--data scenes] [--method cutmix] [--batch 32] [--blocks 4]

Bare are the passes alone: Lite0 and the late hybrid on each clean picture, Lite0 on each mix, the
hybrid too where the label is made by it, at the same batch, on one thread, in the same process,
block by block in turn. Printed are medians of the audit's rate as a share of theirs:

by the clock  the audit as a worker runs it, the next block read and mixed meanwhile
CPU seconds   all of its threads: reading, mixing, shares, rows
ordinary      CPU seconds again, against passes in a process that hands its memory back (before
              `mixcore.runs.heap.keep_freed_memory`), as a plain loop makes them

Memory: the most that the process ever held, after each block; it must not grow.
"""

import argparse
import resource
import statistics
import time

import torch

from mixcore.audit.audit_request import AuditRequest
from mixcore.audit.audit_sources import MODEL_SIDE
from mixcore.audit.engine import Audit
from mixcore.evidence.models import shared_pass
from mixcore.runs import heap


def passes(audit, b):
    """The forward passes of one block, and nothing else."""
    eyes = audit.eyes
    with torch.no_grad():
        shared_pass.run_bare(eyes.models, torch.rand(b, 3, MODEL_SIDE, MODEL_SIDE))
        for method in audit.methods:
            x = torch.rand(b, 3, MODEL_SIDE, MODEL_SIDE)
            wanted = ("lite0", "late") if method.info.after else ("lite0",)
            shared_pass.run_bare({name: eyes.models[name] for name in wanted}, x)


def spent(action, rest=0.0):
    """Seconds: by the clock, CPU of this thread, CPU of all; rest lets the others end."""
    start = time.perf_counter(), time.thread_time(), time.process_time()
    action()
    mine = time.perf_counter() - start[0], time.thread_time() - start[1]
    time.sleep(rest)
    return *mine, time.process_time() - start[2]


def main():
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("--data", default="scenes")
    ask.add_argument("--method", nargs="+", default=["cutmix"])
    ask.add_argument("--batch", type=int, default=32)
    ask.add_argument("--blocks", type=int, default=4)
    asked = ask.parse_args()
    request = AuditRequest(
        data=asked.data, methods=tuple(asked.method), n=asked.batch * (asked.blocks + 1),
        batch=asked.batch, device="cpu",
    )  # fmt: skip
    audit = Audit(request)
    passes(audit, asked.batch)
    ordinary = statistics.median(spent(lambda: passes(audit, asked.batch))[2] for _ in range(3))
    heap.keep_freed_memory()
    print(f"passes in an ordinary process: {ordinary:.2f} CPU s")
    shares, blocks = [], audit.ahead([*audit.bounds])
    for block in audit.bounds:
        bare = spent(lambda: passes(audit, asked.batch))
        whole = spent(lambda: audit.rows(next(blocks)), rest=1.0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        warm = " (warming up)" if block == 0 else ""
        print(f"block {block}: passes {bare[2]:.2f} CPU s; audit {whole[0]:.2f} s, {whole[1]:.2f} "
              f"CPU s with the models, {whole[2]:.2f} in all; {peak:,.0f} MB{warm}")  # fmt: skip
        ratios = [one / other for one, other in zip(bare, whole, strict=True)]
        shares += [(*ratios, ordinary / whole[2])] if block else []
    clock, models, cpu, plain = (statistics.median(one) for one in zip(*shares, strict=True))
    print(f"{' '.join(asked.method)} on {asked.data}, {asked.batch * len(audit.methods)} mixes a "
          f"block, {len(audit.source):,} pictures: {clock:.0%} of the bare passes' rate by the "
          f"clock, {models:.0%} in the models' thread, {cpu:.0%} by all CPU seconds, {plain:.0%} "
          "of an ordinary process's")  # fmt: skip


if __name__ == "__main__":
    main()
