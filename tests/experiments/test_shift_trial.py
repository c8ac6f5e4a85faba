"""Shifts that a teacher stands and students learn: nets, ways to distill, and what is measured."""

import numpy as np
import pytest
import torch

from mixcore.experiments.shift_trial import (
    FRAME,
    HARD,
    KD,
    SHIFTS,
    SIDE,
    WAYS,
    PlacelessNet,
    list_accuracies,
    load_framed_digits,
    measure_shifts,
    train_students,
    train_teacher,
)


def test_digits_lie_in_a_black_frame():
    digits = load_framed_digits()
    assert digits.x.shape[1:] == (1, SIDE, SIDE)
    inside = digits.x[:, :, FRAME:-FRAME, FRAME:-FRAME]
    assert digits.x.sum() == pytest.approx(inside.sum().item())


def test_the_teacher_does_not_care_where_a_digit_is():
    torch.manual_seed(0)
    net = PlacelessNet()
    x = torch.nn.functional.pad(load_framed_digits().x[:20], (4,) * 4)  # it looks 4 pixels around
    moved = torch.roll(x, (3, -4), (2, 3))
    assert torch.allclose(net(moved), net(x), atol=1e-5)


@pytest.mark.parametrize("way", WAYS)
def test_each_seed_is_trained_as_if_alone(way):
    teachers = [train_teacher(seed, 3) for seed in (0, 1)]
    both = train_students(way, teachers, (0, 1), steps=4)
    alone = train_students(way, teachers[1:], (1,), steps=4)
    x = load_framed_digits().x_test[:10].flatten(1)
    assert torch.allclose(both.nets(x)[1], alone.nets(x)[0], atol=1e-5)
    assert both.sigmas.shape == (2, 4 if way == HARD else 0)
    assert all(p.grad is None for teacher in teachers for p in teacher.parameters())


def test_a_large_penalty_keeps_digits_where_they_are_and_none_moves_them():
    teachers = [train_teacher(0, 60)]
    ends = {
        penalty: train_students(HARD, teachers, (0,), steps=100, penalty=penalty).sigmas[0, -1]
        for penalty in (0.0, 100.0)
    }
    assert ends[100.0] < 0.015
    assert ends[0.0] > 0.06


def test_accuracy_is_a_mean_over_directions_at_each_shift():
    digits = load_framed_digits()
    x, y = digits.x_test[:50], digits.y_test[:50]
    found = measure_shifts(lambda moved: torch.eye(10)[y] + moved.sum() * 0, x, y, [0, 0.25])
    assert [float(some) for some in found] == [1, 1]
    numbers = list_accuracies({i: 1 - i / 10 for i in SHIFTS})
    assert numbers["shifted"] == pytest.approx(np.mean([0.9, 0.8, 0.7, 0.6]))
    assert numbers["far"] == pytest.approx(0.45)
    assert numbers["clean"] == 1


def test_an_unknown_way_is_named():
    with pytest.raises(ValueError, match="must be one of 'plain KD', 'random shifts', 'HARD'"):
        train_students("soft", [], (), steps=1)
    assert KD in WAYS
