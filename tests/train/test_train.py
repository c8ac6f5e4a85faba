"""Training: true to its seed, equal when resumed, honest about bad input."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from mixcore import worker
from mixcore.evidence.kinds.attention import ClassAttention
from mixcore.runs import Local, Store
from mixcore.runs.run import STATUS
from mixcore.train import checkpoint, example_mixes, restore
from mixcore.train.tally import Tally
from mixcore.train.training import Training, compute_lr
from mixcore.train.training_request import TrainingRequest

SMALL = {"images": 128, "batch": 32, "epochs": 2, "log_every": 1}


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("MIXSCOPE_DATA", raising=False)
    return Store()


def train(store, watch=None, **values):
    """A run done in this process, and the state in which it ended."""
    run = store.create(TrainingRequest(**(SMALL | values)).job())
    return run, worker.do_job(run, watch)


def rows(run):
    """Its metrics without what depends on the clock."""
    metrics = run.metrics()
    metrics.update()
    assert metrics.bad == 0
    return [
        {k: v for k, v in row.items() if k != "seconds"} for row in metrics.steps + metrics.epochs
    ]


def stopping_at(step):
    """A watch that asks its run to stop after a step, as Ctrl-C does."""

    def watch(now, row):
        if row is None and now.step == step:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)

    return watch


ASKED = [
    {"method": "cutmix", "ema": 0.9, "augment": "crop and flip", "label_smoothing": 0.1},
    {"method": "transmix", "model": "hybrid_vit", "p": 0.5, "optimizer": "sgd", "lr": 0.05},
    {"method": "snapmix", "per_batch": True, "mix_share": 0.5},
]


@pytest.mark.parametrize("values", ASKED, ids=lambda v: v["method"])
def test_stop_and_resume_equal_an_uninterrupted_run_bit_for_bit(store, values):
    whole, state = train(store, **values)
    assert state == "done"
    parts, state = train(store, stopping_at(3), **values)  # of 4 steps an epoch
    assert state == "stopped"
    assert parts.status().message == "Stopped after step 3 of 8."
    store.resume(parts)
    assert worker.do_job(parts, stopping_at(5)) == "stopped"
    store.resume(parts)
    assert worker.do_job(parts) == "done"
    one, two = (load_file(r.folder / "checkpoints" / checkpoint.LAST) for r in (whole, parts))
    assert one.keys() == two.keys()
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert rows(whole) == rows(parts)
    metrics = parts.metrics()
    metrics.update()
    assert metrics.of("data")[0]["classes"] == [*"0123456789"]
    for a, b in zip(whole.plans(), parts.plans(), strict=True):
        one, two = example_mixes.read_examples(a), example_mixes.read_examples(b)
        assert all(np.array_equal(one[name], two[name]) for name in one)


def test_another_seed_is_another_run(store):
    finals = [load_file(train(store, seed=s)[0].checkpoints()[-1]) for s in (0, 0, 1)]
    name = next(name for name in finals[0] if name.endswith("head.weight"))
    assert torch.equal(finals[0][name], finals[1][name])
    assert not torch.equal(finals[0][name], finals[2][name])


def test_what_a_run_leaves_behind(store):
    run, state = train(store, model="hybrid_vit", method="transmix")
    assert state == "done"
    assert run.status().step == run.status().steps == 8
    metrics = run.metrics()
    metrics.update()
    assert [row["step"] for row in metrics.steps] == list(range(1, 9))
    last = metrics.epochs[-1]
    assert sum(last["label_weights"]) == sum(last["areas"]) == 128
    assert last["calibration"]["n"] == last["test_n"] == sum(last["calibration"]["bins"]["count"])
    assert last["test_accuracy"] == last["calibration"]["accuracy"]
    assert sum(n for _, _, n in last["errors"]) <= last["test_n"]
    assert [path.name for path in run.checkpoints()] == [
        "epoch-0001.safetensors", "epoch-0002.safetensors",
    ]  # fmt: skip
    found = example_mixes.read_examples(run.plans()[-1])
    assert found["evidence_name"] == "class attention"
    n, k, h, w = found["masks"].shape
    assert found["mixed"].shape == (n, h, w, 1)
    assert (k, found["evidence"].ndim) == (2, 3)
    assert found["weights"].sum(1) == pytest.approx(1)
    saved = np.load(run.folder / "predictions.npz", allow_pickle=False)
    right = (saved["test_logits"].argmax(1) == saved["test_y"]).mean()
    assert right == pytest.approx(last["test_accuracy"])
    assert not list(run.folder.glob("**/.*"))
    assert not (run.folder / "spare").exists()


def test_examples_show_the_same_pairs_as_the_model_learns(store):
    run, _ = train(store, model="hybrid_vit", method="transmix", lr=0.01)
    one, two = map(example_mixes.read_examples, run.plans())
    assert np.array_equal(one["mixed"], two["mixed"])
    assert not np.array_equal(one["evidence"], two["evidence"])
    assert not np.array_equal(one["weights"], two["weights"])


def test_a_model_comes_back_as_it_was_judged(store):
    run, _ = train(store, model="hybrid_vit", ema=0.5)
    assert restore.list_epochs(run) == [1, 2]
    saved = np.load(run.folder / "predictions.npz", allow_pickle=False)
    model, test = restore.load_model(run), Training(TrainingRequest(**SMALL)).data.test
    with torch.no_grad():
        assert torch.allclose(
            model(test.floats()), torch.from_numpy(saved["test_logits"]), atol=1e-5
        )
    assert "hybrid_vit of 00001-digits" in model.name
    seen = ClassAttention(model)(test.floats()[:2])
    assert not torch.equal(
        seen.values, ClassAttention(restore.load_model(run, 1))(test.floats()[:2]).values
    )
    with pytest.raises(ValueError, match="has no weights of epoch 3; it has: 1, 2"):
        restore.load_model(run, 3)
    run.checkpoints()[0].write_bytes(b"gone")
    with pytest.raises(ValueError, match=r"epoch-0001.safetensors cannot be read"):
        restore.load_model(run, 1)


def test_mixing_ends_with_its_share(store):
    job = Training(TrainingRequest(**SMALL, mix_share=0.5))
    (batch, *_) = job.batches(0, 0)
    assert job._make_moment(3, batch).draw_plan() is not None
    assert job._make_moment(4, batch).draw_plan() is None


def test_labels_are_what_the_plan_says(store):
    """The loss of a step is the cross-entropy to the targets of its own Plan."""
    job = Training(TrainingRequest(**SMALL, label_smoothing=0.1))
    batch, tally = next(iter(job.batches(0, 0))), Tally()
    plan = job._make_moment(0, batch).draw_plan()
    job.model.train()
    logits = job.model(plan.apply(batch.x))
    target = plan.target(batch.y, 10, 0.1)
    wanted = -(target * logits.log_softmax(1)).sum(1).mean()
    job = Training(TrainingRequest(**SMALL, label_smoothing=0.1))
    job.step(0, batch, tally)
    tally.settle()
    assert tally.loss / tally.n == pytest.approx(wanted.item(), rel=1e-6)


def test_the_average_lags_behind(store):
    job, tally = Training(TrainingRequest(**SMALL, ema=0.5)), Tally()
    before = [p.detach().clone() for p in job.average.parameters()]
    job.step(0, next(iter(job.batches(0, 0))), tally)
    for old, new, mean in zip(
        before, job.model.parameters(), job.average.parameters(), strict=True
    ):
        assert torch.allclose(mean, (old + new) / 2, atol=1e-6)
    assert job.judged is job.average


def test_the_rate_rises_then_falls():
    request = TrainingRequest(lr=1.0, warmup=0.1)
    rates = [compute_lr(request, step, 100) for step in range(100)]
    assert max(rates) == rates[10] == pytest.approx(1)
    assert rates[:10] == sorted(rates[:10])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] < 0.001


@pytest.mark.parametrize("model", ["hybrid_vit", "small_cnn"])
def test_a_rate_that_is_too_high_diverges(store, model):
    values = {"method": "transmix"} if model == "hybrid_vit" else {}
    run, state = train(store, model=model, optimizer="sgd", lr=100.0, epochs=8, **values)
    status = run.status()
    assert (state, status.state) == ("diverged", "diverged")
    assert "The loss left all bounds at step" in status.message
    assert f"The last good step was {status.step}" in status.message
    with pytest.raises(ValueError, match="start a new run with a lower rate"):
        store.resume(run)


def test_a_full_disk_keeps_what_was_measured(store, monkeypatch):
    real = checkpoint.save_file

    def full(tensors, path, metadata):
        if '"epoch": 2' in metadata.get("facts", ""):
            raise OSError(28, "No space left on device")
        real(tensors, path, metadata)

    monkeypatch.setattr(checkpoint, "save_file", full)
    run, state = train(store)
    assert state == "failed"
    assert run.status().message.startswith("The disk is full: what was measured so far is kept")
    assert len([row for row in rows(run) if row["kind"] == "epoch"]) == 2
    monkeypatch.undo()
    monkeypatch.setenv("MIXSCOPE_HOME", str(store.root))
    store.resume(run)
    assert worker.do_job(run) == "done"
    assert [row["step"] for row in rows(run) if row["kind"] == "step"] == list(range(1, 9))


def test_no_run_starts_without_room(store, monkeypatch):
    monkeypatch.setattr(checkpoint.shutil, "disk_usage", lambda path: SimpleNamespace(free=1000))
    run, state = train(store)
    assert state == "failed"
    assert "free some space first" in run.status().message


def test_a_damaged_checkpoint_is_named(store):
    run, _ = train(store, stopping_at(2))
    (run.folder / "checkpoints" / checkpoint.LAST).write_bytes(b"not at all")
    store.resume(run)
    assert worker.do_job(run) == "failed"
    assert "last.safetensors cannot be taken up" in run.status().message


def test_few_checkpoints_are_kept(tmp_path):
    model = torch.nn.Linear(2, 2)
    for epoch in range(1, 101):
        checkpoint.write_epoch(tmp_path, epoch, model, {})
    kept = sorted(tmp_path.iterdir())
    assert len(kept) <= checkpoint.KEEP
    assert kept[-1].name == "epoch-0100.safetensors"


def test_a_worker_outlives_its_server_and_another_takes_its_run_up(store):
    """The server is killed, and the worker goes on; killed itself, it is lost, and resumed."""
    code = (
        "import time; from mixcore.runs import Local, Store\n"
        "from mixcore.train.training_request import TrainingRequest\n"
        f"Local(Store()).submit(TrainingRequest(**{SMALL | {'epochs': 40}}).job()); time.sleep(60)"
    )
    command = [sys.executable, "-c", code]
    server = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[2])
    until(lambda: store.runs() and store.runs()[0].status().state == "running")
    server.kill()
    server.wait()
    (run,) = store.runs()
    until(lambda: run.status().step > 4)
    pid = run.status().pid
    assert os.getsid(pid) == pid  # a closed terminal or tab does not reach it
    os.kill(pid, signal.SIGKILL)
    until(lambda: run.status().state == "lost")
    executor = Local(store)
    executor.resume(run)
    until(lambda: run.status().step > 8)
    asked = time.monotonic()
    store.stop(run)
    until(lambda: run.status().state == "stopped")
    assert time.monotonic() - asked < 3
    steps = [row["step"] for row in rows(run) if row["kind"] == "step"]
    assert steps == list(range(1, len(steps) + 1))
    assert steps[-1] == run.status().step


def test_the_queue_goes_on_without_a_server_and_a_warm_worker_serves_it(store):
    executor = Local(store, cores=1)
    executor.warm()
    spare = executor._spare.pid
    runs = [executor.submit(TrainingRequest(**SMALL).job()) for _ in range(2)]
    assert [run.status().state for run in runs] == ["running", "queued"]
    assert runs[0].status().pid == spare
    until(lambda: runs[1].status().state == "done")  # started by the first worker as it ended
    assert runs[0].status().state == "done"


def test_an_idle_warm_worker_goes_with_its_server(store, monkeypatch):
    practised = []
    monkeypatch.setattr(worker, "be_nice", lambda: None)
    monkeypatch.setattr("mixcore.train.training_job.rehearse_step", lambda: practised.append(True))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))  # closed, as when the server is gone
    assert worker.main(["--warm"]) == 0
    assert practised


def until(true, seconds=240.0):  # on a busy machine workers give way
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_a_step_longer_than_patience_is_broken_off(store):
    """Stop ends within 3 s even inside one long step, with the state before it."""
    code = (
        "import sys, time; from pathlib import Path; from mixcore import worker;"
        "from mixcore.runs import Run; from mixcore.train import loop; real = loop.Training.step\n"
        "def slow(self, step, *rest):\n"
        "    time.sleep(0.6 if step < 2 else 60)\n"
        "    real(self, step, *rest)\n"
        "loop.Training.step = slow; worker.do_job(Run(Path(sys.argv[1])))"
    )
    run = store.create(TrainingRequest(**SMALL).job())
    command = [sys.executable, "-c", code, str(run.folder)]
    child = subprocess.Popen(command, cwd=Path(__file__).resolve().parents[2])
    until(lambda: run.status().step == 2)
    asked = time.monotonic()
    store.stop(run)
    until(lambda: run.status().state == "stopped")
    assert time.monotonic() - asked < 3
    assert child.wait(5) == 130
    store.resume(run)
    assert worker.do_job(run) == "done"
    assert [row["step"] for row in rows(run) if row["kind"] == "step"] == list(range(1, 9))


def test_smoke_says_what_a_run_takes(store):
    run = store.create(TrainingRequest(**SMALL).job(kind="smoke"))
    assert worker.do_job(run) == "done"
    metrics = run.metrics()
    metrics.update()
    (found,) = metrics.of("estimate")
    assert (found["tried"], found["steps"]) == (8, 8)
    assert found["seconds"] > 8 * found["step_seconds"] > 0
    assert found["memory"] > 1e8
    assert run.status().message.startswith("About ")


def test_requests_there_and_back():
    request = TrainingRequest(method="mixup", parameters={"alpha": 0.3}, epochs=3, per_batch=True)
    assert TrainingRequest.from_dict(json.loads(json.dumps(request.to_dict()))) == request
    assert request.command() == (
        "python -m mixcore train --data digits --model small_cnn --method mixup --per-batch "
        "--epochs 3 --seed 0 --set alpha=0.3"
    )
    with pytest.raises(ValueError, match="no parameter 'speed'"):
        TrainingRequest.from_dict({"speed": 3})
    with pytest.raises(ValueError, match=r"The run's method must be one of 'cutmix'"):
        TrainingRequest(method="cutmx")
    with pytest.raises(ValueError, match="'none' has no parameters"):
        TrainingRequest(method="none", parameters={"alpha": 1})


def test_a_request_edited_by_hand_fails_with_its_own_words(store):
    run = store.create(TrainingRequest(**SMALL).job())
    found = json.loads((run.folder / "request.json").read_text())
    found["config"]["epochs"] = "many"
    (run.folder / "request.json").write_text(json.dumps(found))
    assert worker.do_job(run) == "failed"
    assert "The run's epochs must be a whole number, got 'many'" in run.status().message
    assert json.loads((run.folder / STATUS).read_text())["state"] == "failed"


def test_requests_of_before_are_read_under_the_names_of_today():
    old = {"optimiser": "sgd", "rate": 0.05, "decay": 0.1, "warm_up": 0.2, "smoothing": 0.3}
    request = TrainingRequest.from_dict(old)
    new = ("optimizer", "lr", "weight_decay", "warmup", "label_smoothing")
    assert [getattr(request, name) for name in new] == list(old.values())
    assert not set(old) & set(request.to_dict())
    assert "--lr 0.05" in request.command()
