"""HARD's players: who moves, which way, and what leaves a picture as it is."""

import doctest

import pytest
import torch
from torch import nn

from mixcore.distill import hard_augmentor
from mixcore.distill.hard_augmentor import (
    BOUNDS,
    FAMILIES,
    Augmentor,
    Turns,
    challenge,
    move_images,
    shift_images,
    teach,
)


def make_net(seed, size=12):
    torch.manual_seed(seed)
    last = nn.Linear(32, 5)
    nn.init.normal_(last.weight)
    return nn.Sequential(nn.Flatten(), nn.Linear(size * size, 32), nn.Tanh(), last)


def make_moment(family="shift", start=0.05, n=32):
    """A student that knows the teacher's answers to clean pictures, smooth ones, and draws."""
    student, teacher = make_net(1), make_net(2).requires_grad_(False)
    random = torch.Generator().manual_seed(3)
    x = torch.rand(n, 1, 4, 4, generator=random)
    x = nn.functional.interpolate(x, (12, 12), mode="bicubic").clamp(0, 1)
    optimizer = torch.optim.Adam(student.parameters(), 0.01)
    for _ in range(60):
        optimizer.zero_grad()
        teach(student(x), teacher(x)).backward()
        optimizer.step()
    student.zero_grad()
    return student, teacher, Augmentor(family, start), x, torch.randn(n, 4, generator=random)


def measure(moment, **weights):
    student, teacher, augmentor, x, eps = moment
    moved = augmentor(x, eps)
    return challenge(student(moved), teacher(moved), teacher(x), **weights)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [(8, 8), (7, 12)])
def test_no_width_is_the_identity(family, size):
    x = torch.rand(3, 2, *size)
    still = {kind: torch.zeros(()) for kind in FAMILIES[family]}
    assert torch.allclose(move_images(x, torch.randn(3, 4), still), x, atol=1e-5)
    assert torch.allclose(shift_images(x, torch.zeros(2)), x, atol=1e-5)


def test_a_shift_moves_right_and_down_by_its_share_and_brings_in_black():
    x = torch.rand(1, 1, 8, 16)
    moved = shift_images(x, torch.tensor([2 / 16, 1 / 8]))
    assert torch.allclose(moved[..., 1:, 2:], x[..., :-1, :-2], atol=1e-5)
    assert moved[..., 0, :].abs().max() < 1e-5
    assert moved[..., :2].abs().max() < 1e-5


def test_a_turn_keeps_shapes_in_frames_that_are_not_square():
    x = torch.rand(1, 1, 9, 9)
    wide = nn.functional.pad(x, (4, 4, 0, 0))  # 9 x 17
    sigmas = {
        "shift": torch.zeros(()),
        "turn": torch.tensor(torch.pi / 2),
        "scale": torch.zeros(()),
    }
    eps = torch.tensor([[0.0, 0.0, 1.0, 0.0]])
    turned = move_images(wide, eps, sigmas)[..., 4:-4]
    assert torch.allclose(turned, torch.rot90(x, -1, (2, 3)), atol=1e-4)  # clockwise


@pytest.mark.parametrize("family", FAMILIES)
def test_a_step_of_the_augmentor_raises_the_disagreement_and_moves_nothing_else(family):
    moment = make_moment(family)
    student, teacher, augmentor, *_ = moment
    before = measure(moment, penalty=0.0)
    states = [[p.clone() for p in net.parameters()] for net in (student, teacher)]
    optimizer = torch.optim.SGD(augmentor.parameters(), 0.05)
    before.loss.backward()
    optimizer.step()
    after = measure(moment, penalty=0.0)
    assert after.disagreement > before.disagreement
    for net, state in zip((student, teacher), states, strict=True):
        assert all(torch.equal(p, q) for p, q in zip(net.parameters(), state, strict=True))
    assert all(p.grad is None for p in teacher.parameters())


def test_a_step_of_the_student_lowers_it_and_moves_neither_teacher_nor_augmentor():
    student, teacher, augmentor, x, eps = make_moment()
    with torch.no_grad():
        moved = augmentor(x, eps)
    loss = teach(student(moved), teacher(moved))
    loss.backward()
    torch.optim.SGD(student.parameters(), 0.003).step()
    assert teach(student(moved), teacher(moved)) < loss
    assert augmentor.log_sigma.grad is None
    assert all(p.grad is None for p in teacher.parameters())


def test_a_large_penalty_drives_to_the_identity_and_a_reward_alone_does_not():
    ends = {}
    for penalty in (0.0, 1000.0):
        moment = make_moment(start=0.2)
        augmentor = moment[2]
        optimizer = torch.optim.Adam(augmentor.parameters(), 0.05)
        for _ in range(160):
            optimizer.zero_grad()
            measure(moment, penalty=penalty).loss.backward()
            optimizer.step()
            augmentor.clamp()
        ends[penalty] = augmentor.sigmas["shift"].item()
    low, high = BOUNDS["shift"]
    assert low <= ends[1000.0] < 1.5 * low
    assert 0.1 < ends[0.0] <= high + 1e-6


def test_the_challenge_is_what_it_says():
    moment = make_moment()
    found = measure(moment, reward=2.0, penalty=3.0)
    assert torch.allclose(found.loss, 3 * found.drift - 2 * found.disagreement)
    assert found.drift > 0
    assert found.disagreement > 0


def test_widths_stay_between_their_bounds():
    augmentor = Augmentor("affine")
    for far, end in ((-100.0, 0), (100.0, 1)):
        with torch.no_grad():
            augmentor.log_sigma.fill_(far)
        augmentor.clamp()
        for kind, sigma in augmentor.sigmas.items():
            assert sigma.item() == pytest.approx(BOUNDS[kind][end])


def test_turns_change_at_their_thresholds_and_are_kept():
    turns = Turns(0.1, 0.5)
    assert turns.update(0.2)
    assert not turns.update(0.09)
    other = Turns(0.1, 0.5)
    other.load_state_dict(turns.state_dict())
    assert [one.update(0.3) for one in (turns, other)] == [False, False]
    assert [one.update(0.51) for one in (turns, other)] == [True, True]


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="must be one of 'shift', 'affine', got 'warp'"):
        Augmentor("warp")
    with pytest.raises(ValueError, match=r"from 0.01 to 0.3, got 0.5"):
        Augmentor("shift", 0.5)
    with pytest.raises(ValueError, match=r"lower < upper, got 0.5 and 0.1"):
        Turns(0.5, 0.1)


def test_examples():
    assert doctest.testmod(hard_augmentor).failed == 0
