"""The two kinds of job that training offers to mixcore.worker."""

from __future__ import annotations

from mixcore.runs import Work
from mixcore.train import estimate, loop
from mixcore.train.request import Request


def train(work: Work) -> tuple[str, str]:
    """Train as the run's request says."""
    return loop.run(Request.from_dict(work.run.job().config), work)


def smoke(work: Work) -> tuple[str, str]:
    """Try 20 steps, and write down what a whole run would take."""
    found = estimate.measured(Request.from_dict(work.run.job().config), work)
    work.log({"kind": "estimate", "step": found.tried, **vars(found)})
    return "done", found.sentence()
