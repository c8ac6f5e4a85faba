"""The run store: folders that say what is true, whoever dies, edits them, or asks twice."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mixcore.runs import Job, Local, Run, Store, Work, courtesy, files, process, queue_order, status
from mixcore.runs.error_text import describe_error
from mixcore.runs.run import STATUS
from mixcore.runs.work import Taken

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import sys, time
from pathlib import Path
from mixcore.runs import Run, Work
with Work(Run(Path(sys.argv[1]))) as work:
    n = 0
    while not work.stopping:
        n += 1
        work.log({"kind": "step", "step": n, "loss": 1 / n})
        work.at(n, 1000)
        time.sleep(0.01)
    work.end("stopped", f"Stopped after step {n}.")
"""


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def start(run, code=WORKER):
    """A worker in a session of its own, and the moment when it says that it runs."""
    command = [sys.executable, "-c", code, str(run.folder)]
    child = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    until(lambda: run.status().state == "running" and run.status().step > 0)
    return child


def until(true, seconds=15.0):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def edit(run, **values):
    """Change status.json as a person with an editor would."""
    found = json.loads((run.folder / STATUS).read_text())
    (run.folder / STATUS).write_text(json.dumps(found | values))


def test_the_store_is_read_without_torch(store):
    store.create(Job("train", name="digits"))
    code = (
        "import sys; from mixcore.runs import Store; from pathlib import Path;"
        "import mixcore.train.training_request;"
        f"run = Store(Path({str(store.root)!r})).runs()[0];"
        "run.status(); run.metrics().update(); run.job();"
        "assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_a_run_is_found_again_as_it_was_asked_for(store):
    one = store.create(Job("train", {"epochs": 3}, "digits cutmix", "ana", threads=2))
    two = store.create(Job("smoke"))
    assert [run.id for run in store.runs()] == ["00002-smoke", "00001-digits-cutmix"]
    assert store.run(one.id).job().config == {"epochs": 3}
    assert (one.job().owner, one.job().number, two.job().number) == ("ana", 1, 2)
    assert one.status().state == "queued"
    store.delete(two)
    assert store.create(Job("smoke")).id == "00003-smoke"  # a link never shows another run
    for name in ("../00001-digits-cutmix", "00009-none", ""):
        with pytest.raises(ValueError, match="There is no run"):
            store.run(name)


def test_a_run_may_live_elsewhere(store, tmp_path):
    place = tmp_path / "elsewhere"
    run = store.create(Job("train", name="own"), place)
    assert run.folder == place
    linked = store.runs()[0]
    assert linked.job() == run.job()
    with pytest.raises(ValueError, match="elsewhere is not empty"):
        store.create(Job("train"), place)
    assert store.delete(linked) > 0
    assert not place.exists()
    assert store.runs() == []


def test_stop_resume_and_no_doubles(store):
    run = store.create(Job("train"))
    child = start(run)
    with pytest.raises(ValueError, match="is running: stop it first"):
        store.delete(run)
    with pytest.raises(ValueError, match="still being worked on"):
        store.resume(run)
    asked = time.monotonic()
    store.stop(run)
    until(lambda: run.status().state == "stopped")
    assert time.monotonic() - asked < 3
    child.wait()
    store.resume(run)
    assert run.status().state == "queued"
    store.stop(run)
    assert run.status().message == "Stopped while it waited."
    size = run.size()
    assert store.delete(run) == size
    assert not run.folder.exists()


def test_sigterm_is_a_stop(store):
    run = store.create(Job("train"))
    child = start(run)
    child.terminate()
    assert child.wait(5) == 0
    assert run.status().state == "stopped"


def test_a_killed_worker_is_lost_and_what_it_wrote_is_kept(store):
    run = store.create(Job("train"))
    child = start(run)
    os.kill(child.pid, signal.SIGKILL)
    until(lambda: run.status().state == "lost", 5)  # though nobody has waited for the child
    child.wait()
    assert "ended without a word" in run.status().message
    metrics = run.metrics()
    assert metrics.update()
    assert [row["step"] for row in metrics.steps] == list(range(1, len(metrics.steps) + 1))
    assert run.resumable
    assert not run.worked_on


def test_a_reused_pid_is_not_the_worker(store):
    run = store.create(Job("train"))
    edit(run, state="running", pid=os.getpid(), born="7", machine=process.identify_machine())
    assert run.status().state == "lost"
    edit(run, born=process.read_start(os.getpid()), beat=time.monotonic())
    assert run.status().state == "running"


def test_a_clock_that_is_set_loses_no_run(store, monkeypatch):
    run = store.create(Job("train"))
    with Work(run) as work:
        monkeypatch.setattr(time, "time", lambda: 1e9)  # years ago
        work.at(3, 10)
        until(lambda: run.status().step == 3)
        assert run.status().state == "running"
        monkeypatch.setattr(time, "time", lambda: 9e9)
        assert run.status().state == "running"
        work.end("done")
    assert run.status().state == "done"


def test_a_silent_worker_that_lives_is_not_lost(store):
    run = store.create(Job("train"))
    me = {
        "pid": os.getpid(),
        "born": process.read_start(os.getpid()),
        "machine": process.identify_machine(),
    }
    edit(run, state="running", **me, beat=time.monotonic() - 60)
    assert run.status().state == "running"
    assert run.status().message == "At work; last heard from 60 s ago."
    edit(run, step=3, steps=8)
    assert run.status().message == "At work, 3 of 8 steps done; last heard from 60 s ago."


@pytest.mark.parametrize("host", ["here", "elsewhere/boot"])
def test_a_worker_that_starts_says_what_it_does_and_for_how_long(store, host):
    run, now = store.create(Job("audit")), time.monotonic()
    me = {"pid": os.getpid(), "born": process.read_start(os.getpid())}
    me |= {"machine": process.identify_machine() if host == "here" else host}
    edit(run, state="running", **me, message="Loading the models", since=now - 72, beat=now)
    assert run.status().message == "Loading the models, 72 s so far."
    edit(run, beat=now - 60)  # too busy to beat
    seconds = 72 if host == "here" else 12  # all that is known of another machine's clock
    assert run.status().message == f"Loading the models, {seconds} s so far."


def test_a_phase_ends_with_the_next_step_and_with_the_run(store):
    run = store.create(Job("train"))
    with Work(run) as work:
        assert run.status().message.startswith("Starting Python, ")
        work.enter_phase("Loading the models")
        assert run.status().message == "Loading the models, 1 s so far."  # without waiting for it
        work.at(1, 2, "1 step a second")
        until(lambda: run.status().message == "1 step a second")
        work.enter_phase("Writing the report")
        work.end("done", "All is written.")
    assert run.status().message == "All is written."


def test_a_worker_of_another_machine_is_lost_when_its_beat_stops(store, monkeypatch):
    run = store.create(Job("train"))
    edit(run, state="running", pid=1, born="1", machine="elsewhere/boot", beat=5.0)
    now = time.monotonic()
    monkeypatch.setattr(status.time, "monotonic", lambda: now)
    assert run.status().state == "running"
    monkeypatch.setattr(status.time, "monotonic", lambda: now + 14)
    assert run.status().state == "running"
    edit(run, beat=6.0)
    monkeypatch.setattr(status.time, "monotonic", lambda: now + 28)
    assert run.status().state == "running"
    monkeypatch.setattr(status.time, "monotonic", lambda: now + 44)
    assert run.status().state == "lost"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "status.json of 00001-run cannot be read"),
        ("{", "cannot be read"),
        ("[1]", "holds no JSON object"),
        ('{"state": "finished"}', "its state is 'finished', not one of queued, running"),
        ('{"state": "running", "pid": "4"}', "its pid is '4'"),
        ('{"state": "done", "step": -1}', "its step is -1"),
        (None, "status.json is missing"),
    ],
)
def test_a_status_edited_by_hand_is_shown_as_such(store, content, said):
    run = store.create(Job("train", name="run"))
    (run.folder / STATUS).unlink()
    if content is not None:
        (run.folder / STATUS).write_text(content)
    assert run.status().state == "unreadable"
    assert said in run.status().message
    with pytest.raises(ValueError, match="its files were changed; mend or delete it"):
        store.resume(run)
    assert store.delete(run) > 0


def test_a_request_edited_by_hand_fails_alone(store):
    bad, good = store.create(Job("train")), store.create(Job("train"))
    (bad.folder / "request.json").write_text('{"kind": "train", "threads": "all"}')
    executor = Sleepers(store)
    assert [run.id for run in executor.advance()] == [good.id]
    assert bad.status().state == "failed"
    assert "Job.threads cannot be 'all'" in bad.status().message
    executor.close()


def test_a_run_has_one_worker(store):
    run = store.create(Job("train"))
    with Work(run), pytest.raises(Taken), Work(run):
        pass


def test_metrics_read_new_bytes_only_and_skip_what_is_broken(tmp_path):
    path, tail = tmp_path / "metrics.jsonl", files.Tail(tmp_path / "metrics.jsonl")
    assert tail.read() == []
    path.write_bytes(b'{"a": 1}\n{"a": 2')
    assert tail.read() == [{"a": 1}]
    with path.open("ab") as file:
        file.write(b'2}\n\xff\n[3]\n{"a": 4}\n')
    assert tail.read() == [{"a": 22}, {"a": 4}]
    assert tail.bad == 2
    path.write_bytes(b'{"a": 9}\n')
    assert tail.read() == [{"a": 9}]
    assert tail.anew


def test_resumed_metrics_have_neither_gap_nor_double(store):
    run = store.create(Job("train"))
    live = run.metrics()
    with Work(run) as work:
        for step in range(1, 6):
            work.log({"kind": "step", "step": step, "loss": float("nan")})
        live.update()
        work.end("failed")
    with (run.folder / "metrics.jsonl").open("ab") as file:
        file.write(b'{"kind": "step", "st')  # the last breath of a killed worker
    edit(run, state="queued")
    with Work(run) as work:
        work.log({"kind": "resume", "step": 3})
        work.log({"kind": "step", "step": 3, "loss": 0.75})  # said already, before the stop
        work.log({"kind": "step", "step": 4, "loss": 0.5})
        work.end("done")
    fresh = run.metrics()
    for metrics in (live, fresh):
        metrics.update()
        assert [(r["step"], r["loss"]) for r in metrics.steps] == [
            (1, None), (2, None), (3, 0.75), (4, 0.5),
        ]  # fmt: skip


def test_an_error_ends_in_its_own_sentence(store):
    run = store.create(Job("train"))
    with pytest.raises(ValueError, match="two\nlines"), Work(run):
        raise ValueError("two\nlines")
    assert (run.status().state, run.status().message) == ("failed", "two lines")
    assert "disk is full" in describe_error(OSError(28, "No space left on device"))
    assert "disk is full" in describe_error(
        RuntimeError("I/O error: No space left on device (os error 28)")
    )
    assert describe_error(KeyError("x")) == "KeyError: 'x'"


def test_a_full_disk_still_lets_a_run_say_so(store, monkeypatch):
    run = store.create(Job("train"))
    work = Work(run)

    def full(path, value, *, lasting=False):
        if (run.folder / "spare").exists():
            raise OSError(28, "No space left on device")
        real(path, value, lasting=lasting)

    real = files.write_json
    with pytest.raises(OSError, match="No space"), work:  # noqa: PT012, the block is the test
        work.log({"kind": "step", "step": 1})
        monkeypatch.setattr(files, "write_json", full)
        raise OSError(28, "No space left on device")
    assert run.status().state == "failed"
    assert "what was measured so far is kept" in run.status().message
    metrics = run.metrics()
    metrics.update()
    assert len(metrics.steps) == 1


def test_owners_take_turns():
    jobs = [Job("train", owner=o, number=i) for i, o in enumerate("aaabac", 1)]
    assert [job.number for job in queue_order.order_jobs(jobs)] == [1, 4, 6, 2, 3, 5]
    assert [job.number for job in queue_order.order_jobs(jobs, [Job("train", owner="a")])] == [
        4,
        6,
        1,
        2,
        3,
        5,
    ]


def test_what_may_start():
    gpu = [Job("train", gpu=True, number=i) for i in (1, 2)]
    cpu = [Job("train", threads=n, number=3 + i) for i, n in enumerate((1, 2, 1))]

    def numbers(waiting, running=(), cores=2):
        return [job.number for job in queue_order.list_startable(waiting, running, cores)]

    assert numbers(gpu) == [1]
    assert numbers(gpu, [Job("train", gpu=True)]) == []
    assert numbers(cpu) == [3]  # the second needs two; the third must not pass it
    assert numbers(cpu, cores=4) == [3, 4, 5]
    assert numbers([Job("train", threads=8, number=1)]) == [1]  # alone, or never
    assert numbers([*gpu, *cpu], [Job("train", threads=2)]) == [1]


class Sleepers(Local):
    """An executor whose workers only sleep; it counts them."""

    def __init__(self, store, cores=2):
        super().__init__(store, cores)
        self.made = []

    def _spawn(self, argument, log=None):
        code = [sys.executable, "-c", "import time; time.sleep(60)"]
        self.made.append(subprocess.Popen(code, start_new_session=True))
        return self.made[-1]

    def close(self):
        for child in self.made:
            child.kill()
            child.wait()


def test_two_servers_on_one_store_start_no_job_twice(store):
    for _ in range(6):
        store.create(Job("train"))
    servers = [Sleepers(Store(store.root), cores=4) for _ in range(2)]
    try:
        threads = [threading.Thread(target=s.advance) for s in servers for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        states = [run.status().state for run in store.runs()]
        assert sorted(states) == ["queued"] * 2 + ["running"] * 4
        assert sum(len(s.made) for s in servers) == 4
        assert [run.job().number for run in servers[0].queue()] == [5, 6]
    finally:
        for server in servers:
            server.close()


def test_a_run_from_a_shell_is_not_started_by_a_server(store):
    run = store.create(Job("train"), own=True)
    server = Sleepers(store)
    assert server.advance() == []
    with Work(run) as work:
        work.end("stopped")
    store.resume(run, own=True)
    assert server.advance() == []
    assert run.status().state == "running"


def test_people_come_before_jobs(tmp_path, monkeypatch):
    assert courtesy.wait_for_people(tmp_path) < 0.1
    courtesy.claim_gpu(tmp_path)
    assert courtesy.is_claimed(tmp_path)
    assert 0.3 < courtesy.wait_for_people(tmp_path) < 1
    monkeypatch.setattr(courtesy, "is_claimed", lambda home: True)
    assert courtesy.wait_for_people(tmp_path) < 2.5  # training goes on even under a busy server


def test_old_and_foreign_folders_are_no_runs(store):
    store.create(Job("train"))
    (store.folder / "notes").mkdir()
    (store.folder / "00007-broken").symlink_to("/nowhere")
    assert [run.id for run in store.runs()] == ["00001-train"]
    assert Run(store.folder / "notes").status().state == "unreadable"
