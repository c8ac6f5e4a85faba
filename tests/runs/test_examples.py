"""The examples that ship: they are whole, small, up to date, and nothing ever writes to them."""

import hashlib
import json
import shutil

import pytest

from app.audit import reviews
from mixcore.audit import table_files
from mixcore.cli import examples_command, main
from mixcore.evidence import spec_maps
from mixcore.runs import Run, Store, files, showcase
from mixcore.train import metric_rows
from mixcore.train.training_request import TrainingRequest

RUNS = Store(showcase.FOLDER).runs()[::-1]
LARGEST = 600_000  # bytes of all of them


def hash_examples():
    """Names and contents of everything that ships as an example."""
    paths = sorted(path for path in showcase.FOLDER.rglob("*") if path.is_file())
    return [(str(path), hashlib.sha256(path.read_bytes()).hexdigest()) for path in paths]


@pytest.fixture
def untouched():
    """The examples are the same before and after."""
    before = hash_examples()
    yield
    assert hash_examples() == before


def test_they_are_those_that_are_declared_done_and_small():
    asked = [examples_command.read_request(run) for run in RUNS]
    assert asked == list(examples_command.REQUESTS)
    assert {run.status().state for run in RUNS} == {"done"}
    assert all(run.stored().machine == "" for run in RUNS)  # not whose machine it was
    assert files.measure_folder(showcase.FOLDER) < LARGEST
    for run in RUNS[:-1]:
        metrics = run.metrics(metric_rows.is_whole)
        metrics.update()
        assert len(metrics.epochs) == run.job().config["epochs"]
        assert metrics.describe_problem() is None
    assert table_files.read_table(RUNS[-1].folder).num_rows == 300 * (6 + 2)


@pytest.mark.parametrize("run", RUNS, ids=[run.id for run in RUNS])
def test_none_would_come_out_otherwise_now(run):
    assert examples_command.find_change(run) is None


def copy_run(run, place):
    """The run in another folder, to be spoiled there."""
    return Run(shutil.copytree(run.folder, place / run.id))


def test_one_of_other_numbers_is_found(tmp_path):
    run = copy_run(RUNS[1], tmp_path)
    path = run.folder / examples_command.METRICS
    metrics = run.metrics()
    metrics.update()
    loss = metrics.steps[0]["loss"]
    path.write_text(path.read_text().replace(str(loss), str(loss + 0.1), 1))
    assert "Its first numbers come out otherwise now" in examples_command.find_change(run)


def test_one_of_another_map_or_request_is_found(tmp_path, monkeypatch):

    run = copy_run(RUNS[0], tmp_path)
    asked = json.loads((run.folder / "request.json").read_text())
    asked["config"]["lr"] = 0.01
    (run.folder / "request.json").write_text(json.dumps(asked))
    assert "What it is made from has changed" in examples_command.find_change(run)
    monkeypatch.setattr(spec_maps, "compute_digest", lambda see: "another")
    assert "What it is made from has changed" in examples_command.find_change(RUNS[-1])


@pytest.mark.usefixtures("untouched")
def test_nothing_writes_to_them(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    store = Store()
    for change in (store.stop, store.resume, store.delete):
        with pytest.raises(ValueError, match="ships with MixScope and stays as it is"):
            change(RUNS[0])
    with pytest.raises(ValueError, match="stays as it is"):
        Store(showcase.FOLDER).create(RUNS[0].job())
    for command, run in (("train", RUNS[0]), ("audit", RUNS[-1])):
        assert main([command, "--resume", str(run.folder)]) == 2
        assert "stays as it is" in capsys.readouterr().err
    reviews.mark_reviewed(RUNS[-1].folder, "cutmix:1", True)
    assert reviews.read_reviews(RUNS[-1].folder) == {"cutmix:1"}
    assert store.runs() == []  # and they are no runs of a home


def test_what_is_kept_of_a_run_can_be_made_again(tmp_path, monkeypatch):
    small = TrainingRequest(method="cutmix", epochs=4, images=128, device="cpu", log_every=1)
    monkeypatch.setattr(examples_command, "REQUESTS", (small,))
    kept = []
    for name in ("a", "b"):
        examples_command.make_examples(tmp_path / name)
        (run,) = Store(tmp_path / name).runs()
        assert sorted(path.name for path in run.folder.iterdir()) == [
            "metrics.jsonl", "plans", "request.json", "status.json",
        ]  # fmt: skip
        lines = (run.folder / "metrics.jsonl").read_text().splitlines()
        kept.append([json.loads(line) | {"seconds": 0} for line in lines])
    assert kept[0] == kept[1]
