"""Neural collapse of a run: it changes nothing, measures what is there, and says why it cannot."""

import math

import pytest
import torch

from mixcore.last_layer import find_last_layer
from mixcore.runs import Store
from mixcore.sheets import packing, paper
from mixcore.train.epoch_sheets import list_sheets
from mixcore.train.observe import list_observers, make_observer, read_observer
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest
from mixcore.worker import do_job

SMALL = {
    "data": "digits", "images": 200, "batch": 32, "epochs": 2, "method": "mixup", "seed": 5,
    "observe": "neural_collapse", "observe_parameters": {"pictures": 8, "mixes": 200},
}  # fmt: skip


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))


def make_training(**changes):
    return Training(TrainingRequest(**{**SMALL, **changes}))


def observe(job):
    return job.observer.observe(job.setting)


def test_the_card_is_what_is_declared():
    assert "neural_collapse" in list_observers()
    card = read_observer("neural_collapse")
    assert card == type(make_observer("neural_collapse")).card
    assert card.cost.endswith(".")
    assert set(observe(make_training()).readings) == set(card.readings)


@pytest.mark.parametrize("model", ["small_cnn", "small_vit", "hybrid_vit"])
def test_every_model_is_seen_the_same_twice_and_is_left_as_it_is(model):
    job = make_training(model=model, method="none")
    job.model.train()
    before = {name: value.clone() for name, value in job.model.state_dict().items()}
    first, second = observe(job), observe(job)
    assert first.readings == second.readings
    assert all(math.isfinite(value) for value in first.readings.values())
    assert 0 < first.readings["in_plane"] <= 1
    assert all(torch.equal(value, before[n]) for n, value in job.model.state_dict().items())
    assert job.model.training
    packing.pack_sheets([first.sheet])
    for theme in ("light", "dark"):
        paper.draw_sheet(first.sheet, theme, "What is seen?", "A test", "")


def test_classes_can_be_named_and_another_three_are_another_triangle():
    names = make_training().setting.class_names
    by_number = observe(make_training(observe_parameters={"classes": "7, 1, 4", "mixes": 200}))
    said = by_number.sheet.panels[0].caption
    assert said.startswith(f"{names[7]} (blue), {names[1]} (orange), {names[4]} (purple)")
    usual = observe(make_training(observe_parameters={"mixes": 200}))
    assert usual.readings != by_number.readings


def test_collapsed_features_are_measured_as_such():
    job = make_training(observe_parameters={"mixes": 400})
    last = find_last_layer(job.model)

    class Collapsed(torch.nn.Module):
        """A model whose features are what the first pixels of a picture say."""

        def __init__(self):
            super().__init__()
            self.head = last

        def forward(self, x):
            shares = x[:, 0, 0, :3]
            return self.head(torch.nn.functional.pad(shares, (0, last.in_features - 3)))

    batch = job.setting.find_pictures((0, 1, 2), 40)
    batch.x[:, 0, 0, :] = 0
    batch.x[torch.arange(len(batch.y)), 0, 0, batch.y] = 1
    object.__setattr__(job.setting, "model", Collapsed())
    object.__setattr__(job.setting, "find_pictures", lambda classes, each: batch)
    found = observe(job).readings
    assert found["nc1"] == pytest.approx(0, abs=1e-9)
    assert found["nc2"] == pytest.approx(0, abs=1e-6)
    assert found["channel"] == pytest.approx(1, abs=0.05)


def test_a_run_keeps_a_triangle_and_numbers_for_each_epoch():
    run = Store().create(TrainingRequest(**SMALL).job())
    assert do_job(run) == "done"
    assert len(list_sheets(run.folder)["neural_collapse"]) == SMALL["epochs"]
    again = Store().create(TrainingRequest(**{**SMALL, "observe": "none",
                                              "observe_parameters": {}}).job())  # fmt: skip
    assert do_job(again) == "done"
    paths = [one.folder / "checkpoints/last.safetensors" for one in (run, again)]
    from safetensors.torch import load_file

    watched, alone = map(load_file, paths)
    assert watched.keys() == alone.keys()
    assert all(torch.equal(value, alone[name]) for name, value in watched.items())


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"observe_parameters": {"classes": "1, 2"}}, "three different classes, got 1, 2"),
        ({"observe_parameters": {"classes": "1, 2, 2"}}, "three different classes"),
        ({"observe_parameters": {"classes": "1, 2, 77"}}, "no class '77'"),
    ],
)
def test_what_cannot_be_watched_is_said_before_the_first_step(changes, said):
    with pytest.raises(ValueError, match=said):
        make_training(**changes)


def test_two_classes_are_no_triangle():
    job = make_training(observe="none", observe_parameters={})
    object.__setattr__(job.setting, "class_names", ("cat", "dog"))
    assert "this data set has 2" in make_observer("neural_collapse").why_not(job.setting)
