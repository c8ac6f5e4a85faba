"""Labels and predictions made up for the tests of calibration."""

import torch

from mixcore.calibration import Outcomes


def drawn(seed=0, n=200, k=5, sure=2.0):
    """Labels and logits of a model that is not calibrated unless sure is 2."""
    rng = torch.Generator().manual_seed(seed)
    z = torch.randn(n, k, generator=rng, dtype=torch.float64)
    y = torch.multinomial((2 * z).softmax(1), 1, generator=rng)[:, 0]
    return y, sure * z


def saying(confidence, right):
    """Two-class outcomes of these confidences, each at least 0.5, right where told."""
    c = torch.tensor(confidence, dtype=torch.float64)
    return Outcomes(1 - torch.tensor(right).long(), probs=torch.stack([c, 1 - c], 1))
