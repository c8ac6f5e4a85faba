"""Shared by all tests: quiet, repeatable, on few threads; which of them `make quick` leaves out."""

from pathlib import Path

import pytest
import torch
from hypothesis import settings

from chromium import MISSED

settings.register_profile("mixscope", derandomize=True, deadline=None, max_examples=25)
settings.load_profile("mixscope")
torch.set_num_threads(1)
ROOT = Path(__file__).parents[1]
SLOW = Path(__file__).with_name("slow.txt")  # a line a test, whatever its parameters
LONG = 0.6  # seconds that one case of a slow test takes, with what is set up for it
took: dict[str, float] = {}  # case -> seconds


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
    parser.addoption(
        "--note-slow",
        action="store_true",
        dest="note_slow",
        help="write tests/slow.txt anew: the tests that take long on this machine",
    )


def pytest_collection_modifyitems(items):
    slow = set(SLOW.read_text(encoding="utf-8").splitlines())
    for item in items:
        if item.nodeid.partition("[")[0] in slow:
            item.add_marker(pytest.mark.slow)


def pytest_runtest_logreport(report):
    case = took.setdefault(report.nodeid, 0.0)
    took[report.nodeid] = case + report.duration


def pytest_sessionfinish(session):
    if session.config.option.note_slow and not hasattr(session.config, "workerinput"):
        slow = {name.partition("[")[0] for name, seconds in took.items() if seconds >= LONG}
        SLOW.write_text("".join(f"{name}\n" for name in sorted(slow)), encoding="utf-8")


def pytest_terminal_summary(terminalreporter):
    skipped = [str(one.longrepr) for one in terminalreporter.stats.get("skipped", ())]
    if any(MISSED in reason for reason in skipped):
        terminalreporter.section("no browser", sep="!", red=True, bold=True)
        terminalreporter.line(MISSED, red=True, bold=True)
