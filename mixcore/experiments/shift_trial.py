"""Distillation of what a teacher makes of shifts, to students that see pixels in a row.

The teacher's architecture does not care where a digit is: two convolutions without a stride, and
the maximum over all places. The student is fully connected. Digits lie in the middle of a black
frame, 4 pixels wide, so that up to there no shift cuts them; teachers are trained on these alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mixcore.distill.hard_augmentor import DRAWS, Augmentor, challenge, shift_images
from mixcore.distill.soft_labels import diverge
from mixcore.experiments.batched_mlp import BatchedMLP, draw_batches, train_batched

FRAME, SIDE, CLASSES = 4, 16, 10  # pixels
TRAINED, BATCH = 1000, 64
TEACHER_LR = 1e-2
UNITS, STUDENT_LR = 256, 3e-3
AUGMENTOR_LR = 0.02
REACH = 4  # pixels by which random shifts go at most
KD, RANDOM, HARD = "plain KD", "random shifts", "HARD"
WAYS = (KD, RANDOM, HARD)
KEPT = Path(__file__).parents[2] / "assets" / "labs" / "hard.safetensors"
SHIFTS = tuple(range(7))  # pixels, at which accuracy is measured
DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1))


class FramedDigits(NamedTuple):
    """Digits x (n, 1, 16, 16) in [0, 1] and their classes y (n,), to train on and to test."""

    x: Tensor
    y: Tensor
    x_test: Tensor
    y_test: Tensor


@lru_cache(1)
def load_framed_digits() -> FramedDigits:
    """scikit-learn's digits in a black frame, always divided alike."""
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(images))
    small = torch.from_numpy((images[order] / 16).astype(np.float32)).view(-1, 1, 8, 8)
    x, y = F.pad(small, (FRAME,) * 4), torch.from_numpy(labels[order].astype(np.int64))
    return FramedDigits(x[:TRAINED], y[:TRAINED], x[TRAINED:], y[TRAINED:])


class PlacelessNet(nn.Module):
    """Two convolutions of stride 1 and a maximum over places: a shift changes nothing but edges."""

    def __init__(self, k: int = CLASSES) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(1, 8, 5, padding=2), nn.Conv2d(8, 24, 5, padding=2)
        self.head = nn.Linear(24, k)

    def forward(self, x: Tensor) -> Tensor:
        """Logits (b, k) of pictures (b, 1, h, w)."""
        found: Tensor = self.head(self.second(self.first(x).relu()).relu().amax((2, 3)))
        return found


def train_teacher(
    seed: int, steps: int = 500, on_step: Callable[[int], object] = lambda step: None
) -> PlacelessNet:
    """A teacher of framed digits, frozen.

    Args:
        seed: of its weights and batches.
        steps: how many.
        on_step: called with the number of steps done; what it raises ends the training.
    """
    digits = load_framed_digits()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = PlacelessNet()
    batches = draw_batches(TRAINED, BATCH, steps, np.random.default_rng([seed, 1]))

    def loss(step: int) -> Tensor:
        rows = batches[step]
        return F.cross_entropy(net(digits.x[rows]), digits.y[rows])[None]

    train_batched(net, loss, steps=steps, lr=TEACHER_LR, cosine=True, on_step=on_step)
    net.zero_grad()
    return net.eval().requires_grad_(False)


class ShiftStudents(NamedTuple):
    """Students of one way to distill, a seed each, and what their augmentors came to.

    sigmas (s, steps) are shares of the side, of HARD alone.
    """

    nets: BatchedMLP
    sigmas: np.ndarray


def train_students(
    way: str,
    teachers: Sequence[nn.Module],
    seeds: Sequence[int],
    *,
    steps: int = 800,
    penalty: float = 1.0,
    on_step: Callable[[int, BatchedMLP], object] = lambda step, nets: None,
) -> ShiftStudents:
    """Students that learn a teacher's answers to digits, shifted in one of three ways or not.

    Args:
        way: "plain KD", "random shifts" by up to REACH pixels, or "HARD".
        teachers: one a seed.
        seeds: of students and draws.
        steps: how many.
        penalty: of HARD's augmentor, for what the teacher no longer knows.
        on_step: called with the number of steps done and the students.

    Raises:
        ValueError: for another way.
    """
    if way not in WAYS:
        raise ValueError(f"The way must be one of {', '.join(map(repr, WAYS))}, got {way!r}.")
    digits = load_framed_digits()
    nets = BatchedMLP((SIDE * SIDE, UNITS, CLASSES), seeds)
    draws = [np.random.default_rng([seed, 2]) for seed in seeds]
    batches = [draw_batches(TRAINED, BATCH, steps, random) for random in draws]
    with torch.no_grad():
        clean = [teacher(digits.x) for teacher in teachers]
    augmentors = [Augmentor("shift") for _ in seeds]
    climb = torch.optim.Adam([one.log_sigma for one in augmentors], AUGMENTOR_LR)
    sigmas = np.zeros((len(seeds), steps))

    def loss(step: int) -> Tensor:
        rows = [some[step] for some in batches]
        known = torch.stack([all_of[some] for all_of, some in zip(clean, rows, strict=True)])
        x = [digits.x[some] for some in rows]
        if way == KD:
            return diverge(nets(torch.stack(x).flatten(2)), known, 1.0).mean(1)
        if way == RANDOM:
            moved = [
                shift_images(one, _pack(random.uniform(-1, 1, (BATCH, 2))) * REACH / SIDE)
                for one, random in zip(x, draws, strict=True)
            ]
            answers = torch.stack([t(one) for t, one in zip(teachers, moved, strict=True)])
            return diverge(nets(torch.stack(moved).flatten(2)), answers, 1.0).mean(1)
        eps = [_pack(random.standard_normal((BATCH, DRAWS))) for random in draws]
        moved = [g(one, some) for g, one, some in zip(augmentors, x, eps, strict=True)]
        answers = torch.stack([t(one) for t, one in zip(teachers, moved, strict=True)])
        pixels = torch.stack(moved).flatten(2)
        players = zip(nets(pixels), answers, known, strict=True)
        goal = torch.stack([challenge(*each, penalty=penalty).loss for each in players]).sum()
        climb.zero_grad()
        slopes = torch.autograd.grad(goal, [one.log_sigma for one in augmentors])
        for i, (augmentor, slope) in enumerate(zip(augmentors, slopes, strict=True)):
            augmentor.log_sigma.grad = slope
            sigmas[i, step] = augmentor.sigmas["shift"].item()
        climb.step()
        for augmentor in augmentors:
            augmentor.clamp()
        return diverge(nets(pixels.detach()), answers.detach(), 1.0).mean(1)

    train_batched(
        nets, loss, steps=steps, lr=STUDENT_LR, cosine=True,
        on_step=lambda done: on_step(done, nets),
    )  # fmt: skip
    return ShiftStudents(nets, sigmas if way == HARD else sigmas[:, :0])


def measure_shifts(
    answer: Callable[[Tensor], Tensor], x: Tensor, y: Tensor, shares: Sequence[float]
) -> list[np.ndarray]:
    """Accuracy at each shift, a share of the side, as the mean over four directions.

    answer gives logits (..., n, k) of pictures (n, c, h, w); each number is of shape (...).
    """
    found = []
    with torch.no_grad():
        for share in shares:
            hits = []
            for direction in DIRECTIONS if share else DIRECTIONS[:1]:
                moved = shift_images(x, _pack(share * np.array(direction)))
                hits.append((answer(moved).argmax(-1) == y).double().mean(-1).numpy())
            found.append(np.mean(hits, 0))
    return found


def list_accuracies(shifts: Mapping[float, float]) -> dict[str, float]:
    """Metrics of accuracies at shifts in sixteenths of the side, from 0 to 6."""
    near, far = ([shifts[i] for i in some] for some in ((1, 2, 3, 4), (5, 6)))
    return {
        "shifted": float(np.mean(near)), "clean": float(shifts[0]), "far": float(np.mean(far)),
        **{f"at{i}": float(shifts[i]) for i in SHIFTS[1:]},
    }  # fmt: skip


def _pack(values: np.ndarray) -> Tensor:
    return torch.from_numpy(values.astype(np.float32))


class ShiftNets(NamedTuple):
    """A teacher and its three students, in the order of WAYS, as one BatchedMLP."""

    teacher: PlacelessNet
    students: BatchedMLP


def write_nets(
    path: Path = KEPT, seed: int = 0, teacher_steps: int = 500, steps: int = 800
) -> ShiftNets:
    """Train a teacher and its students, and keep their weights: `python -m` of this module."""
    teacher = train_teacher(seed, teacher_steps)
    found = [train_students(way, [teacher], [seed], steps=steps).nets for way in WAYS]
    tensors = {f"teacher/{name}": value for name, value in teacher.state_dict().items()}
    for name in found[0].state_dict():
        tensors[f"students/{name}"] = torch.cat([nets.state_dict()[name] for nets in found])
    save_file(tensors, path)
    return read_nets(path)


def read_nets(path: Path = KEPT) -> ShiftNets:
    """The kept networks, frozen."""
    tensors = load_file(path)
    teacher, students = PlacelessNet(), BatchedMLP((SIDE * SIDE, UNITS, CLASSES), (0,) * len(WAYS))
    for owner, net in (("teacher/", teacher), ("students/", students)):
        own = {k.removeprefix(owner): v for k, v in tensors.items() if k.startswith(owner)}
        net.load_state_dict(own)
        net.eval().requires_grad_(False)
    return ShiftNets(teacher, students)


if __name__ == "__main__":
    write_nets()
