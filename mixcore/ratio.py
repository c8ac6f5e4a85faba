"""Mixing ratios: lam (b,) in [0, 1], the share of A meant to stay, or weights of k sources."""

from __future__ import annotations

import numpy as np

from mixcore.batch import Batch
from mixcore.moved import find_renamed
from mixcore.rng import Rng, make_streams

__getattr__ = find_renamed(__name__)


def draw_beta(
    batch: Batch, alpha: float, rng: Rng, *, beta: float | None = None, shared: bool = False
) -> np.ndarray:
    """lam ~ Beta(alpha, beta), beta = alpha unless given; shared draws one for the whole batch.

    A shape of 0 mixes nothing: lam is 1.
    """
    if "lam" in batch.given:
        return get_given(batch)
    other = alpha if beta is None else beta
    if alpha == 0 or other == 0:
        return np.ones(len(batch))
    return _spread(make_streams(rng).stage("ratio").beta(alpha, other, _n(batch, shared)), batch)


def draw_uniform(
    batch: Batch, low: float, high: float, rng: Rng, *, shared: bool = False
) -> np.ndarray:
    """Uniform in [low, high]."""
    return _spread(make_streams(rng).stage("ratio").uniform(low, high, _n(batch, shared)), batch)


def draw_dirichlet(batch: Batch, alpha: float, k: int, rng: Rng) -> np.ndarray:
    """The weights (b, k) of k sources, w ~ Dirichlet(alpha, ..., alpha); rows sum to 1.

    A shape of 0 mixes nothing, as in `draw_beta`: the first source is whole.
    """
    if alpha == 0:
        return np.eye(1, k).repeat(len(batch), 0)
    return make_streams(rng).stage("ratio").dirichlet([alpha] * k, len(batch))


def draw_beta_shares(batch: Batch, alpha: float, k: int, rng: Rng) -> np.ndarray:
    """The weights (b, k) of k sources: draws of Beta(alpha, alpha) divided by their sum.

    As AdAutoMix draws them. This is not a Dirichlet law: with alpha = 1 one source of three is
    hardly ever almost alone. A given lam is the first one's share, and the others keep theirs among
    themselves. A shape of 0 mixes nothing: the first source is whole.
    """
    w = np.eye(1, k).repeat(len(batch), 0)
    if alpha > 0:
        draw = make_streams(rng).stage("ratio").beta(alpha, alpha, (len(batch), k))
        draw = np.maximum(draw, 1e-12)  # tiny shapes draw 0 for all of them
        w = draw / draw.sum(1, keepdims=True)
    if "lam" in batch.given:
        rest = w[:, 1:].sum(1, keepdims=True)
        others = np.where(rest > 0, w[:, 1:] / np.where(rest > 0, rest, 1), 1 / max(1, k - 1))
        lam = get_given(batch)[:, None]
        w = np.concatenate([lam, (1 - lam) * others], 1)
    return w


def get_given(batch: Batch) -> np.ndarray:
    """The share that the user fixed."""
    lam: np.ndarray = batch.given["lam"]
    return lam


def _n(batch: Batch, shared: bool) -> int:
    return 1 if shared else len(batch)


def _spread(draw: np.ndarray, batch: Batch) -> np.ndarray:
    return np.repeat(draw, len(batch) // len(draw))
