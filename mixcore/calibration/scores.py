"""Scores of a prediction as a whole: right or wrong, and how much was staked on it."""

from __future__ import annotations

from torch import Tensor

from mixcore.calibration.outcomes import Outcomes


def accuracy(outcomes: Outcomes) -> float:
    """The share of samples whose most probable class is the label, in [0, 1]."""
    return _mean(outcomes.correct, outcomes)


def brier(outcomes: Outcomes) -> float:
    """Brier score (Brier 1950): mean squared distance to the one-hot label, summed over classes.

    0 is best and 2 worst. For two classes it is twice what many libraries give, who count one.
    """
    return _mean(outcomes.squares, outcomes)


def nll(outcomes: Outcomes) -> float:
    """Mean negative log-likelihood of the labels, in nats, >= 0.

    Infinite if a label was given probability 0, which logits never do.
    """
    return _mean(outcomes.surprise, outcomes)


def _mean(values: Tensor, outcomes: Outcomes) -> float:
    counted = outcomes.weight > 0  # 0 times infinity is no number
    weight = outcomes.weight[counted]
    return float((values[counted] * weight).sum() / weight.sum())
