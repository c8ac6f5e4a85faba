"""The last layer of a classifier, and the features that reach it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from mixcore.unwrap import hear_hooks, unwrap_model


def find_last_layer(model: nn.Module) -> nn.Linear:
    """The linear layer from which logits come.

    What `get_classifier` of the model, or of the one inside it, names; else its last linear layer.

    Raises:
        ValueError: where there is no linear layer at all.
    """
    inner: Any = unwrap_model(model)
    for one in (inner, getattr(inner, "inner", None)):
        find = getattr(one, "get_classifier", None)
        named = find() if callable(find) else None
        if isinstance(named, nn.Linear):
            return named
    linear = [module for module in inner.modules() if isinstance(module, nn.Linear)]
    if not linear:
        raise ValueError(f"{type(inner).__name__} has no linear layer from which logits come.")
    return linear[-1]


@contextmanager
def watch_last_layer(model: nn.Module) -> Iterator[list[Tensor]]:
    """A list that gets the features (b, d) of each forward pass inside the block.

    Gradients reach through them what made them.

    Raises:
        ValueError: where there is no linear layer.

    Example:
        >>> import torch
        >>> net = torch.nn.Sequential(torch.nn.Linear(2, 5), torch.nn.ReLU(), torch.nn.Linear(5, 3))
        >>> with watch_last_layer(net) as features:
        ...     logits = net(torch.zeros(4, 2))
        >>> features[0].shape
        torch.Size([4, 5])
    """
    features: list[Tensor] = []

    def hear(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        features.append(inputs[0])

    handle = find_last_layer(model).register_forward_pre_hook(hear)
    try:
        with hear_hooks(model):
            yield features
    finally:
        handle.remove()
