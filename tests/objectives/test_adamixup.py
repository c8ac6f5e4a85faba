"""AdaMixUp in training: who moves, what is mixed, and the floor of the width."""

import pytest
import torch

from mixcore.train.tally import Tally
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest

SMALL = {"data": "digits", "images": 64, "batch": 16, "method": "none", "seed": 3}


def make_training(objective="adamixup", **parameters):
    return Training(TrainingRequest(**SMALL, objective=objective, objective_parameters=parameters))


def make_moment(job):
    return job._make_moment(0, next(iter(job.batches(0, 0))))


@pytest.mark.parametrize("gate", ["pair", "noise"])
def test_model_policy_and_head_move_together(gate):
    job = make_training(gate=gate)
    before = {
        name: [p.clone() for p in module.parameters()]
        for name, module in job.list_modules().items()
    }
    tally = Tally()
    for step in range(2):
        job.step(step, next(iter(job.batches(0, step))), tally)
    tally.settle()
    for name, module in job.list_modules().items():
        for old, new in zip(before[name], module.parameters(), strict=True):
            assert not torch.equal(old, new), name


def test_without_the_head_the_policy_still_learns_of_the_labels_and_the_head_stays():
    job = make_training(weight=0.0)
    losses = job.objective.compute_losses(make_moment(job))
    losses.add_terms().backward()
    grads = {
        name: sum(float(p.grad.abs().sum()) for p in job.players[name].parameters())
        for name in ("policy", "head")
    }
    assert grads["policy"] > 0
    assert grads["head"] == 0


def test_half_of_the_batch_is_mixed_and_half_is_real():
    job = make_training(min_width=0.3)
    moment = make_moment(job)
    seen = []
    handle = job.model.register_forward_pre_hook(lambda module, x: seen.append(x[0].detach()))
    losses = job.objective.compute_losses(moment)
    handle.remove()
    (x,) = seen
    assert len(x) == 24
    assert torch.equal(x[8:16], moment.batch.x[8:])
    assert torch.equal(x[16:], moment.batch.x[:8])
    assert len(losses.logits) == len(losses.target) == 16
    assert torch.equal(losses.target[8:], moment.target(None)[8:])
    assert torch.allclose(losses.target.sum(1), torch.ones(16))
    assert float(losses.readings["width"]) >= 0.3
    assert float(losses.readings["alpha"] + losses.readings["width"]) <= 1


def test_a_batch_of_two_and_a_run_that_mixes_by_a_method():
    two = TrainingRequest(**{**SMALL, "batch": 2, "images": 20}, objective="adamixup")
    job = Training(two)
    assert torch.isfinite(job.objective.compute_losses(make_moment(job)).add_terms())
    with pytest.raises(ValueError, match="AdaMixUp mixes by itself"):
        TrainingRequest(**{**SMALL, "method": "mixup"}, objective="adamixup")


def test_squared_error_asks_outputs_to_be_the_label():
    job = make_training("squared_error")
    moment = make_moment(job)
    losses = job.objective.compute_losses(moment)
    want = (losses.logits - moment.target(None)).square().sum(1).mean()
    assert torch.allclose(losses.add_terms(), want)
