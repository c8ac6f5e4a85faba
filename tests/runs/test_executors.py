"""Jobs on other schedulers: the files tell all, and shards make the table that one job makes."""

import sys
import time
from dataclasses import replace

import pyarrow.parquet as pq
import pytest

from audits import REQUEST, finished
from mixcore.audit import shards, table_files
from mixcore.cli import main
from mixcore.runs import Job, Local, Store, executors
from mixcore.runs.on_ray import OnRay
from mixcore.runs.on_submitit import OnSubmitit
from mixcore.runs.remote import Away, run_worker

SMALL = replace(REQUEST, n=6)


class Slow(Away):
    """A scheduler that only takes notes: `ended` says why what it has will never start."""

    name = "slow"
    ended = ""

    def hand(self, run, job):
        return run.id

    def gone(self, task):
        return self.ended

    def close(self):
        pass


@pytest.fixture
def slow(tmp_path):
    return Slow(Store(tmp_path))


def test_what_waits_elsewhere_is_handed_over_once_and_is_not_this_machines(slow):
    first, second = slow.submit(Job("nothing")), slow.submit(Job("nothing"))
    assert slow.advance() == []
    assert slow.queue() == [first, second]
    assert Local(slow.store).queue() == Local(slow.store).advance() == []
    assert Slow(slow.store).advance() == [first, second], "a driver that comes back goes on"


def test_a_task_that_starts_takes_its_run_and_tells_how_it_ended(slow):
    run = slow.submit(Job("nothing"))
    assert run_worker(str(run.folder), str(slow.store.root)) == 1
    now = run.status()
    assert (now.state, now.where) == ("failed", "slow")
    assert "There is no kind of job 'nothing'" in now.message
    assert "Traceback" in run.log()


def test_what_was_stopped_while_it_waited_is_not_begun(slow):
    run = slow.submit(Job("nothing"))
    slow.store.stop(run)
    assert run_worker(str(run.folder), str(slow.store.root)) == 0
    assert run.status().state == "stopped"


def test_a_task_that_never_began_is_said_to_have_failed_and_can_be_resumed(slow):
    run = slow.submit(Job("nothing"))
    slow.ended = "no such partition"
    slow.advance()
    assert run.status().state == "failed"
    assert "slow ended its task before the work began: no such partition" in run.status().message
    slow.ended = ""
    slow.resume(run)
    assert slow.queue() == [run]
    slow.store.stop(run)
    slow.store.resume(run)
    assert slow.queue() == []
    assert Local(slow.store).queue() == [run], "this machine may take it over"


@pytest.mark.parametrize("name", ["ray", "submitit"])
def test_a_missing_package_is_one_sentence(name, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ValueError, match=rf"executor {name} needs .*pip install {name}"):
        executors.find_executor(name, Store(tmp_path))


def test_the_command_hands_its_shards_to_an_executor(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    monkeypatch.setitem(sys.modules, "submitit", None)
    assert main(["audit", "--n", "4", "--shards", "2", "--executor", "submitit"]) == 2
    assert "pip install submitit, or take the executor local" in capsys.readouterr().err
    assert Store(tmp_path).runs() == []


def test_executors_are_known_by_name(tmp_path):
    assert isinstance(executors.find_executor("local", Store(tmp_path)), Local)
    with pytest.raises(ValueError, match="no executor 'slurm'; known: local, ray, submitit"):
        executors.find_executor("slurm", Store(tmp_path))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The table of one job."""
    return pq.read_table(finished(tmp_path_factory.mktemp("whole"), SMALL) / table_files.TABLE)


@pytest.mark.parametrize("name", ["ray", "submitit"])
def test_shards_on_a_scheduler_make_the_very_same_table(name, whole, tmp_path):
    pytest.importorskip(name)
    store = Store(tmp_path / "home")
    executor = OnRay(store, cores=2) if name == "ray" else OnSubmitit(store, cluster="local")
    try:
        runs = shards.submit_shards(replace(SMALL, shards=2), executor)
        shards.wait_for_shards(runs, executor)
        _until_gone(executor, runs)
    finally:
        executor.close()
    assert [run.status().where for run in runs] == [name, name]
    shards.join_shards([run.folder for run in runs], tmp_path / "joined")
    assert pq.read_table(tmp_path / "joined" / table_files.TABLE).equals(whole, check_metadata=True)


def _until_gone(executor, runs):
    """Let the tasks end, which say that they are done a moment before."""
    end = time.monotonic() + 30
    while not all(executor.gone(executor._tasks[run]) for run in runs):
        assert time.monotonic() < end
        time.sleep(0.05)
