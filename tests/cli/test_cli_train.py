"""Training from the shell: the page's folders, a bar, and errors in one sentence."""

import os
import signal
import sys
import time
from types import SimpleNamespace

import pytest

from mixcore.cli import main, train_command
from mixcore.runs import Run, Store
from mixcore.train.training_request import TrainingRequest

FEW = ["--images", "128", "--batch", "32", "--epochs", "2"]


@pytest.fixture
def store(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "home"))
    return Store()


def test_a_run_from_the_shell_is_one_of_the_pages(store, tmp_path, capsys):
    out = tmp_path / "run"
    flags = ["--method", "mixup", "--set", "alpha=0.3", "--per-batch", "--out", str(out)]
    assert main(["train", *FEW, *flags]) == 0
    said = capsys.readouterr()
    assert "step 8 of 8" in said.err
    assert "Test accuracy" in said.out
    assert "n = 359, 1 seed" in said.out
    assert (out / "metrics.jsonl").read_text().count('"kind":"epoch"') == 2
    (run,) = store.runs()
    request = TrainingRequest.from_dict(run.job().config)
    assert (request.method, request.parameters, request.per_batch) == (
        "mixup",
        {"alpha": 0.3},
        True,
    )
    assert run.status().state == "done"
    assert main(["train", *FEW, "--out", str(out)]) == 2
    assert "is not empty: name a new folder, or use --resume" in capsys.readouterr().err
    assert main(["train", "--resume", str(out)]) == 2
    assert "more epochs need a new run" in capsys.readouterr().err


def test_ctrl_c_saves_and_resume_goes_on(store, tmp_path, capsys, monkeypatch):
    out = str(tmp_path / "run")

    class Impatient(train_command.ProgressBar):
        def __call__(self, now, row):
            super().__call__(now, row)
            if row is None and now.step == 3:
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)

    monkeypatch.setattr(train_command, "ProgressBar", Impatient)
    assert main(["train", *FEW, "--out", out]) == 0
    said = capsys.readouterr().out
    assert "stopped. Stopped after step 3 of 8." in said
    assert f"python -m mixcore train --resume {out}" in said
    monkeypatch.undo()
    monkeypatch.setenv("MIXSCOPE_HOME", str(store.root))
    assert main(["train", "--resume", out]) == 0
    assert Run(tmp_path / "run").status().step == 8


def test_smoke_leaves_nothing(store, capsys):
    assert main(["train", *FEW, "--smoke"]) == 0
    assert "About " in capsys.readouterr().out
    assert store.runs() == []


def test_errors_are_one_sentence_and_leave_nothing(store, tmp_path, capsys):
    out = ["--out", str(tmp_path / "run")]
    for flags, said in (
        (["--data", "nowhere"], "There is no data set 'nowhere'"),
        (["--batch", "2000"], "A batch of 2000 is larger than"),
        (["--set", "alpha=99"], "CutMix.alpha must be in [0, 64], got 99"),
        (["--set", "speed=2"], "CutMix has no parameter 'speed'"),
        (["--set", "alpha"], "--set takes NAME=VALUE, got 'alpha'"),
        (["--epochs", "0"], "mixcore: --epochs must be in [1, 2000], got 0"),
        (["--device", "abacus"], "device must be 'auto' or one of"),
        (["--resume", str(tmp_path / "none")], "request.json is missing from none"),
    ):
        assert main(["train", *out, *flags]) == 2
        error = capsys.readouterr().err
        assert error.count("\n") == 1
        assert said in error
    assert store.runs() == []
    assert not (tmp_path / "run").exists()


def test_a_diverged_run_says_so(store, capsys):
    flags = ["--rate", "100", "--optimiser", "sgd", "--model", "hybrid_vit"]
    assert main(["train", *FEW, *flags]) == 1
    assert "diverged. The loss left all bounds" in capsys.readouterr().out


def test_tensorboard_is_asked_for_by_name(store, capsys, monkeypatch):
    written = []

    class Writer:
        def __init__(self, folder):
            written.append(folder)

        def add_scalar(self, name, value, step):
            written.append((name, value, step))

        def flush(self):
            written.append("flushed")

    sys.modules.pop("mixcore.train.events", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["train", *FEW, "--tensorboard"]) == 2
    assert "TensorBoard is not installed here" in capsys.readouterr().err
    monkeypatch.setattr("importlib.util.find_spec", lambda name: SimpleNamespace())
    fake = SimpleNamespace(SummaryWriter=Writer)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", fake)
    assert main(["train", *FEW, "--tensorboard"]) == 0
    assert written[0].endswith("tensorboard")
    assert any(row[0] == "epoch/test_accuracy" and row[2] == 8 for row in written[1:])
    assert "flushed" in written
