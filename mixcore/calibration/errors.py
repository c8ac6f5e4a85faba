"""Calibration errors: how far confidence is from accuracy. All in [0, 1], 0 best.

Biased up on few samples: see `chance` for what a perfectly calibrated model would score.
"""

from __future__ import annotations

import numpy as np
import torch

from mixcore.calibration.bins import N_BINS, check_bins, equal_width, reliability
from mixcore.calibration.outcomes import Outcomes


def ece(outcomes: Outcomes, n_bins: int = N_BINS) -> float:
    """Expected calibration error of the prediction, equal-width bins.

    Naeini, Cooper & Hauskrecht 2015; Guo et al. 2017, equation 3: the sum over bins of
    count / n * |accuracy - confidence|.

    >>> probs = torch.tensor([[0.9, 0.1], [0.8, 0.2]])
    >>> round(ece(Outcomes(torch.tensor([0, 1]), probs=probs)), 6)
    0.45
    """
    return reliability(outcomes, n_bins).ece


def adaptive_ece(outcomes: Outcomes, n_bins: int = N_BINS) -> float:
    """The same with bins of equal mass (Nguyen & O'Connor 2015), weighed by their samples.

    Not netcal's ACE, which is the plain mean over equal-width bins ("average" error).
    """
    return reliability(outcomes, n_bins, "equal_mass").ece


def mce(outcomes: Outcomes, n_bins: int = N_BINS) -> float:
    """Maximum calibration error (Naeini et al. 2015): the worst of the bins that hold a sample.

    One sample in a bin is enough, so read it beside the counts.
    """
    return reliability(outcomes, n_bins).mce


def classwise_ece(outcomes: Outcomes, n_bins: int = N_BINS) -> float:
    """Mean over classes of the ECE of that class's probability (Kull et al. 2019, static).

    Every class counts alike, however rare; all n probabilities of a class are binned, not only
    those of predictions.
    """
    check_bins(n_bins)
    n, k = outcomes.probs.shape
    at = equal_width(outcomes.probs, n_bins, outcomes.precision)
    at += n_bins * torch.from_numpy(np.arange(k))  # bins of their own for each class
    gap = outcomes.probs.clone()
    gap[np.arange(n), outcomes.y] -= 1
    gap *= outcomes.weight[:, None]
    total = torch.bincount(at.flatten(), gap.flatten(), k * n_bins)
    return float(total.abs().sum() / (k * outcomes.weight.sum()))
