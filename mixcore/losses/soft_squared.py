"""Squared error on soft labels: outputs are asked to be the label itself, without a softmax.

The loss beside cross-entropy in work on neural collapse. Its optimum on mixes is linear in lam,
where that of cross-entropy asks for a difference of logits of log(lam / (1 - lam)).
"""

from __future__ import annotations

from torch import Tensor


def soft_squared_error(outputs: Tensor, target: Tensor) -> Tensor:
    """Squared distance of outputs and labels, summed over classes: a number a sample.

    Args:
        outputs: (..., b, k) of the last layer.
        target: (..., b, k) or what broadcasts to it, rows that sum to 1.

    Returns:
        (..., b); average it over samples.

    Raises:
        ValueError: for another number of classes.

    Example:
        >>> import torch
        >>> from mixcore.losses.soft_squared import soft_squared_error
        >>> soft_squared_error(torch.tensor([[0.0, 1.0]]), torch.tensor([[0.5, 0.5]])).tolist()
        [0.5]
    """
    if outputs.shape[-1] != target.shape[-1]:
        raise ValueError(
            f"outputs have {outputs.shape[-1]} classes, but the labels {target.shape[-1]}."
        )
    return (outputs - target).square().sum(-1)
