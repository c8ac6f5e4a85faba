"""What an audit costs beside the bare forward passes that its evidence needs; its memory.

python bench/audit.py [--data scenes] [--method cutmix] [--batch 32] [--blocks 4]

Bare are the passes alone: Lite0 and the late hybrid on each clean picture, Lite0 on each mix, the
hybrid too where the label is made by it, at the same batch, on one thread, in the same process,
block by block in turn. Printed are medians of the audit's rate as a share of theirs:

by the clock  the audit as a worker runs it, the next block read and mixed meanwhile
CPU seconds   all of its threads: reading, mixing, shares, rows
ordinary      CPU seconds again, against passes in a process that hands its memory back (before
              `mixcore.heap.keep`), as a plain loop makes them

Memory: the most that the process ever held, after each block; it must not grow.
"""

import argparse
import resource
import statistics
import time

import torch

from mixcore import heap
from mixcore.audit.engine import Audit
from mixcore.audit.request import Request
from mixcore.audit.sources import MODEL_SIDE
from mixcore.evidence import shared


def passes(audit, b):
    """The forward passes of one block, and nothing else."""
    eyes = audit.eyes
    with torch.no_grad():
        shared.bare(eyes.models, torch.rand(b, 3, MODEL_SIDE, MODEL_SIDE))
        for method in audit.methods:
            x = torch.rand(b, 3, MODEL_SIDE, MODEL_SIDE)
            wanted = ("lite0", "late") if method.info.after else ("lite0",)
            shared.bare({name: eyes.models[name] for name in wanted}, x)


def spent(action, rest=0.0):
    """Seconds of this process, all threads, and by the clock; rest lets other threads end."""
    cpu, clock = time.process_time(), time.perf_counter()
    action()
    clock = time.perf_counter() - clock
    time.sleep(rest)
    return time.process_time() - cpu, clock


def main():
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("--data", default="scenes")
    ask.add_argument("--method", nargs="+", default=["cutmix"])
    ask.add_argument("--batch", type=int, default=32)
    ask.add_argument("--blocks", type=int, default=4)
    asked = ask.parse_args()
    request = Request(
        data=asked.data, methods=tuple(asked.method), n=asked.batch * (asked.blocks + 1),
        batch=asked.batch, device="cpu",
    )  # fmt: skip
    audit = Audit(request)
    passes(audit, asked.batch)
    ordinary = statistics.median(spent(lambda: passes(audit, asked.batch))[0] for _ in range(3))
    heap.keep()
    print(f"passes in an ordinary process: {ordinary:.2f} CPU s")
    shares, blocks = [], audit.ahead([*audit.bounds])
    for block in audit.bounds:
        bare = spent(lambda: passes(audit, asked.batch))
        whole = spent(lambda: audit.rows(next(blocks)), rest=1.0)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        warm = " (warming up)" if block == 0 else ""
        print(f"block {block}: passes {bare[0]:.2f} CPU s, {bare[1]:.2f} s; audit {whole[0]:.2f} "
              f"CPU s, {whole[1]:.2f} s; at most {peak:,.0f} MB so far{warm}")  # fmt: skip
        shares += [(bare[1] / whole[1], bare[0] / whole[0], ordinary / whole[0])] if block else []
    clock, cpu, plain = (statistics.median(one) for one in zip(*shares, strict=True))
    print(f"{' '.join(asked.method)} on {asked.data}, {asked.batch * len(audit.methods)} mixes a "
          f"block, {len(audit.source):,} pictures: {clock:.0%} of the bare passes' rate by the "
          f"clock, {cpu:.0%} by CPU seconds, {plain:.0%} of an ordinary process's")  # fmt: skip


if __name__ == "__main__":
    main()
