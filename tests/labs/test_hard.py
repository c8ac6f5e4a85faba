"""The lab of HARD: its networks, what students make of shifts, and the augmentor's aim."""

import hashlib

import numpy as np
import pytest
import torch

from mixcore.experiments import shift_trial
from mixcore.experiments.shift_trial import HARD, KD, RANDOM, WAYS
from mixcore.labs import make_lab
from mixcore.labs.hard import SHOWN, answer, shift_digits


def look(**parameters):
    return make_lab("hard", **parameters).look(np.random.default_rng(0), {})


def test_the_kept_networks_are_those_of_their_card():
    digest = hashlib.sha256(shift_trial.KEPT.read_bytes()).hexdigest()
    assert digest in shift_trial.KEPT.with_suffix(".md").read_text()
    assert shift_trial.KEPT.stat().st_size < 5e6


def test_the_command_makes_such_networks(tmp_path):
    made = shift_trial.write_nets(tmp_path / "few.safetensors", teacher_steps=2, steps=2)
    x = shift_trial.load_framed_digits().x[:5]
    alone = shift_trial.train_students(KD, [shift_trial.train_teacher(0, 2)], [0], steps=2)
    assert torch.allclose(answer(made.students, KD, x), alone.nets(x.flatten(1))[0], atol=1e-6)


def test_shifts_hurt_the_student_that_never_saw_them():
    still, moved = look(shift=0.0), look(shift=2.0)
    assert still.number.value > 0.9
    assert moved.number.value < 0.3
    for way in (RANDOM, HARD):
        assert look(shift=2.0, student=way).number.value > 0.6


def test_digits_are_sorted_by_disagreement_and_framed_by_what_is_right():
    sheet = look(student=KD, shift=2.0)
    apart = [float(caption.split(", ")[1]) for caption in sheet.panels[0].captions]
    assert apart == sorted(apart, reverse=True)
    assert len(apart) == SHOWN
    assert {"good", "wrong"} == set(sheet.panels[0].frames)


def test_a_larger_penalty_moves_the_aim_towards_no_shift():
    widths = [look(penalty=penalty).panels[2].points[0].at[0][0] for penalty in (0.1, 1.0, 100.0)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < widths[0]


@pytest.mark.parametrize("pixels", [0.0, 2.0])
def test_each_digit_goes_its_own_way(pixels):
    x = shift_trial.load_framed_digits().x[:2]
    moved = shift_digits(x, pixels, np.array([0.0, np.pi / 2]))
    right, down = (
        torch.roll(x[i], (int(pixels) * i, int(pixels) * (1 - i)), (1, 2)) for i in (0, 1)
    )
    assert torch.allclose(moved, torch.stack([right, down]), atol=1e-4)


def test_other_data_is_trained_by_requests(monkeypatch, tmp_path):
    monkeypatch.setenv("MIXSCOPE_HOME", str(tmp_path))
    random = np.random.default_rng(0)
    labels = np.arange(80) % 2
    images = random.integers(0, 99, (80, 16, 16)) + 120 * labels[:, None, None]
    np.savez(tmp_path / "own.npz", images=images.astype(np.uint8), labels=labels)
    from mixcore.experiments.trial_progress import Progress

    made = make_lab("hard", data=f"npz:{tmp_path}/own.npz", images=40, epochs=1, teacher_epochs=1,
                    batch=20)  # fmt: skip
    rows = [row for way in WAYS for row in made.run(way, [0], Progress())]
    assert [row.arm for row in rows] == [KD, "teacher", RANDOM, HARD]
    assert set(rows[-1].values) == set(made.card.metrics)
    assert len(list((tmp_path / "teachers").iterdir())) == 1  # all three have the same one
