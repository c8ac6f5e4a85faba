"""A started server under a few people: answers are the asker's own, and nobody waits for gc."""

import sys
from pathlib import Path

import pytest

from loops import run_coroutine

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

import load
import visitors

SHORT = (0.05, 0.1)
LOG_FULL_COLLECTIONS = """
import gc, os

def log(phase, info):
    if phase == "stop" and info["generation"] == 2:
        with open(os.environ["FULL_COLLECTIONS"], "a") as file:
            file.write("x")

gc.callbacks.append(log)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Address and process of a server that writes a letter for each full collection, and where."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "sitecustomize.py").write_text(LOG_FULL_COLLECTIONS)
    log = folder / "collections"
    env = {"FULL_COLLECTIONS": str(log), "PYTHONPATH": f"{folder}:{visitors.ROOT}"}
    with visitors.serve(env=env) as (address, pid):
        yield address, pid, log


def test_answers_are_the_askers_own_and_no_script_ends_in_a_full_collection(server):
    address, pid, log = server
    run_coroutine(load.crowd(address, pid, people=1, seconds=600, thinking=SHORT, most=1))  # warm
    before = len(log.read_text())
    tally = run_coroutine(load.crowd(address, pid, people=3, seconds=600, thinking=SHORT, most=4))
    answers, full = len(tally.answers) + len(tally.first), len(log.read_text()) - before
    assert answers == 15
    assert full <= answers // 2, f"{full} full collections in {answers} answers"


def test_an_answer_to_somebody_else_is_found_out(server):
    async def swap():
        visitor = visitors.Visitor(server[0], ("cat", "coffee"))
        await visitor.open()
        visitor.pair = ("dog", "coffee")
        try:
            await visitor.change(seed=5)
        finally:
            await visitor.close()

    with pytest.raises(visitors.WrongAnswerError, match="photos"):
        run_coroutine(swap())


def test_only_this_machine_is_spoken_to():
    with pytest.raises(ValueError, match="this machine"):
        visitors.check_address("http://192.0.2.1:8501")
