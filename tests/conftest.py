"""Shared by all tests: quiet, repeatable, on few threads."""

import torch
from hypothesis import settings

from chromium import MISSED

settings.register_profile("mixscope", derandomize=True, deadline=None, max_examples=25)
settings.load_profile("mixscope")
torch.set_num_threads(1)


def pytest_addoption(parser):
    parser.addoption(
        "--remake-golden",
        action="store_true",
        dest="remake_golden",
        help="write the golden pictures anew instead of comparing with them",
    )
    parser.addoption(
        "--hostile",
        type=int,
        default=1,
        metavar="TIMES",
        help="try this many times as many broken files, links and requests in tests/hostile",
    )


def pytest_terminal_summary(terminalreporter):
    skipped = [str(one.longrepr) for one in terminalreporter.stats.get("skipped", ())]
    if any(MISSED in reason for reason in skipped):
        terminalreporter.section("no browser", sep="!", red=True, bold=True)
        terminalreporter.line(MISSED, red=True, bold=True)
