"""Losses for complementary labels: each sample comes with a class that it is not.

ybar is that class, s the softmax of the logits, K the number of classes, and Q the transition
matrix, Q[y, ybar] = P(ybar | y), whose diagonal is 0. Where no Q is given all wrong classes are
equally likely. Every loss takes logits (..., b, k) with ybar (..., b), so that networks of many
seeds can be trained at once, and is reduced as in torch: "none" gives a number a sample, "mean"
and "sum" one number for all.

A complementary label of a mix is two labels with weights, "not ybar_a" and "not ybar_b", and never
a soft target: losses must be mixed, as `mixed_complementary` does. Only so is each loss linear in
the label; a loss of the mixed one-hot vectors is another function for all but `ure`.

The released code that is compared with is libcll's. Where it adds 1e-6 under a logarithm, these go
by the logarithms of sums, which are exact and keep their slope where s rounds to 1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from mixcore.losses.per_sample import pick_class, reduce_losses

if TYPE_CHECKING:
    from mixcore.plan import Plan

FORMS: dict[str, Callable[[Tensor], Tensor]] = {  # of the logarithm of P, see `mcl`
    "mae": lambda log_p: 1 - log_p.exp(),
    "exp": lambda log_p: (-log_p.exp()).exp(),
    "log": lambda log_p: -log_p,
}
CORRECTIONS = ("none", "nn", "ga")

ComplementaryLoss = Callable[..., Tensor]


def scl_nl(logits: Tensor, ybar: Tensor, *, reduction: str = "mean") -> Tensor:
    """Surrogate complementary loss, negative learning: -log(1 - s_ybar).

    Chou et al., "Unbiased risk estimators can mislead", ICML 2020; the loss is Kim et al.'s (2019).
    It is 0 where s_ybar is 0. libcll has -log(1 - s_ybar + 1e-6), which ends at 13.8 and loses its
    slope there; this one goes on.

    Args:
        logits: (..., b, k), k at least 2.
        ybar: (..., b) int64, the class that each sample is not.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or (..., b) for "none"; never below 0.

    Raises:
        ValueError: for shapes that do not go together and an unknown reduction.

    Example:
        >>> import torch
        >>> from mixcore.losses.complementary import scl_nl
        >>> round(float(scl_nl(torch.zeros(1, 4), torch.tensor([2]))), 4)  # -log(3 / 4)
        0.2877
    """
    _check_labels(logits, ybar)
    others = logits.scatter(-1, ybar[..., None], -torch.inf)
    return reduce_losses(logits.logsumexp(-1) - others.logsumexp(-1), reduction)


def scl_exp(logits: Tensor, ybar: Tensor, *, reduction: str = "mean") -> Tensor:
    """Surrogate complementary loss, exponential: exp(s_ybar).

    Chou et al., "Unbiased risk estimators can mislead", ICML 2020; libcll has the same. It runs
    from 1, where s_ybar is 0, to e.

    Args:
        logits: (..., b, k), k at least 2.
        ybar: (..., b) int64, the class that each sample is not.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or (..., b) for "none"; from 1 to e.

    Raises:
        ValueError: for shapes that do not go together and an unknown reduction.

    Example:
        >>> import torch
        >>> from mixcore.losses.complementary import scl_exp
        >>> round(float(scl_exp(torch.zeros(1, 4), torch.tensor([2]))), 4)  # exp(1 / 4)
        1.284
    """
    _check_labels(logits, ybar)
    return reduce_losses(pick_class(logits.softmax(-1), ybar).exp(), reduction)


def fwd(
    logits: Tensor, ybar: Tensor, transition: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """Forward correction: -log (s Q)_ybar, the likelihood of the complementary label itself.

    Yu et al., "Learning with biased complementary labels", ECCV 2018. With all wrong classes
    equally likely it is `scl_nl` + log(k - 1), so that both have the same slopes. libcll adds 1e-6
    to s Q.

    Args:
        logits: (..., b, k), k at least 2.
        ybar: (..., b) int64, the class that each sample is not.
        transition: Q (k, k), rows of which sum to 1; all wrong classes alike where it is None.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or (..., b) for "none"; never below 0.

    Raises:
        ValueError: for shapes that do not go together, a transition that is none or by which some
            class is never a complementary label, and an unknown reduction.

    Example:
        >>> import torch
        >>> from mixcore.losses.complementary import fwd
        >>> round(float(fwd(torch.zeros(1, 4), torch.tensor([2]))), 4)  # -log(1 / 4)
        1.3863
    """
    _check_labels(logits, ybar)
    log_q = _find_transition(logits, transition).log()
    losses = -(logits.log_softmax(-1) + log_q.T[ybar]).logsumexp(-1)
    return reduce_losses(losses, reduction)


def dm(logits: Tensor, ybar: Tensor, *, reduction: str = "mean") -> Tensor:
    """Discriminative loss with weights: -log q_ybar (1 + p_ybar / (k - 1)).

    Here p = 1 - s and q = softmax(p). Gao and Zhang, "Discriminative complementary-label learning
    with weighted loss", ICML 2021. The second softmax, of p, is meant: it models how likely each
    class is the complementary one. Since p lies in [0, 1], q never comes near 0 and libcll's 1e-6
    is not needed. Gradients flow through the weight, as there.

    Args:
        logits: (..., b, k), k at least 2.
        ybar: (..., b) int64, the class that each sample is not.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or (..., b) for "none"; above 0.

    Raises:
        ValueError: for shapes that do not go together and an unknown reduction.

    Example:
        >>> import torch
        >>> from mixcore.losses.complementary import dm
        >>> round(float(dm(torch.zeros(1, 4), torch.tensor([2]))), 4)  # log(4) * (1 + 1 / 4)
        1.7329
    """
    _check_labels(logits, ybar)
    p = 1 - logits.softmax(-1)
    log_q = p.log_softmax(-1)
    weight = 1 + pick_class(p, ybar) / (logits.shape[-1] - 1)
    return reduce_losses(-pick_class(log_q, ybar) * weight, reduction)


def ure(
    logits: Tensor,
    ybar: Tensor,
    transition: Tensor | None = None,
    *,
    correction: str = "none",
    reduction: str = "mean",
) -> Tensor:
    """Unbiased risk estimator: on average over ybar it is the cross-entropy of the true label.

    Ishida et al., "Complementary-label learning for arbitrary losses and models", ICML 2019,
    theorem 1 (here with cross-entropy): sum_k Q^-1[ybar, k] (-log s_k), which for labels that are
    all alike likely is sum_k (-log s_k) - (k - 1) (-log s_ybar). It has no lower bound, so a
    network can drive it to minus infinity; `correction` is the paper's cure, see `correct_risks`.
    Class priors are those of the batch.

    Args:
        logits: (..., b, k), k at least 2.
        ybar: (..., b) int64, the class that each sample is not.
        transition: Q (k, k), rows of which sum to 1; all wrong classes alike where it is None.
        correction: "none", or "nn" and "ga" for the risks of the true classes over the batch.
        reduction: "mean", "sum" or "none"; "nn" and "ga" are about a whole batch, so that they
            know the mean only, (...) for logits (..., b, k).

    Returns:
        One number, or (..., b) for "none"; it may be negative without a correction.

    Raises:
        ValueError: for shapes that do not go together, a transition that cannot be inverted, an
            unknown correction or reduction, and a correction that is not reduced by the mean.

    Example:
        >>> import torch
        >>> from mixcore.losses.complementary import ure
        >>> logits, y = torch.tensor([[1.0, 0.0, -1.0]]), torch.tensor([0])
        >>> each = [float(ure(logits, torch.tensor([ybar]))) for ybar in (1, 2)]
        >>> round(sum(each) / 2, 4), round(float(torch.nn.functional.cross_entropy(logits, y)), 4)
        (0.4076, 0.4076)
    """
    if correction == "none":
        return reduce_losses(
            ure_risks(logits, ybar, transition, reduction="none").sum(-1), reduction
        )
    if reduction != "mean":
        raise ValueError(
            f"ure with correction {correction!r} is about the whole batch; reduction must be "
            f"'mean', got {reduction!r}."
        )
    return correct_risks(ure_risks(logits, ybar, transition), correction)


def ure_risks(
    logits: Tensor, ybar: Tensor, transition: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """Estimated risks of the true classes: the mean over a batch of Q^-1[ybar, k] (-log s_k).

    They estimate P(y = k) E[-log s_k | y = k], which is never negative, though the estimate may be;
    their sum over k is `ure` without a correction. What each sample adds ("none") is linear in the
    label, so that of a mix is mixed before it is corrected::

        terms = mixed_complementary(ure_risks, logits, ybar, plan, reduction="none")
        loss = correct_risks(terms.mean(0), "nn")

    Args:
        logits: (..., b, k), k at least 2.
        ybar: (..., b) int64, the class that each sample is not.
        transition: Q (k, k), rows of which sum to 1; all wrong classes alike where it is None.
        reduction: "mean" or "sum" over the batch, or "none".

    Returns:
        (..., k), or (..., b, k) for "none"; of either sign.

    Raises:
        ValueError: for shapes that do not go together, a transition that cannot be inverted, and an
            unknown reduction.

    Example:
        >>> import torch
        >>> from mixcore.losses.complementary import ure_risks
        >>> ure_risks(torch.zeros(1, 3), torch.tensor([2])) / torch.log(torch.tensor(3))
        tensor([ 1.,  1., -1.])
    """
    _check_labels(logits, ybar)
    inverse, fault = torch.linalg.inv_ex(_find_transition(logits, transition).double())
    if int(fault):
        raise ValueError("ure needs a transition that can be inverted, and this one is singular.")
    return reduce_losses(-inverse.to(logits)[ybar] * logits.log_softmax(-1), reduction, dim=-2)


def correct_risks(risks: Tensor, correction: str) -> Tensor:
    """One number of class risks (..., k), some of which may be estimated below 0.

    "nn" leaves out what is negative, the maximum with 0 of Ishida et al. 2019. "ga" is their
    algorithm 1 with beta 0 and gamma 1: as long as some risk is negative, the slope of the
    negative ones is climbed and the rest waits. Risks are those of the true classes, as in the
    paper's own code; libcll groups by complementary class before it clamps, where 0 is no bound.

    Args:
        risks: (..., k), of `ure_risks`.
        correction: "none", "nn" or "ga".

    Returns:
        (...), a number to be minimized; not below 0 but for "none".

    Raises:
        ValueError: for an unknown correction.

    Example:
        >>> import torch
        >>> from mixcore.losses.complementary import correct_risks
        >>> risks = torch.tensor([2.0, -0.5])
        >>> [float(correct_risks(risks, how)) for how in ("none", "nn", "ga")]
        [1.5, 2.0, 0.5]
    """
    if correction not in CORRECTIONS:
        known = ", ".join(map(repr, CORRECTIONS))
        raise ValueError(f"correction must be one of {known}, got {correction!r}.")
    if correction == "none":
        return risks.sum(-1)
    if correction == "nn":
        return risks.clamp(min=0).sum(-1)
    negative = (risks < 0).any(-1)
    return torch.where(negative, -risks.clamp(max=0).sum(-1), risks.sum(-1))


def mcl(logits: Tensor, excluded: Tensor, *, form: str = "log", reduction: str = "mean") -> Tensor:
    """Several complementary labels a sample: (2k - 2) / |excluded| times a loss of P.

    Feng et al., "Learning with multiple complementary labels", ICML 2020. P is the probability of
    all classes that are not excluded, and the loss is 1 - P ("mae"), exp(-P) ("exp") or -log P
    ("log"). libcll sums over the batch, which is reduction="sum" here.

    Args:
        logits: (..., b, k), k at least 2.
        excluded: (..., b, k) bool, the classes that each sample is not: at least one, not all.
        form: "mae", "exp" or "log".
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or (..., b) for "none"; never below 0.

    Raises:
        ValueError: for shapes that do not go together, rows that exclude no class or all, and an
            unknown form or reduction.

    Example:
        >>> import torch
        >>> from mixcore.losses.complementary import mcl
        >>> excluded = torch.tensor([[True, True, False, False]])
        >>> round(float(mcl(torch.zeros(1, 4), excluded, form="mae")), 4)  # 6 / 2 * (1 - 1 / 2)
        1.5
    """
    if form not in FORMS:
        raise ValueError(f"form must be one of {', '.join(map(repr, FORMS))}, got {form!r}.")
    if excluded.shape != logits.shape or excluded.dtype != torch.bool:
        raise ValueError(
            f"excluded must be bool of the logits' shape {tuple(logits.shape)}, got "
            f"{excluded.dtype} of {tuple(excluded.shape)}."
        )
    count = excluded.sum(-1)
    if bool(((count < 1) | (count >= logits.shape[-1])).any()):
        raise ValueError("excluded must name at least one class of each sample, and not all.")
    rest = logits.masked_fill(excluded, -torch.inf).logsumexp(-1)
    log_p = rest - logits.logsumexp(-1)
    return reduce_losses((2 * logits.shape[-1] - 2) / count * FORMS[form](log_p), reduction)


def mixed_complementary(
    loss: ComplementaryLoss, logits: Tensor, ybar: Tensor, plan: Plan, *, reduction: str = "mean"
) -> Tensor:
    """The loss of a mix: w_a loss(ybar) + w_b loss(ybar of the partner), a mean over the batch.

    With mixup's plan this is the objective of Intra-Cluster Mixup (Mai and Lin 2025), whose
    partners come from `mixcore.pair.pair_in_clusters`.

    Args:
        loss: one of this module, or any that takes (logits, ybar) and reduction="none".
        logits: (b, k) of the mixed samples.
        ybar: what each sample of the batch is not, before it was mixed: (b,), or (b, k) for `mcl`.
        plan: index, w_a and w_b of the mixes.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or for "none" what the loss gives, (b,) or (b, k).

    Raises:
        ValueError: where the loss does, and for an unknown reduction.

    Example:
        >>> import mixcore, torch
        >>> from mixcore.losses.complementary import mixed_complementary, scl_nl
        >>> x, ybar = torch.rand(4, 3, 8, 8), torch.tensor([0, 1, 2, 0])
        >>> plan = mixcore.method("mixup").plan(mixcore.Batch(x), rng=0)
        >>> net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(192, 3))
        >>> mixed_complementary(scl_nl, net(plan.apply(x)), ybar, plan).shape
        torch.Size([])
    """
    partners = ybar[plan.index.to(ybar.device)]
    return weigh_complementary(
        loss, logits, (ybar, partners), (plan.w_a, plan.w_b), reduction=reduction
    )


def weigh_complementary(
    loss: ComplementaryLoss,
    logits: Tensor,
    labels: tuple[Tensor, Tensor],
    weights: tuple[Tensor, Tensor],
    *,
    reduction: str = "mean",
) -> Tensor:
    """The same for what is no Plan, as partners from outside the batch: w_a loss_a + w_b loss_b.

    Args:
        loss: as for `mixed_complementary`.
        logits: (..., b, k) of the mixed samples.
        labels: what A and what B are not, (..., b) each.
        weights: what the label of A and that of B are worth, (..., b) each.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or (..., b) for "none"; (..., b, k) where the loss gives that.

    Raises:
        ValueError: where the loss does, and for an unknown reduction.

    Example:
        >>> import torch
        >>> from mixcore.losses.complementary import scl_nl, weigh_complementary
        >>> not_a, not_b, lam = torch.tensor([0]), torch.tensor([3]), torch.tensor([0.7])
        >>> value = weigh_complementary(
        ...     scl_nl, torch.zeros(1, 4), (not_a, not_b), (lam, 1 - lam)
        ... )
        >>> round(float(value), 4)  # .7 of -log(3 / 4) and .3 of the same
        0.2877
    """
    total = torch.zeros((), dtype=logits.dtype, device=logits.device)
    for ybar, weight in zip(labels, weights, strict=True):
        losses = loss(logits, ybar, reduction="none")
        weight = weight.to(losses)
        total = total + (weight[..., None] if losses.ndim > weight.ndim else weight) * losses
    return reduce_losses(total, reduction)


LOSSES = {"SCL-NL": scl_nl, "SCL-EXP": scl_exp, "FWD": fwd, "DM": dm, "URE": ure}


def _check_labels(logits: Tensor, ybar: Tensor) -> None:
    if logits.ndim < 2 or logits.shape[-1] < 2 or ybar.shape != logits.shape[:-1]:
        raise ValueError(
            "Complementary losses need logits (..., b, k) of at least two classes and ybar "
            f"(..., b), got logits {tuple(logits.shape)} and ybar {tuple(ybar.shape)}."
        )


def _find_transition(logits: Tensor, transition: Tensor | None) -> Tensor:
    """Q (k, k) in the dtype and on the device of the logits, checked."""
    k = logits.shape[-1]
    if transition is None:
        return (1 - torch.eye(k, dtype=logits.dtype, device=logits.device)) / (k - 1)
    if transition.shape != (k, k):
        raise ValueError(f"transition must have shape ({k}, {k}), got {tuple(transition.shape)}.")
    rows, columns = transition.sum(1), transition.sum(0)
    if bool((transition < 0).any()) or not torch.allclose(rows, torch.ones_like(rows), atol=1e-4):
        raise ValueError(
            "transition must hold P(ybar | y): no entry below 0, and rows that sum to 1."
        )
    if not bool((columns > 0).all()):
        raise ValueError("By this transition some class is never a complementary label.")
    return transition.to(logits)
