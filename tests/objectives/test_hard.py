"""HARD as an objective: who moves in which phase, which way, and that turns are kept."""

import pytest
import torch

from mixcore.train.tally import Tally
from mixcore.train.training import Training
from mixcore.train.training_request import TrainingRequest


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))


def start(**parameters):
    return Training(TrainingRequest(
        data="digits", images=64, batch=32, method="none", objective="hard", epochs=5,
        objective_parameters={"teacher_epochs": 3, **parameters},
    ))  # fmt: skip


def read(job):
    """Copies of what each player is."""
    players = {"student": job.model, **job.players.networks, **job.players.teachers}
    return {
        name: torch.cat([p.detach().flatten() for p in one.parameters()] or [torch.zeros(0)])
        for name, one in players.items()
    }


def step(job, number=0):
    """The names of who moved, and the step's readings."""
    before, tally = read(job), Tally()
    job.step(number, next(iter(job.batches(0, number))), tally)
    tally.settle()
    moved = {name for name, now in read(job).items() if not torch.equal(now, before[name])}
    return moved, tally.point()


def test_both_players_move_at_each_step_and_the_teacher_never():
    job = start()
    assert step(job)[0] == {"student", "augmentor"}
    assert step(job, 1)[0] == {"student", "augmentor"}


def test_in_turns_one_player_moves_at_a_time():
    calm = start(turns=True, upper=10.0, lower=0.9)  # never near: the augmentor's turn
    assert step(calm)[0] == {"augmentor"}
    assert not calm.players["turns"].student
    heated = start(turns=True, upper=0.01, lower=0.0)  # always above: the student's
    assert step(heated)[0] == {"student"}
    assert heated.players["turns"].student


def test_the_turn_is_part_of_what_a_checkpoint_keeps():
    job = start(turns=True, upper=10.0, lower=0.9)
    step(job)
    kept = job.list_modules()["player-turns"].state_dict()
    assert not kept["student"]


@pytest.mark.parametrize("family", ["shift", "affine"])
def test_a_step_of_the_augmentor_raises_the_disagreement(family):
    job = start(
        family=family, penalty=0.0, start=0.05, turns=True, upper=10.0, lower=0.9,
        teacher_epochs=20,
    )  # fmt: skip
    moment = job._make_moment(0, next(iter(job.batches(0, 0))))
    draws = moment.rng.stage("augment").bit_generator.state
    apart = []
    for _ in range(8):
        moment.rng.stage("augment").bit_generator.state = draws
        apart.append(float(job.objective.compute_losses(moment).readings["disagreement"]))
    assert apart == sorted(apart)
    assert apart[-1] > 1.01 * apart[0]


def test_a_large_penalty_narrows_the_shifts():
    job = start(penalty=100.0, start=0.2, augmentor_lr=0.2)
    for number in range(8):
        _, point = step(job, number % 2)
    assert point["readings"]["sigma"] < 0.1


def test_in_the_augmentor_s_turn_the_student_stays_as_it_is_to_the_last_buffer():
    job = start(turns=True, upper=10.0, lower=0.9)
    before = {name: value.clone() for name, value in job.model.state_dict().items()}
    step(job)
    after = job.model.state_dict()
    assert all(torch.equal(value, after[name]) for name, value in before.items())
