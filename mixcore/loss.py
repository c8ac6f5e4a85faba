"""Losses between several views of one batch: logits in, one number out."""

from __future__ import annotations

import torch
from torch import Tensor


def jensen_shannon(clean: Tensor, *mixed: Tensor) -> Tensor:
    """How far predictions of the same images differ between their views: 0 for alike.

    Gradients reach all views. As in AugMix's code the mean is kept above 1e-7 under the logarithm.

    AugMix trains on the clean images and asks that their mixes are seen alike::

        one, two = AugMix().plans(Batch(x, y), rng, n=2)
        clean, *mixed = net(torch.cat([x, one.apply(x), two.apply(x)])).chunk(3)
        loss = F.cross_entropy(clean, y) + 12 * jensen_shannon(clean, *mixed)

    Args:
        clean: logits (b, k) of b images.
        *mixed: logits (b, k) of one or more other views of the same images.

    Returns:
        The mean over b of the mean divergence KL(p_view || mean of all p), in nats, from 0 to
        log(number of views); a scalar tensor.

    Raises:
        ValueError: for fewer than two views and for logits of different shapes.

    Example:
        >>> import mixcore, torch
        >>> logits = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
        >>> round(float(mixcore.loss.jensen_shannon(logits, logits)), 6)
        0.0
    """
    views = (clean, *mixed)
    if not mixed:
        raise ValueError("jensen_shannon compares at least two views, got one.")
    shapes = [tuple(view.shape) for view in views]
    if len(set(shapes)) > 1 or clean.ndim != 2:
        raise ValueError(f"jensen_shannon needs logits of one shape (b, k), got {shapes}.")
    log_p = torch.stack(views).log_softmax(2)
    p = log_p.exp()  # and not the log of a softmax, whose slope is lost where it rounds to 0
    log_mean = p.mean(0).clamp(1e-7, 1).log()
    return (p * (log_p - log_mean)).sum() / (len(views) * len(clean))
