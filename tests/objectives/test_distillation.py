"""Distillation as an objective: what is mixed, which loss it is, and who gets a gradient."""

import pytest
import torch

from mixcore.distill.soft_labels import distill
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))


def start(method="mixup", **parameters):
    """A training and the moment of its first step."""
    job = Training(TrainingRequest(
        data="digits", images=64, batch=32, method=method, objective="distillation",
        objective_parameters={"teacher_epochs": 1, **parameters},
    ))  # fmt: skip
    return job, job._make_moment(0, next(iter(job.batches(0, 0))))


@pytest.mark.parametrize("temperature", ["spread", "fixed"])
def test_it_is_the_loss_of_the_mix_that_both_see(temperature):
    job, moment = start(temperature=temperature, t=2.0, squared=True, gamma=0.3, alpha=0.6)
    job.model.eval()
    losses = job.objective.compute_losses(moment)
    plan = moment.draw_plan()
    mix = plan.apply(moment.batch.x)
    wanted = distill(
        job.model(mix), job.players["teacher"](mix), plan.target(moment.y, 10),
        temperature=2.0 if temperature == "fixed" else None, gamma=0.3, alpha=0.6, squared=True,
    )  # fmt: skip
    assert torch.allclose(losses.terms["cross_entropy"], wanted.cross_entropy)
    assert torch.allclose(losses.terms["distillation"], wanted.distillation)


@pytest.mark.parametrize(("count", "low", "high"), [("exact", 3, 3), ("as released", 8, 20)])
def test_the_share_that_stays_mixed_is_exact_or_as_released(count, low, high):
    job, moment = start(share=0.1, count=count)
    plan = job.objective.compute_losses(moment).plan
    assert low <= int((plan.w_a < 1).sum()) <= high


def test_gradients_reach_the_student_and_never_the_teacher():
    job, moment = start()
    job.objective.compute_losses(moment).add_terms().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in job.model.parameters())
    assert all(p.grad is None for p in job.players["teacher"].parameters())
    assert not job.players["teacher"].training


def test_it_learns_to_agree_with_its_teacher_where_nothing_is_mixed():
    job, _ = start(method="none", gamma=0.0, teacher_epochs=6)
    from mixcore.train.tally import Tally

    readings = []
    for step in range(24):
        tally = Tally()
        batch = next(iter(job.batches(step // 2, step % 2)))
        job.step(step, batch, tally)
        tally.settle()
        readings.append(tally.point()["readings"]["agreement"])
    assert sum(readings[-6:]) > sum(readings[:6]) + 1


@pytest.mark.parametrize("temperature", ["spread", "fixed"])
def test_the_sheet_softens_as_the_loss_does(temperature):
    job, _ = start(temperature=temperature, t=20.0)
    sheet = job.objective.draw_sheet(job.setting, job.players, [])
    known, own, apart = (line.y for line in sheet.panels[0].lines)
    least = {"spread": 1.2, "fixed": 2.2}[temperature]  # nats, of ten classes over 20 almost all
    assert min(*known, *own) > least
    assert min(apart) >= 0
