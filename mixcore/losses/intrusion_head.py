"""AdaMixUp's second term: a head on shared features that tells mixes from real samples.

Guo et al., "MixUp as Locally Linear Out-Of-Manifold Regularization" (AAAI 2019). Real samples are 1
and mixes 0, and the binary cross-entropies of all samples have one weight, two real ones to a mix
as released. It is minimised by classifier, head and policy together, with no adversary: the policy
is pushed to where mixes are easily told from real samples.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def intrusion_loss(real: Tensor, mixed: Tensor) -> Tensor:
    """Mean binary cross-entropy of real samples as 1 and mixes as 0.

    Args:
        real: (..., n) logits of the head for real samples, which were prepared as mixes are.
        mixed: (..., m) for mixes.

    Returns:
        A number for each of the leading places, such as one a network.

    Raises:
        ValueError: where there is none of either.

    Example:
        >>> import torch
        >>> from mixcore.losses.intrusion_head import intrusion_loss
        >>> round(float(intrusion_loss(torch.zeros(4), torch.zeros(2))), 3)  # log 2: a guess
        0.693
    """
    if not real.shape[-1] or not mixed.shape[-1]:
        raise ValueError(
            "The intrusion head learns from real samples and mixes, got "
            f"{real.shape[-1]} real ones and {mixed.shape[-1]} mixes."
        )
    return torch.cat([F.softplus(-real), F.softplus(mixed)], -1).mean(-1)


def measure_head(real: Tensor, mixed: Tensor) -> Tensor:
    """Accuracy of the head, real samples and mixes counting half each."""
    right = (real > 0).float().mean(-1), (mixed <= 0).float().mean(-1)
    return (right[0] + right[1]).detach() / 2
