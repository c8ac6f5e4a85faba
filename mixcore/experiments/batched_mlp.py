"""Small networks of many seeds trained at once, one batched matrix product a layer.

A network of 64 units costs more in calls than in arithmetic, so that ten seeds at once take hardly
longer than one. No seed sees another: each has its weights and its batches from a generator of its
own, and losses are summed over seeds, so that each gets the gradient it would get alone. That
holds for optimizers that go weight by weight (SGD, Adam, AdamW), not for clipping by a norm over
all weights.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

Activation = Callable[[Tensor], Tensor]
ACTIVATIONS: dict[str, Activation] = {
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,  # 0.01 below zero, as in torch
    "tanh": torch.tanh,
}


class BatchedMLP(nn.Module):
    """Fully connected networks of one shape, one for each seed.

    Seed s starts where `torch.manual_seed(s)` and a stack of `torch.nn.Linear` would, whatever the
    other seeds are. `weights[layer]` is (s, in, out) and `biases[layer]` (s, 1, out), s networks.

    Args:
        sizes: units of each layer, the inputs first and the outputs last.
        seeds: one a network, at least one.
        activation: between layers: a name of ACTIVATIONS, or a function of a tensor.

    Raises:
        ValueError: for fewer than two sizes, no seed, and an activation that is not known.

    Example:
        >>> import torch
        >>> from mixcore.experiments.batched_mlp import BatchedMLP
        >>> nets = BatchedMLP((16, 64, 10), seeds=range(5))
        >>> nets(torch.rand(32, 16)).shape, nets.hidden(torch.rand(32, 16)).shape
        (torch.Size([5, 32, 10]), torch.Size([5, 32, 64]))
    """

    def __init__(
        self,
        sizes: Sequence[int],
        seeds: Iterable[int],
        activation: str | Activation = "relu",
    ) -> None:
        super().__init__()
        self.seeds = tuple(seeds)
        if len(sizes) < 2 or not self.seeds:
            raise ValueError(
                "BatchedMLP needs the sizes of at least inputs and outputs, and at least one seed, "
                f"got sizes {tuple(sizes)} and seeds {self.seeds}."
            )
        if isinstance(activation, str) and activation not in ACTIVATIONS:
            known = ", ".join(ACTIVATIONS)
            raise ValueError(f"There is no activation {activation!r}; known: {known}.")
        self.activate = ACTIVATIONS[activation] if isinstance(activation, str) else activation
        drawn = [_draw_layers(sizes, seed) for seed in self.seeds]
        layers = [
            [torch.stack(parts) for parts in zip(*one, strict=True)]
            for one in zip(*drawn, strict=True)
        ]
        self.weights = nn.ParameterList([nn.Parameter(weight) for weight, _ in layers])
        self.biases = nn.ParameterList([nn.Parameter(bias) for _, bias in layers])

    def forward(self, x: Tensor) -> Tensor:
        """Outputs (s, n, k) for inputs (n, d), the same for all networks, or (s, n, d)."""
        return torch.baddbmm(self.biases[-1], self.hidden(x), self.weights[-1])

    def hidden(self, x: Tensor) -> Tensor:
        """What the last layer reads: features (s, n, units), or x itself of a single layer."""
        x = x.expand(len(self.seeds), *x.shape[-2:])
        for weight, bias in zip(self.weights[:-1], self.biases[:-1], strict=True):
            x = self.activate(torch.baddbmm(bias, x, weight))
        return x


def _empty(*shape: int) -> Tensor:
    """Room for weights where seeds are drawn: on the CPU, whatever torch's defaults are."""
    return torch.empty(*shape, dtype=torch.float32, device="cpu")


def _draw_layers(sizes: Sequence[int], seed: int) -> list[tuple[Tensor, Tensor]]:
    """Weight (in, out) and bias (1, out) of each layer, drawn in the order torch.nn.Linear does."""
    random = torch.Generator().manual_seed(seed)
    layers = []
    for n_in, n_out in pairwise(sizes):
        bound = n_in**-0.5
        weight = _empty(n_out, n_in).uniform_(-bound, bound, generator=random)
        bias = _empty(1, n_out).uniform_(-bound, bound, generator=random)
        layers.append((weight.T.contiguous(), bias))
    return layers


def train_batched(
    model: nn.Module,
    loss: Callable[[int], Tensor],
    *,
    steps: int,
    lr: float,
    optimizer: Callable[..., torch.optim.Optimizer] = torch.optim.Adam,
    cosine: bool = False,
    on_step: Callable[[int], object] | None = None,
    stopping: Callable[[], bool] | None = None,
) -> int:
    """Train networks of many seeds at once, and return how many steps were done.

    One thread works: products this small are faster alone than shared, above all on a busy machine,
    and come out alike whatever the machine's cores.

    Args:
        model: what is trained, as a BatchedMLP.
        loss: the losses (s,) of one step, one a seed; it is told the step, from 0, and draws the
            batch itself (see draw_batches). Losses are summed, never averaged over seeds.
        steps: how many.
        lr: learning rate at the start.
        optimizer: made of the parameters and lr; `functools.partial` gives it more.
        cosine: whether lr falls to 0 along a half cosine.
        on_step: called after each step with the number of steps done, for curves.
        stopping: asked before each step; True ends the training early.

    Raises:
        ValueError: where loss returns one number for several seeds.

    Example:
        >>> import torch
        >>> from mixcore.experiments.batched_mlp import BatchedMLP, train_batched
        >>> nets, x = BatchedMLP((2, 8, 1), seeds=range(3)), torch.rand(64, 2)
        >>> train_batched(nets, lambda step: (nets(x) - 1).square().mean((1, 2)), steps=2, lr=0.01)
        2
    """
    weights = optimizer(model.parameters(), lr=lr)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(weights, steps) if cosine else None
    with _one_thread():
        for step in range(steps):
            if stopping is not None and stopping():
                return step
            losses = loss(step)
            if losses.ndim != 1:
                raise ValueError(
                    f"loss must return one number a seed, (s,), got shape {tuple(losses.shape)}; "
                    "average over samples, not over seeds."
                )
            weights.zero_grad(set_to_none=True)
            losses.sum().backward()
            weights.step()
            if schedule is not None:
                schedule.step()
            if on_step is not None:
                on_step(step + 1)
        return steps


@contextmanager
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def draw_batches(n: int, size: int, steps: int, random: np.random.Generator) -> np.ndarray:
    """Rows (steps, size) of n samples, epoch after epoch in random order; no sample is left out.

    A batch may go over from one epoch to the next, so that all are of one size.
    """
    epochs = -(-steps * size // n)
    order = np.concatenate([random.permutation(n) for _ in range(epochs)])
    return order[: steps * size].reshape(steps, size)
