"""RankMixup: mixes as evidence of an order alone, a picture being surer than any mix of it.

The classifier learns from clean pictures, and a mix only says that its confidence belongs below:

- MRL, on the largest logit: mean of relu(max z(mix) - max z(picture) + margin), no term for pairs
  of one class.
- M-NDCG, on the largest probability c of a picture and of several mixes of it, sorted by relevance
  r = max(lam, 1 - lam), r = 1 for the picture and for pairs of one class: DCG is the sum of
  c_i / log2(i + 2) from i = 0, IDCG that of r_i, and the loss 1 - min(DCG / IDCG, IDCG / DCG).

Noh, Park, Lee and Ham, "RankMixup: Ranking-based mixup training for network calibration", ICCV
2023, as released; there either is added to cross-entropy with weight .1. Gradients flow into the
clean picture, too. M-NDCG sorts by relevance and not by confidence, so that it asks for the sums to
agree, of which order is but a part: confidences are drawn to the relevances themselves.

MRL has a degenerate optimum: a shift of all logits of mixes meets it and changes no probability.

Where the released code differs: its mask of pairs of one class is (b,), its hinge (b, 1), and their
product (b, b), so that the mean is mean(mask) mean(hinge) and no pair is left out for itself
(`as_released`); and it takes one mix for MRL, where its shipped configurations draw three.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mixcore.losses.per_sample import reduce_losses


def margin_ranking(
    logits: Tensor,
    mixed: Tensor,
    same: Tensor | None = None,
    *,
    margin: float = 2.0,
    as_released: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """MRL, by how much the largest logit of a mix is not a margin below that of its picture.

    Args:
        logits: (..., b, k) of the clean pictures.
        mixed: (..., b, k) of a mix of each; for several mixes call this for each, and take the
            mean.
        same: (..., b) bool, pairs of one class, which are left out; none are where it is None.
        margin: in logits; 2 for CIFAR, 1 for Tiny-ImageNet as released.
        as_released: multiply the means of mask and hinge, as the released code comes to do.
        reduction: "mean" (over all samples, those that are left out as well), "sum" or "none".

    Returns:
        One number, or (..., b) for "none"; never below 0.

    Raises:
        ValueError: for shapes that do not go together, an unknown reduction, and `as_released` that
            is not reduced by the mean.

    Example:
        >>> import torch
        >>> from mixcore.losses.rank_mixup import margin_ranking
        >>> picture, mix = torch.tensor([[3.0, 0]] * 4), torch.tensor([[4.0], [4], [3], [3]])
        >>> same = torch.tensor([False, False, False, True])
        >>> [float(margin_ranking(picture, mix, same, as_released=how)) for how in (False, True)]
        [2.0, 1.875]
    """
    for name, some in (("mixed", mixed.shape[:-1]), ("same", None if same is None else same.shape)):
        if some is not None and some != logits.shape[:-1]:
            raise ValueError(
                f"{name} must be of the pictures {tuple(logits.shape[:-1])}, got {tuple(some)}."
            )
    hinge = (mixed.amax(-1) - logits.amax(-1) + margin).relu()
    counts = torch.ones_like(hinge) if same is None else (~same).to(hinge)
    if not as_released:
        return reduce_losses(counts * hinge, reduction)
    if reduction != "mean":
        raise ValueError(
            f"As released the loss is a product of two means; reduction must be 'mean', got "
            f"{reduction!r}."
        )
    return counts.mean() * hinge.mean()


def ndcg_loss(
    logits: Tensor, mixed: Tensor, relevance: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """M-NDCG, 1 - NDCG of the confidences in a picture and in q mixes of it.

    Args:
        logits: (b, k) of the clean pictures.
        mixed: (q, b, k) of their mixes.
        relevance: (q, b) in [0, 1], see `find_relevance`.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or (b,) for "none"; in [0, 1).

    Raises:
        ValueError: for shapes that do not go together and an unknown reduction.

    Example:
        >>> import torch
        >>> from mixcore.losses.rank_mixup import ndcg_loss
        >>> even = torch.zeros(1, 2)  # confidence 1/2 of the picture and of its mix
        >>> round(float(ndcg_loss(even, even[None], torch.tensor([[0.5]]))), 4)
        0.3801
    """
    if mixed.shape[1:] != logits.shape or relevance.shape != mixed.shape[:-1]:
        raise ValueError(
            f"For pictures {tuple(logits.shape)} mixes must be (q, b, k) and relevance (q, b), got "
            f"{tuple(mixed.shape)} and {tuple(relevance.shape)}."
        )
    every = torch.cat([logits[None], mixed]).softmax(-1).amax(-1)
    whole = torch.ones_like(relevance[:1])
    return reduce_losses(1 - compute_ndcg(every, torch.cat([whole, relevance])), reduction)


def compute_ndcg(confidence: Tensor, relevance: Tensor) -> Tensor:
    """NDCG of confidences, the first of which is of the clean picture; 1 where the sums agree.

    Args:
        confidence: (1 + q, ...) in (0, 1], first the picture's, then its mixes' in any order.
        relevance: (1 + q, ...) in [0, 1], the first is 1.

    Returns:
        (...) in (0, 1].

    Example:
        >>> import torch
        >>> from mixcore.losses.rank_mixup import compute_ndcg
        >>> relevance = torch.tensor([1, 0.6, 0.9])
        >>> float(compute_ndcg(relevance, relevance))
        1.0
        >>> round(float(compute_ndcg(torch.tensor([1, 0.9, 0.6]), relevance)), 4)  # two exchanged
        0.979
    """
    order = relevance.argsort(dim=0, descending=True, stable=True)
    places = torch.arange(2, len(relevance) + 2, device=confidence.device, dtype=confidence.dtype)
    discount = places.log2().reshape(-1, *[1] * (confidence.ndim - 1))
    dcg = (confidence.gather(0, order) / discount).sum(0)
    ideal = (relevance.to(confidence).gather(0, order) / discount).sum(0)
    return torch.minimum(dcg / ideal, ideal / dcg)


def find_relevance(w_a: Tensor, w_b: Tensor, same: Tensor) -> Tensor:
    """How clear a mix is: what its stronger label is worth, and 1 where both are of one class.

    Args:
        w_a: (...,) what the label of A is worth; w_b that of B.
        w_b: (...,).
        same: (...,) bool, pairs of one class.

    Returns:
        (...,), of w_a's type and at most 1.

    Example:
        >>> import torch
        >>> from mixcore.losses.rank_mixup import find_relevance
        >>> w = torch.tensor([0.25, 0.25])
        >>> find_relevance(w, 1 - w, torch.tensor([False, True]))
        tensor([0.7500, 1.0000])
    """
    return torch.where(same, 1.0, torch.maximum(w_a, w_b)).clamp(max=1)


def count_violations(confidence: Tensor, relevance: Tensor) -> Tensor:
    """Share of pairs of a picture's versions whose confidences are against their relevance.

    Args:
        confidence: (1 + q, ...) of the picture and of its mixes.
        relevance: (1 + q, ...); pairs of equal relevance are not counted.

    Returns:
        (...) float in [0, 1]; 0 where no two differ in relevance.

    Example:
        >>> import torch
        >>> from mixcore.losses.rank_mixup import count_violations
        >>> clear = torch.tensor([1, 0.9, 0.6])
        >>> round(float(count_violations(torch.tensor([0.9, 0.5, 0.7]), clear)), 4)  # one of three
        0.3333
    """
    clearer = relevance[:, None] > relevance[None]
    against = clearer & (confidence[:, None] < confidence[None])
    return against.sum((0, 1)) / clearer.sum((0, 1)).clamp(min=1)
