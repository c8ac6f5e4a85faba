"""How many people one server carries: a class that explores together, without a browser.

python bench/load.py [--people 8] [--seconds 40] [--change seed|method|both] [--url ADDRESS]

Each of the people opens Explore with a pair of their own; then, until the time is over, each looks
at the answer for 2 to 4 seconds and changes the seed or the method. Every answer is checked to be
the asker's own; the first that is not ends the run. Printed: how long answers take (until the
picture, and until the whole page), how many there were, the server's processor time for each, and
its memory over time. The server is started for the purpose, or is one on this machine (--url, and
--pid for its processor time and memory).

The people take processor time as well, about a tenth of the server's.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from visitors import (
    Visitor,
    check_address,
    cpu_seconds,
    mixable,
    resident_mib,
    serve,
)

from mixcore.data import gallery

MOST, LONGEST = 200, 1800  # people, and seconds, at most
THINKING = (2.0, 4.0)
SAMPLES = 8  # of memory, in a run
CHANGES = ("seed", "method", "both")


@dataclass
class Tally:
    """What came of a run: seconds of each answer, and memory (seconds since the start, MiB)."""

    first: list[float] = field(default_factory=list)
    pictures: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    cpu: float = 0.0
    bytes: int = 0


def pairs(people: int) -> list[tuple[str, str]]:
    """A pair of photos for each, no two alike where there are enough."""
    names = gallery.names()
    every = [(a, b) for step in range(1, len(names)) for a, b in _steps(names, step)]
    return [every[i % len(every)] for i in range(people)]


def _steps(names: tuple[str, ...], step: int) -> list[tuple[str, str]]:
    return [(a, names[(i + step) % len(names)]) for i, a in enumerate(names)]


async def use(
    visitor: Visitor, change: str, until: float, most: int, tally: Tally,
    thinking: tuple[float, float], chance: random.Random,
) -> None:  # fmt: skip
    """One person: open the page, then look and change until the time is over, or so often."""
    await asyncio.sleep(chance.uniform(0, thinking[1]))
    tally.first.append((await visitor.open()).picture)
    methods = mixable()
    try:
        for _ in range(most):
            await asyncio.sleep(chance.uniform(*thinking))
            if time.monotonic() > until:
                return
            kind = chance.choice(("seed", "method")) if change == "both" else change
            if kind == "seed":
                answer = await visitor.change(seed=chance.randrange(10_000))
            else:
                answer = await visitor.change(method=chance.choice(methods))
            tally.pictures.append(answer.picture)
            tally.answers.append(answer.seconds)
            tally.bytes += answer.bytes
    finally:
        await visitor.close()


async def watch(pid: int, seconds: float, tally: Tally) -> None:
    """Note the server's memory now and then."""
    begun = time.monotonic()
    while True:
        tally.memory.append((time.monotonic() - begun, resident_mib(pid)))
        await asyncio.sleep(seconds / SAMPLES)


async def crowd(
    address: str,
    pid: int | None,
    people: int,
    seconds: float,
    change: str = "both",
    seed: int = 0,
    thinking: tuple[float, float] = THINKING,
    most: int = 1000,
) -> Tally:
    """So many people for so long, or until each has made `most` changes; what came of it.

    WrongAnswerError, in a group, where an answer is not the asker's own.
    """
    tally, until = Tally(), time.monotonic() + seconds
    before = cpu_seconds(pid) if pid else 0.0
    watching = asyncio.create_task(watch(pid, seconds, tally)) if pid else None
    async with asyncio.TaskGroup() as group:
        for i, pair in enumerate(pairs(people)):
            visitor = Visitor(address, pair, seed=i)
            chance = random.Random(f"{seed} {i}")
            group.create_task(use(visitor, change, until, most, tally, thinking, chance))
    if pid:
        watching.cancel()
        tally.cpu = cpu_seconds(pid) - before
        tally.memory.append((seconds, resident_mib(pid)))
    return tally


def quantile(values: list[float], share: float) -> float:
    """The value below which this share lies."""
    if len(values) < 2:
        return values[0] if values else float("nan")
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]


def tell(tally: Tally, people: int, seconds: float) -> None:
    """Print what came of it."""
    print(f"{people} people, {seconds:g} s: {len(tally.answers)} answers, all the asker's own")
    for name, values in {
        "first picture": tally.first,
        "to the picture": tally.pictures,
        "whole answer": tally.answers,
    }.items():
        p50, p95 = quantile(values, 0.5), quantile(values, 0.95)
        print(f"{name:15}  p50 {p50:6.2f} s   p95 {p95:6.2f} s   n {len(values)}")
    if tally.cpu:
        each = tally.cpu / max(1, len(tally.answers) + len(tally.first))
        print(f"server's processor time {tally.cpu:.1f} s, {each:.3f} s an answer")
        print("memory, MiB: " + ", ".join(f"{at:.0f} s {mib:.0f}" for at, mib in tally.memory))
    print(f"sent {tally.bytes / max(1, len(tally.answers)) / 1e3:.0f} kB an answer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--change", choices=CHANGES, default="both")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--url", type=check_address, help="a server that runs on this machine")
    parser.add_argument("--pid", type=int, help="its process, for processor time and memory")
    options = parser.parse_args()
    if not 1 <= options.people <= MOST or not 1 <= options.seconds <= LONGEST:
        parser.error(f"1 to {MOST} people and 1 to {LONGEST} seconds, please.")
    started = nullcontext((options.url, options.pid)) if options.url else serve()
    with started as (address, pid):
        # The models come into memory first, as on any server that has been up for a minute.
        asyncio.run(crowd(address, pid, 1, 12, "method", thinking=(0.0, 0.1)))
        tally = asyncio.run(
            crowd(address, pid, options.people, options.seconds, options.change, options.seed)
        )
    tell(tally, options.people, options.seconds)


if __name__ == "__main__":
    main()
