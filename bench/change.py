"""What one change on Explore costs the server: processor seconds for each method.

python bench/change.py [--times 4] [--methods cutmix snapmix ...] [--url ADDRESS --pid PROCESS]

One person, no browser. Each method is chosen in turn, then its seed is changed, over and over;
processor time, not the clock, as others may be at work on the machine. Then a second visitor comes:
what the first page costs, when the models are in memory. The gates are 0.12 s in the median over
all methods for a change, and 0.4 s for the first page.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from contextlib import nullcontext
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from visitors import Answer, Visitor, check_address, cpu_seconds, mixable, serve

PAIRS = (("owl", "dog"), ("kingfisher", "coffee"), ("bee", "parrot"), ("crab", "owl"))
QUIET = 0.05  # seconds after an answer for what the server still has to put away


async def cost(pid: int, ask) -> tuple[float, Answer]:
    """Processor seconds of one answer, and the answer."""
    before = cpu_seconds(pid)
    answer = await ask
    await asyncio.sleep(QUIET)
    return cpu_seconds(pid) - before, answer


async def measure(address: str, pid: int, times: int, methods: tuple[str, ...]) -> None:
    """Print a row for each method, the medians, and the first page of visitors."""
    visitor = Visitor(address, ("cat", "coffee"))
    await visitor.open()
    for method in methods:  # models and imports first, as on any server that has been up a while
        await visitor.change(method=method)
    spent: dict[str, list[list[float]]] = {"method": [], "seed": []}
    clock: dict[str, list[float]] = {"method": [], "seed": []}
    print("method             to it, s   seed, s   kB")
    seed = 1
    for method in methods:
        rows: dict[str, list[float]] = {"method": [], "seed": []}
        for _ in range(times):
            seed += 1
            other = methods[0] if method != methods[0] else methods[1]
            await visitor.change(method=other, seed=seed)
            for kind, asked in (("method", {"method": method}), ("seed", {"seed": seed + 5000})):
                used, answer = await cost(pid, visitor.change(**asked))
                rows[kind].append(used)
                clock[kind].append(answer.picture)
        for kind, row in rows.items():
            spent[kind].append(row)
        means = [statistics.fmean(row) for row in rows.values()]
        print(f"{method:18} {means[0]:8.3f}  {means[1]:8.3f}   {answer.bytes / 1e3:.0f}")
    for kind, table in spent.items():
        means = [statistics.fmean(row) for row in table]
        wait = 1e3 * statistics.median(clock[kind])
        print(
            f"change of {kind}: processor time {statistics.median(means):.3f} s in the median over "
            f"{len(table)} methods, highest {max(means):.3f}; p50 until the picture {wait:.0f} ms"
        )
    firsts = []
    for pair in PAIRS:
        second = Visitor(address, pair)
        used, answer = await cost(pid, second.open())
        firsts.append((used, answer.picture))
        await second.close()
    used, wait = (statistics.median(row) for row in zip(*firsts, strict=True))
    print(
        f"first page of a later visitor: processor time {used:.3f} s in the median, until the "
        f"picture {wait:.2f} s (n {len(firsts)}, each with other photos)"
    )
    await visitor.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=4)
    parser.add_argument("--methods", nargs="+")
    parser.add_argument("--url", type=check_address, help="a server that runs on this machine")
    parser.add_argument("--pid", type=int, help="its process, for processor time")
    options = parser.parse_args()
    methods = tuple(options.methods or mixable())
    started = nullcontext((options.url, options.pid)) if options.url else serve()
    with started as (address, pid):
        begun = time.perf_counter()
        asyncio.run(measure(address, pid, options.times, methods))
        print(f"measured in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
