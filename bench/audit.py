"""What an audit costs beside the bare forward passes that its evidence needs; its memory.

python bench/audit.py [--data scenes] [--method cutmix] [--batch 32] [--blocks 3]

Rate: CPU seconds of the passes alone (Lite0 and the late hybrid on each clean picture, Lite0 on
each mix, the hybrid too where the label is made by it), at the same batch, over those of whole
blocks: reading, mixing, shares, rows. Both in one process on one thread, block by block in turn;
the median. The gate is 80 %. Memory: the most that the process ever held, after each block; it
must not grow.
"""

import argparse
import resource
import statistics
import time

import torch

from mixcore.audit.engine import Audit
from mixcore.audit.mixes import MODEL_SIDE
from mixcore.audit.request import Request
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


def spent(action):
    """CPU seconds of this process, all threads."""
    start = time.process_time()
    action()
    return time.process_time() - start


def main():
    ask = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    ask.add_argument("--data", default="scenes")
    ask.add_argument("--method", nargs="+", default=["cutmix"])
    ask.add_argument("--batch", type=int, default=32)
    ask.add_argument("--blocks", type=int, default=3)
    asked = ask.parse_args()
    request = Request(
        data=asked.data, methods=tuple(asked.method), n=asked.batch * (asked.blocks + 1),
        batch=asked.batch, device="cpu",
    )  # fmt: skip
    audit = Audit(request)
    ratios = []
    for block in audit.bounds:
        bare = spent(lambda: passes(audit, asked.batch))
        whole = spent(lambda block=block: audit.rows(block, audit.read(block)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
        warm = " (warming up)" if block == 0 else ""
        print(f"block {block}: passes {bare:6.2f} s, audit {whole:6.2f} s, "
              f"{100 * bare / whole:5.1f} %, at most {peak:,.0f} MB so far{warm}")  # fmt: skip
        ratios += [bare / whole] if block else []
    mixes = asked.batch * len(audit.methods)
    ratio = 100 * statistics.median(ratios)
    print(f"{' '.join(asked.method)} on {asked.data}: {ratio:.0f} % of the "
          f"bare passes' rate, {mixes} mixes a block, {len(audit.source):,} pictures")  # fmt: skip


if __name__ == "__main__":
    main()
