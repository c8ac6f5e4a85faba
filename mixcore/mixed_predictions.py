"""Predictions for mixes of two pictures whose classes are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mixcore.batch import Batch
from mixcore.registry import make_method
from mixcore.rng import Rng, make_streams

STEP = 256  # mixes at a time


@dataclass(frozen=True, eq=False)
class MixedPredictions:
    """Logits (n, k) of n mixes on the CPU, and the classes y_a, y_b (n,) of their two pictures."""

    logits: Tensor
    y_a: Tensor
    y_b: Tensor

    @property
    def confidence(self) -> Tensor:
        """(n,) the largest probability of each mix."""
        return self.logits.double().softmax(1).amax(1)

    @property
    def joint(self) -> Tensor:
        """(n,) p_a + p_b, what is left for the two classes that are there."""
        both = torch.stack([self.y_a, self.y_b], 1)
        return self.logits.double().softmax(1).gather(1, both).sum(1)

    @property
    def hits(self) -> Tensor:
        """(n,) 1 where the two likeliest classes are the two that are there, else 0."""
        top = self.logits.topk(2, dim=1).indices.sort(1).values
        return (top == torch.stack([self.y_a, self.y_b], 1).sort(1).values).all(1).double()


def predict_mixes(
    model: nn.Module, x: Tensor, y: Tensor, lam: float, *, method: str = "mixup", rng: Rng = 0
) -> MixedPredictions:
    """What a model says of pictures that are mixed with one of another class each.

    The same rng gives the same partners at every lam, so that mixes of one pair can be compared.

    Args:
        model: pictures to logits (b, k); it is asked in evaluation mode.
        x: (n, c, h, w) pictures in [0, 1], on the model's device.
        y: (n,) int64 their classes, of which there are at least two.
        lam: A's share in [0, 1]; at 1 the pictures are themselves.
        method: that mixes.
        rng: a seed or generator, for partners and places.

    Example:
        >>> import torch
        >>> from mixcore.mixed_predictions import predict_mixes
        >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(12, 5))
        >>> found = predict_mixes(model, torch.rand(6, 3, 2, 2), torch.arange(6) % 5, lam=0.5)
        >>> found.logits.shape, bool((found.y_a != found.y_b).all())
        (torch.Size([6, 5]), True)
    """
    streams = make_streams(rng)
    index = draw_others(y.cpu().numpy(), streams.stage("partners"))
    batch = Batch(x, y, given={"lam": lam, "index": index})
    mixed = make_method(method).plan(batch, streams).apply(x)
    was = model.training
    model.eval()
    with torch.inference_mode():
        logits = torch.cat([model(some).float().cpu() for some in mixed.split(STEP)])
    model.train(was)
    y = y.cpu()
    return MixedPredictions(logits, y, y[torch.from_numpy(index)])


def draw_others(y: NDArray[np.int64], random: np.random.Generator) -> NDArray[np.int64]:
    """A partner of another class for each sample (n,), all such alike likely.

    The pairing "other class" gives every sample of a class the same other class where classes are
    of one size; what is asked of a model is asked of all pairs of classes.
    """
    if len(np.unique(y)) < 2:
        raise ValueError("Partners of another class need samples of at least two classes.")
    index = random.integers(len(y), size=len(y))
    while (alike := y == y[index]).any():
        index[alike] = random.integers(len(y), size=int(alike.sum()))
    return index
