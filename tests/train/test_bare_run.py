"""A bare training is a run's, step for step, and takes a recipe that is no method."""

import pytest
import torch

from mixcore.mixers.self_mixes import make_recipe
from mixcore.runs import Store
from mixcore.train.bare_run import score_model, train_bare
from mixcore.train.training_request import TrainingRequest
from mixcore.worker import do_job

ASKED = {"data": "digits", "images": 96, "epochs": 2, "batch": 32, "seed": 3}


def test_it_is_the_training_of_a_run(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    request = TrainingRequest(**ASKED, method="cutmix")
    steps = []
    job = train_bare(request, on_step=lambda step, of: steps.append((step, of)))
    assert steps == [(i, 6) for i in range(6)]
    run = Store().create(request.job())
    assert do_job(run) == "done"
    metrics = run.metrics()
    metrics.update()
    last = metrics.epochs[-1]
    scores = score_model(job)
    assert scores.accuracy == pytest.approx(last["test_accuracy"])
    assert scores.ece == pytest.approx(last["calibration"]["ece"])
    assert 0 < scores.confidence <= 1


def test_a_recipe_mixes_instead_of_the_method():
    request = TrainingRequest(**ASKED, method="none")
    plain, own, again = (
        next(train_bare(request, recipe).model.parameters())
        for recipe in (None, make_recipe("CutMix", "released"), make_recipe("CutMix", "released"))
    )
    assert torch.equal(own, again)
    assert not torch.equal(plain, own)
