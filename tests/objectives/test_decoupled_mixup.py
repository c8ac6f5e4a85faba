"""Decoupled Mixup in training: its loss of the run's mixes, and what it refuses."""

import numpy as np
import pytest
import torch

from mixcore.losses.decoupled_mixup import decoupled_mixup
from mixcore.objectives import read_objective
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest

SMALL = {"data": "digits", "images": 64, "batch": 32, "objective": "decoupled"}


def train_once(**more):
    """Losses of the first step, its moment and its mix."""
    job = Training(TrainingRequest(**{**SMALL, **more}))
    moment = job._make_moment(0, next(iter(job.batches(0, 0))))
    return job, moment, job.objective.compute_losses(moment)


@pytest.mark.parametrize("preset", read_objective("decoupled").presets.values())
@pytest.mark.parametrize("method", ["mixup", "cutmix"])
def test_the_sum_is_the_loss_of_the_mix(method, preset):
    job, moment, losses = train_once(method=method, objective_parameters=preset)
    plan = moment.draw_plan()
    logits = job.model(plan.apply(moment.batch.x))
    wanted = decoupled_mixup(logits, moment.y, moment.y[plan.index], plan.w_a, **preset)
    torch.testing.assert_close(losses.add_terms(), wanted, rtol=1e-4, atol=1e-5)
    assert losses.terms["decoupled"] > 0


def test_without_eta_it_trains_as_cross_entropy_does():
    models = []
    for more in ({"objective_parameters": {"eta": 0.0}}, {"objective": "cross_entropy"}):
        job = Training(TrainingRequest(**{**SMALL, "method": "cutmix", **more}))
        moment = job._make_moment(0, next(iter(job.batches(0, 0))))
        job.objective.compute_losses(moment).add_terms().backward()
        models.append([p.grad for p in job.model.parameters()])
    assert all(torch.equal(one, other) for one, other in zip(*models, strict=True))


def test_pictures_that_are_not_mixed_have_no_term():
    _, _, losses = train_once(method="mixup", p=0.0)
    assert losses.terms["decoupled"] == 0


@pytest.mark.parametrize("method", ["snapmix", "manifoldmix", "transmix"])
def test_labels_that_need_not_sum_to_1_and_mixes_of_features_will_do(method):
    model = {"transmix": "small_vit"}.get(method, "small_cnn")
    _, _, losses = train_once(method=method, model=model)
    assert losses.terms["decoupled"].isfinite()
    assert losses.terms["decoupled"] > 0


def test_two_classes_are_refused_in_a_sentence(tmp_path):
    y = np.arange(40) % 2
    x = np.random.default_rng(0).integers(0, 255, (40, 8, 8), np.uint8)
    np.savez(tmp_path / "two.npz", images=x, labels=y)
    request = TrainingRequest(**{**SMALL, "data": f"npz:{tmp_path}/two.npz", "batch": 8})
    with pytest.raises(ValueError, match="of two classes nothing is left"):
        Training(request)


def test_mixes_of_more_than_two_are_refused():
    with pytest.raises(ValueError, match="Decoupled Mixup needs mixes of two pictures"):
        TrainingRequest(**SMALL, method="mosaic")
    with pytest.raises(ValueError, match="choose a method, 'none' does not mix"):
        TrainingRequest(**SMALL, method="none")
