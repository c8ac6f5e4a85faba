"""Teachers: trained first and kept once, stopped and resumed with their run, or refused."""

import os
import shutil
import signal
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mixcore.objectives import make_objective
from mixcore.runs import Store
from mixcore.train import estimate, first_teacher, teachers
from mixcore.train.bare_run import train_bare
from mixcore.train.together import train_together
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest
from mixcore.worker import do_job

SMALL = {"data": "digits", "images": 64, "batch": 16, "epochs": 1, "log_every": 1}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def ask(teacher="first", request=SMALL, **parameters):
    return TrainingRequest.from_dict(
        {
            "method": "none", "objective": "distillation", **request,
            "objective_parameters": {"teacher": teacher, **parameters},
        }
    )  # fmt: skip


def list_kept(home):
    return sorted((home / "teachers").glob("*/*"))


def weigh(model):
    return torch.cat([p.flatten() for p in model.state_dict().values()])


def test_runs_of_several_seeds_share_one_teacher(home, monkeypatch):
    started = []
    start = teachers.keep_teacher
    monkeypatch.setattr(
        teachers, "keep_teacher",
        lambda asked, *rest: (
            None if teachers.is_kept(asked) else started.append(asked), start(asked, *rest)
        ),
    )  # fmt: skip
    requests = [ask(request={**SMALL, "seed": seed}) for seed in range(3)]
    jobs = train_together(requests)
    assert len(started) == 1
    assert [path.name for path in list_kept(home)] == ["lock", teachers.KEPT]
    first, second, _ = (weigh(job.players["teacher"]) for job in jobs)
    assert torch.equal(first, second)
    for other in ({"teacher_seed": 1}, {"teacher_method": "mixup"}, {"teacher_augment": "crop"}):
        assert not torch.equal(weigh(Training(ask(**other)).players["teacher"]), first)
    assert len(started) == 4


def test_a_teacher_is_the_run_that_it_stands_for(home):
    request = ask(teacher_epochs=2, teacher_method="mixup", teacher_seed=3)
    teacher = Training(request).players["teacher"]
    alone = train_bare(
        TrainingRequest.from_dict({**SMALL, "epochs": 2, "method": "mixup", "seed": 3})
    )
    assert torch.equal(weigh(teacher), weigh(alone.judged))
    assert not teacher.training
    assert not any(p.requires_grad for p in teacher.parameters())


def test_steps_of_the_teacher_are_told_and_what_they_raise_leaves_nothing(home):
    told = []

    def on_step(step, steps):
        told.append((step, steps))
        if len(told) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_bare(ask(), on_step=on_step)
    assert told == [(0, 4), (1, 4), (2, 4)]
    assert [path.name for path in list_kept(home)] == ["lock"]


def test_a_stopped_teacher_goes_on_with_its_run_to_the_very_same_weights(home):
    said = []

    def watch(now, row):
        said.append(now.message)
        if row is None and now.message == first_teacher.DOING and now.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)

    store = Store()
    run = store.create(ask().job())
    assert do_job(run, watch) == "stopped"
    assert "its teacher" in run.status().message
    assert first_teacher.DOING in said
    assert teachers.KEPT not in [path.name for path in list_kept(home)]
    assert any(path.name == "checkpoints" for path in list_kept(home))
    store.resume(run)
    assert do_job(run) == "done"
    assert [path.name for path in list_kept(home)] == ["lock", teachers.KEPT]
    metrics = run.metrics()
    metrics.update()
    assert [row["step"] for row in metrics.steps] == [1, 2, 3, 4]  # the student's alone
    taught = Training(ask()).players["teacher"]
    shutil.rmtree(home / "teachers")
    assert torch.equal(weigh(taught), weigh(Training(ask()).players["teacher"]))


def test_a_kept_teacher_that_was_damaged_is_trained_anew(home):
    first = weigh(Training(ask()).players["teacher"])
    path = teachers.find_folder(teachers.make_request(*_split(ask()))) / teachers.KEPT
    path.write_bytes(path.read_bytes()[:1000])
    assert torch.equal(weigh(Training(ask()).players["teacher"]), first)


def _split(request):
    """The objective's own words of a request, and the request."""
    return make_objective(request.objective, **request.objective_parameters), request


def test_a_run_waits_for_the_teacher_that_another_one_trains(home):
    asked = teachers.find_missing(ask())
    folder = teachers.find_folder(asked)
    waited = []

    def wait(step, steps):
        waited.append(step)
        raise KeyboardInterrupt

    with teachers.hold_folder(folder, lambda: None), pytest.raises(KeyboardInterrupt):
        teachers.keep_teacher(asked, Training, wait)
    assert waited == [0]


def test_a_try_trains_no_teacher(home):
    found = estimate.measure_request(ask(), tried=2)
    assert found.tried == 2
    assert not (home / "teachers").exists()


def finish(request, **more):
    run = Store().create(TrainingRequest.from_dict({**request, "method": "none", **more}).job())
    assert do_job(run) == "done"
    return run


def test_a_stored_run_teaches_and_is_refused_where_it_does_not_fit(tmp_path):
    run = finish(SMALL)
    teacher = Training(ask(f"run:{run.id}")).players["teacher"]
    assert teacher.name.startswith("small_cnn of ")
    with pytest.raises(ValueError, match=r"takes pictures of 8 x 8 pixels and 1 channel, and this"):
        Training(ask(f"run:{run.id}", {**SMALL, "size": 12}))
    few = np.random.default_rng(0).integers(0, 255, (90, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "few.npz", images=few, labels=np.arange(90) % 3)
    with pytest.raises(ValueError, match=r"10 classes \(0, 1, 2, 3, ...\), and this data has 3"):
        Training(ask(f"run:{run.id}", {**SMALL, "data": f"npz:{tmp_path}/few.npz"}))
    for path in run.checkpoints():
        path.unlink()
    with pytest.raises(ValueError, match="has no weights of epoch any"):
        Training(ask(f"run:{run.id}"))


def test_a_run_that_has_not_ended_or_is_gone_or_damaged_is_refused():
    waiting = Store().create(ask().job())
    with pytest.raises(ValueError, match="is queued, and only a run that is done can teach"):
        Training(ask(f"run:{waiting.id}"))
    with pytest.raises(ValueError, match="There is no run '00099-nothing' here"):
        Training(ask("run:00099-nothing"))
    run = finish(SMALL)
    for path in run.checkpoints():
        path.write_bytes(b"half")
    with pytest.raises(ValueError, match="cannot be read"):
        Training(ask(f"run:{run.id}"))


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("timm:resnet7", "timm has no model 'resnet7'"),
        (
            "timm:resnet18",
            "timm:resnet18 are not on this machine, and nothing is fetched",
        ),
        ("somebody", "must be first, run:ID or timm:NAME, got 'somebody'"),
        ("run:", "must be first, run:ID or timm:NAME, got 'run:'"),
    ],
)
def test_other_words_are_refused_in_a_sentence(word, sentence, monkeypatch, tmp_path):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(ValueError, match=sentence):
        Training(ask(word))


def test_weights_of_timm_at_hand_teach_what_they_know(monkeypatch, tmp_path):
    import timm
    from safetensors.torch import save_file

    torch.manual_seed(0)
    model = timm.create_model("test_resnet", pretrained=False)
    save_file(model.state_dict(), tmp_path / "own.safetensors")
    monkeypatch.setattr(teachers, "_find_weights", lambda facts: tmp_path / "own.safetensors")
    with pytest.raises(ValueError, match="knows 1000 classes, and this data has 10"):
        Training(ask("timm:test_resnet"))


def test_a_failed_run_says_what_is_wrong_with_its_teacher():
    run = Store().create(ask("timm:resnet7").job())
    assert do_job(run) == "failed"
    assert run.status().message == "timm has no model 'resnet7', so it can be no teacher."


def test_a_model_of_timm_takes_pictures_as_they_are(monkeypatch, tmp_path):
    import timm
    from safetensors.torch import save_file

    model = timm.create_model("test_vit", pretrained=False).eval()
    save_file(model.state_dict(), tmp_path / "own.safetensors")
    monkeypatch.setattr(teachers, "_find_weights", lambda facts: tmp_path / "own.safetensors")
    data = SimpleNamespace(classes=range(1000), shape=(3, 160, 160))
    teacher = teachers._load_timm("test_vit", data)
    x = torch.rand(2, 3, 160, 160)
    mean, std = (
        torch.tensor(model.pretrained_cfg[name]).view(-1, 1, 1) for name in ("mean", "std")
    )
    with torch.no_grad():
        assert torch.allclose(teacher(x), model((x - mean) / std), atol=1e-5)
    with pytest.raises(ValueError, match="takes pictures of 160 x 160 pixels and 3 channels"):
        teachers._load_timm("test_vit", SimpleNamespace(classes=range(1000), shape=(4, 160, 160)))
