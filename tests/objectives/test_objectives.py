"""The objectives that ship, each held to the laws; and what a training refuses."""

import os
import signal
import time

import pytest
import torch

from mixcore.objectives import (
    DEFAULT,
    ObjectiveCard,
    find_objective,
    list_objectives,
    read_objective,
)
from mixcore.runs import Store
from mixcore.train import loop
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest
from mixcore.worker import do_job
from objectives import laws

OBJECTIVES = list_objectives()


def stop_at(step):
    """A watch that asks its run to stop after a step, as Ctrl-C does."""

    def watch(now, row):
        if row is None and now.step == step:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)

    return watch


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("key", OBJECTIVES)
def test_laws_hold(key, law):
    law(key)


@pytest.mark.parametrize("key", OBJECTIVES)
def test_a_stopped_run_goes_on_bit_for_bit(key):
    laws.check_resume(key, stop_at)


def test_the_usual_one_comes_first_and_an_unknown_one_is_refused():
    assert OBJECTIVES[0] == DEFAULT
    with pytest.raises(ValueError, match="Did you mean 'cross_entropy'"):
        read_objective("cross_entropie")


def test_objectives_and_methods_must_go_together():
    card = ObjectiveCard("a", "A", "It.", mixes="own")
    assert "set the run's method to 'none'" in card.describe_mismatch({"CutMix": 2})
    assert card.describe_mismatch({}) is None
    with pytest.raises(ValueError, match="Jensen-Shannon consistency needs mixes of one picture"):
        TrainingRequest(method="cutmix", objective="jensen_shannon")
    with pytest.raises(ValueError, match="choose a method, 'none' does not mix"):
        TrainingRequest(method="none", objective="jensen_shannon")


def test_cross_entropy_is_the_loss_of_the_mixed_batch():
    job = Training(TrainingRequest(data="digits", images=64, method="cutmix", label_smoothing=0.1))
    moment = job._make_moment(0, next(iter(job.batches(0, 0))))
    losses = job.objective.compute_losses(moment)
    logits = job.model(moment.draw_plan().apply(moment.batch.x))
    target = moment.draw_plan().target(moment.y, 10, 0.1)
    wanted = -(target * logits.log_softmax(1)).sum(1).mean()
    assert torch.allclose(losses.add_terms(), wanted, rtol=1e-4)


def test_the_mixes_of_a_batch_are_independent_and_their_own():
    job = Training(TrainingRequest(data="digits", images=64, method="mixup"))
    moment = job._make_moment(0, next(iter(job.batches(0, 0))))
    first, second = moment.draw_plan(0), moment.draw_plan(1)
    assert not torch.equal(first.lam, second.lam)
    assert torch.equal(first.lam, moment.draw_plan(0).lam)


def test_a_request_keeps_the_parameters_of_its_objective():
    request = TrainingRequest(
        method="augmix", objective="jensen_shannon", objective_parameters={"weight": 3.0}
    )
    assert TrainingRequest.from_dict(request.to_dict()) == request
    words = request.command().split()
    assert words[words.index("--objective") + 1] == "jensen_shannon"
    assert words[-2:] == ["--set-objective", "weight=3.0"]
    assert find_objective("jensen_shannon").from_dict(request.objective_parameters).weight == 3
    with pytest.raises(TypeError, match="objective parameters must be a mapping"):
        TrainingRequest(objective_parameters=3)


def test_a_player_that_diverges_ends_the_run_and_is_named(tmp_path):
    """An absurd rate for what learns beside the model: one sentence, and the run is not lost."""
    request = laws.ask("adamixup", policy_lr=0.1)
    run = Store().create(request.job())

    class Broken(type(Training(request).objective)):
        def compute_losses(self, moment):
            losses = super().compute_losses(moment)
            if moment.step == 3:
                moment.played["policy"] = losses.add_terms().detach() * float("nan")
            return losses

    real = loop.Training
    with pytest.MonkeyPatch.context() as patch:

        def broken(asked):
            job = real(asked)
            job.objective = Broken(**job.objective.to_dict())
            return job

        patch.setattr(loop, "Training", broken)
        assert do_job(run) == "diverged"
    said = run.status().message
    assert said.startswith("The loss of the policy left all bounds at step 4.")
    assert "The last good step was 3" in said
