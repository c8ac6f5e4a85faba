"""Losses of a generator of mixes: with the classifier, or against it.

Paper: Qin, Jin, Zhu et al., "Adversarial AutoMixup", ICLR 2024. A generator of mixes that minimizes
the classifier's own loss, as AutoMix's does, makes easy mixes that are much alike; so it is trained
against the classifier, whose loss it raises, while the mix must keep the meaning of its sources.

In the authors' code every second step is adversarial, and the others are cooperative. There the
cosine between the classifier's answers to the mix and to its sources has a PLUS sign within what
is minimized, which pushes likeness down. "keep meaning" has the sign of the paper's words and is
the default; "as released" is that of the code.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

SIGNS = {"keep meaning": -1.0, "as released": 1.0}


def mixed_similarity(mixed: Tensor, clean: Tensor, lam: Tensor) -> Tensor:
    """Likeness of a mix's logits to its sources': sum of lam_i cos(z, z_i), mean over b.

    Args:
        mixed: logits (b, k) of the mixes.
        clean: logits (b, n, k) of their sources.
        lam: (b, n) shares of the sources.

    Returns:
        A number in [-1, 1].

    Example:
        >>> import torch
        >>> from mixcore.losses.mix_generator import mixed_similarity
        >>> z, lam = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.75, 0.25]])
        >>> round(float(mixed_similarity(z, torch.stack([z, -z], 1), lam)), 6)
        0.5
    """
    cosine = F.cosine_similarity(mixed[:, None], clean, dim=2)
    return (lam.to(cosine) * cosine).sum(1).mean()


def is_adversarial(step: int, interval: int) -> bool:
    """Whether the generator works against the classifier in this step, counted from 0.

    Args:
        step: number of the step.
        interval: every how many steps; 1 for all, 2 for every second as released, 0 for none.
    """
    return interval > 0 and step % interval == interval - 1


def generator_loss(
    cross_entropy: Tensor,
    similarity: Tensor,
    *,
    adversarial: bool,
    beta: float = 0.3,
    cos_sign: str = "keep meaning",
) -> Tensor:
    """What the generator minimizes: the classifier's loss, or in adversarial steps its opposite.

    Args:
        cross_entropy: of the classifier on the mixes, which it is to raise in adversarial steps.
        similarity: `mixed_similarity`.
        adversarial: whether the step is.
        beta: weight of the first against the second; 0.3 for CIFAR, 0.1 for ImageNet.
        cos_sign: "keep meaning" or "as released".

    Returns:
        -beta CE -+ (1 - beta) similarity, or CE.

    Raises:
        ValueError: for another sign.

    Example:
        >>> import torch
        >>> from mixcore.losses.mix_generator import generator_loss
        >>> round(float(generator_loss(torch.tensor(2.0), torch.tensor(0.5), adversarial=True)), 3)
        -0.95
    """
    if cos_sign not in SIGNS:
        raise ValueError(f"cos_sign must be one of {', '.join(SIGNS)}, got {cos_sign!r}.")
    if not adversarial:
        return cross_entropy
    return -beta * cross_entropy + SIGNS[cos_sign] * (1 - beta) * similarity


def soft_cross_entropy(logits: Tensor, y: Tensor, lam: Tensor) -> Tensor:
    """Cross-entropy of mixes with the labels of n sources, mean over b.

    Args:
        logits: (b, k).
        y: (b, n) class indices of the sources.
        lam: (b, n) what each is worth.

    Returns:
        A number.
    """
    log_p = logits.float().log_softmax(1)
    picked: Tensor = log_p.gather(1, y)
    return -(lam.to(log_p) * picked).sum(1).mean()
