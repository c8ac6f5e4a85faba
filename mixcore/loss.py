"""Losses between several views of one batch: logits in, one number out."""

from __future__ import annotations

import torch
from torch import Tensor


def jensen_shannon(clean: Tensor, *mixed: Tensor) -> Tensor:
    """How far predictions of the same images differ between their views: 0 for alike.

    clean and each of mixed are logits (b, k) of the same b images; the result is the mean over b
    of the mean divergence KL(p_view || mean of all p), in nats, at most log(number of views).
    Gradients reach all views. As in AugMix's code the mean is kept above 1e-7 under the logarithm.

    AugMix trains on the clean images and asks that their mixes are seen alike::

        one, two = AugMix().plans(Batch(x, y), rng, n=2)
        clean, *mixed = net(torch.cat([x, one.apply(x), two.apply(x)])).chunk(3)
        loss = F.cross_entropy(clean, y) + 12 * jensen_shannon(clean, *mixed)

    Raises ValueError for fewer than two views and for logits of different shapes.
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
