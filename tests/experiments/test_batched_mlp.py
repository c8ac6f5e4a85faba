"""Many seeds at once are what each seed is alone, and what torch's own layers are."""

import doctest
from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from mixcore.experiments import batched_mlp
from mixcore.experiments.batched_mlp import ACTIVATIONS, BatchedMLP, draw_batches, train_batched
from mixcore.experiments.toy_data import GaussianClasses

SIZES = (5, 16, 12, 3)
MODULES = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh}


def make_single(seed, activation):
    """The same network out of torch's own layers."""
    torch.manual_seed(seed)
    first, second, last = (nn.Linear(a, b) for a, b in pairwise(SIZES))
    return nn.Sequential(first, MODULES[activation](), second, MODULES[activation](), last)


def train_seeds(seeds, **options):
    """Networks trained on data and batches of their own seed."""
    data = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        x, y = GaussianClasses.make(random, classes=3, dims=5, norm=3, noise=1).draw(90, random)
        data.append((x, y, draw_batches(90, 32, 40, random)))
    x, y, rows = (torch.from_numpy(np.stack(parts)) for parts in zip(*data, strict=True))
    nets, each = BatchedMLP(SIZES, seeds), torch.arange(len(seeds))[:, None]

    def loss(step):
        chosen = each, rows[:, step]
        losses = F.cross_entropy(nets(x[chosen]).transpose(1, 2), y[chosen], reduction="none")
        return losses.mean(1)

    before = loss(0).detach()
    done = train_batched(nets, loss, **{"steps": 40, "lr": 5e-3, **options})
    return nets, before, loss(0).detach(), done


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_each_seed_is_the_network_that_torch_would_make(activation):
    x = torch.randn(7, 5)
    nets = BatchedMLP(SIZES, (11, 4), activation)
    singles = [make_single(seed, activation) for seed in (11, 4)]
    for values, single in zip(nets(x), singles, strict=True):
        torch.testing.assert_close(values, single(x))
    for features, single in zip(nets.hidden(x), singles, strict=True):
        torch.testing.assert_close(features, single[:-1](x))


def test_inputs_may_be_shared_or_each_seed_its_own():
    nets, x = BatchedMLP(SIZES, range(3)), torch.randn(3, 7, 5)
    torch.testing.assert_close(nets(x)[1], nets(x[1])[1])
    assert not torch.allclose(nets(x[1])[0], nets(x[1])[1])


@pytest.mark.parametrize(
    "options",
    [{}, {"cosine": True}, {"optimizer": partial(torch.optim.SGD, momentum=0.9), "lr": 0.05}],
    ids=["adam", "cosine", "sgd"],
)
def test_seeds_trained_at_once_are_what_each_is_alone(options):
    nets, before, after, _ = train_seeds((3, 7, 2), **options)
    assert (after < 0.9 * before).all()
    for place, seed in enumerate((3, 7, 2)):
        alone = train_seeds((seed,), **options)[0]
        for many, single in zip(nets.parameters(), alone.parameters(), strict=True):
            torch.testing.assert_close(many[place], single[0], atol=1e-5, rtol=1e-4)


def test_a_training_tells_its_steps_and_can_be_stopped():
    steps = []
    done = train_seeds((1,), on_step=steps.append, stopping=lambda: len(steps) == 3)[3]
    assert (steps, done) == ([1, 2, 3], 3)
    assert train_seeds((1,), steps=0)[3] == 0


def test_one_thread_works_and_the_others_come_back():
    nets, seen, threads = BatchedMLP((2, 2), (0,)), [], torch.get_num_threads()

    def lose(step):
        seen.append(torch.get_num_threads())
        if step:
            raise KeyboardInterrupt
        return nets(torch.ones(1, 2)).sum((1, 2))

    torch.set_num_threads(2)
    try:
        with pytest.raises(KeyboardInterrupt):
            train_batched(nets, lose, steps=2, lr=1)
        assert (seen, torch.get_num_threads()) == ([1, 1], 2)
    finally:
        torch.set_num_threads(threads)


def test_a_cosine_ends_at_zero():
    nets, rates = BatchedMLP((2, 2), (0,)), []

    def sgd(weights, lr):
        rates.append(torch.optim.SGD(weights, lr=lr))
        return rates[0]

    train_batched(nets, lambda _: nets(torch.ones(1, 2)).sum((1, 2)), steps=9, lr=1,
                  optimizer=sgd, cosine=True)  # fmt: skip
    assert rates[0].param_groups[0]["lr"] == pytest.approx(0, abs=1e-9)


def test_the_examples_are_true():
    assert doctest.testmod(batched_mlp) == (0, 8)


def test_what_is_refused():
    with pytest.raises(ValueError, match="known: relu, leaky_relu, tanh"):
        BatchedMLP(SIZES, (0,), "gelu")
    for sizes, seeds in (((3,), (0,)), (SIZES, ())):
        with pytest.raises(ValueError, match="at least one seed"):
            BatchedMLP(sizes, seeds)
    nets = BatchedMLP(SIZES, range(2))
    with pytest.raises(ValueError, match="not over seeds"):
        train_batched(nets, lambda _: nets(torch.ones(1, 5)).mean(), steps=1, lr=0.1)


def test_batches_go_through_all_samples_before_any_comes_again():
    rows = draw_batches(10, 4, 6, np.random.default_rng(0)).ravel()
    assert sorted(rows[:10]) == sorted(rows[10:20]) == list(range(10))
    assert (rows[:10] != rows[10:20]).any()


def test_gaussian_classes_have_the_norm_and_the_noise_they_are_asked_for():
    random = np.random.default_rng(0)
    classes = GaussianClasses.make(random, classes=4, dims=6, norm=3, noise=0.5)
    x, y = classes.draw(8000, random)
    assert np.linalg.norm(classes.means, axis=1) == pytest.approx(3)
    assert (x.dtype, y.dtype, x.shape, y.shape) == (np.float32, np.int64, (8000, 6), (8000,))
    for k in range(4):
        own = x[y == k]
        assert len(own) == pytest.approx(2000, abs=200)
        assert own.mean(0) == pytest.approx(classes.means[k], abs=0.06)
        assert own.std(0) == pytest.approx(0.5, abs=0.05)


def test_classes_in_a_plane_are_as_far_apart_as_they_are_asked_for():
    means = GaussianClasses.in_plane(classes=10, spacing=3, noise=1).means
    apart = np.linalg.norm(means[:, None] - means, axis=2)[~np.eye(10, dtype=bool)]
    assert means.shape == (10, 2)
    assert apart.min() == pytest.approx(3)
