"""Decoupled Mixup: a term that scores each class of a mix without the other one beside it.

Under soft labels the two classes of a mix compete in one softmax: whatever raises one lowers the
other, also where the picture shows both. The decoupled term leaves the other class out::

    phi_a = exp z_a / sum over c != b of exp z_c
    term  = -eta_a log phi_a - eta_b log phi_b, eta_a = eta lam^t, eta_b = eta (1 - lam)^t

It is added to the cross-entropy of the soft label. Liu et al., "Harnessing hard mixed samples with
decoupled regularizer", NeurIPS 2023, as released in OpenMixup (`soft_mix_cross_entropy` and
`ClsMixupHead`). With two classes phi is 1 and the term is 0, whatever eta.

Where this differs from the released code:

- Classes go by their numbers and each sample has its own lam; there classes are told apart by the
  values of lam in the first row of a batch, so that the term is left out at lam = .5.
- There the weights come in the order (A, B) but meet the two shares in the order of class numbers
  in that row: about half of the batches give A's weight to B, which with a mode of one side turns
  "less" into "more". Here each weight meets its class.
- Classes are left out by -inf, which keeps shapes and holds in half precision.
"""

from __future__ import annotations

import torch
from torch import Tensor

from mixcore.losses.per_sample import pick_class, reduce_losses

MODES = ("both", "less", "more")
LEAST = 1e-3  # share below which a class is not in the mix, as in the released code


def decoupled_mixup(
    logits: Tensor,
    y_a: Tensor,
    y_b: Tensor,
    lam: Tensor,
    *,
    eta: float = 0.1,
    power: float = 1.0,
    mode: str = "both",
    threshold: float = 0.5,
    reduction: str = "mean",
) -> Tensor:
    """Cross-entropy of a mix's soft label, and the decoupled term.

    Args:
        logits: (..., b, k) of the mixes, k at least 2.
        y_a: (..., b) int64, class of A; y_b the class of B.
        y_b: (..., b) int64.
        lam: (..., b) in [0, 1], what A's label is worth; B's is worth the rest.
        eta: weight of the term; at 0 this is cross-entropy.
        power: t, how fast a class's weight falls with its share; at 0 both weigh alike.
        mode: "both" classes, or one: with "less" A where lam is below the threshold and else B,
            with "more" the other of the two.
        threshold: of lam; at .5 "less" is the class of the smaller share.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or (..., b) for "none"; never below 0.

    Raises:
        ValueError: for shapes that do not go together and an unknown mode or reduction.

    Example:
        >>> import torch
        >>> from mixcore.losses.decoupled_mixup import decoupled_mixup
        >>> a, b, lam = torch.tensor([0]), torch.tensor([1]), torch.tensor([0.5])
        >>> sure_of_a = torch.tensor([[4.0, 0, 0]])
        >>> [round(float(decoupled_mixup(sure_of_a, a, b, lam, eta=eta)), 3) for eta in (0, 1)]
        [2.036, 2.392]
    """
    log_p = logits.log_softmax(-1)
    share = lam.to(log_p)
    loss = -share * pick_class(log_p, y_a) - (1 - share) * pick_class(log_p, y_b)
    return reduce_losses(
        loss
        + decoupled_term(
            logits, y_a, y_b, lam, eta=eta, power=power, mode=mode, threshold=threshold,
            reduction="none",
        ),
        reduction,
    )  # fmt: skip


def decoupled_term(
    logits: Tensor,
    y_a: Tensor,
    y_b: Tensor,
    lam: Tensor,
    *,
    eta: float = 0.1,
    power: float = 1.0,
    mode: str = "both",
    threshold: float = 0.5,
    reduction: str = "mean",
) -> Tensor:
    """The decoupled term alone, 0 for what is no mix of two classes.

    That is a pair of one class, and one of which either share is below a thousandth.

    Args:
        logits: as for `decoupled_mixup`, and so is all else.
        y_a: (..., b).
        y_b: (..., b).
        lam: (..., b).
        eta: weight of the term.
        power: exponent of the shares.
        mode: "both", "less" or "more".
        threshold: of lam, for the modes of one side.
        reduction: "mean", "sum" or "none".

    Returns:
        One number, or (..., b) for "none"; never below 0.

    Raises:
        ValueError: as `decoupled_mixup`.

    Example:
        >>> import torch
        >>> from mixcore.losses.decoupled_mixup import decoupled_term
        >>> a, b, lam = torch.tensor([0]), torch.tensor([1]), torch.tensor([0.5])
        >>> round(float(decoupled_term(torch.zeros(1, 5), a, b, lam)), 4)  # .1 log 4
        0.1386
        >>> float(decoupled_term(torch.zeros(1, 2), a, b, lam))  # of two classes nothing is left
        0.0
    """
    eta_a, eta_b = weigh_sides(lam, eta=eta, power=power, mode=mode, threshold=threshold)
    losses = -(
        eta_a.to(logits) * log_phi(logits, y_a, y_b) + eta_b.to(logits) * log_phi(logits, y_b, y_a)
    )
    mixed = (y_a != y_b) & (torch.minimum(lam, 1 - lam) > LEAST).to(y_a.device)
    return reduce_losses(torch.where(mixed, losses, 0.0), reduction)


def log_phi(logits: Tensor, own: Tensor, other: Tensor) -> Tensor:
    """log phi, the logarithm of a class's probability where the other class is left out.

    Args:
        logits: (..., b, k), k at least 2.
        own: (..., b) int64, the class that is scored.
        other: (..., b) int64, the class that is left out, a different one.

    Returns:
        (..., b), at most 0 and at least the class's log-probability among all.

    Raises:
        ValueError: for shapes that do not go together.

    Example:
        >>> import torch
        >>> from mixcore.losses.decoupled_mixup import log_phi
        >>> own, other = torch.tensor([0]), torch.tensor([1])
        >>> log_phi(torch.tensor([[0.0, 9.0, 0.0]]), own, other).exp()  # whatever the other has
        tensor([0.5000])
    """
    if logits.ndim < 2 or logits.shape[-1] < 2:
        raise ValueError(
            "Decoupled Mixup needs logits (..., b, k) of at least two classes, got "
            f"{tuple(logits.shape)}."
        )
    for name, y in (("own", own), ("other", other)):
        if y.shape != logits.shape[:-1]:
            raise ValueError(
                f"The class {name!r} must be (..., b) as the logits {tuple(logits.shape)}, got "
                f"{tuple(y.shape)}."
            )
    left = logits.scatter(-1, other[..., None], -torch.inf)
    return pick_class(logits, own) - left.logsumexp(-1)


def weigh_sides(
    lam: Tensor,
    *,
    eta: float = 0.1,
    power: float = 1.0,
    mode: str = "both",
    threshold: float = 0.5,
) -> tuple[Tensor, Tensor]:
    """eta_a and eta_b: how much the term of each class counts.

    Args:
        lam: (..., b) in [0, 1], A's share.
        eta: weight of the term.
        power: exponent of the shares.
        mode: "both", "less" or "more", see `decoupled_mixup`.
        threshold: of lam, for the modes of one side.

    Returns:
        Both (..., b), not below 0.

    Raises:
        ValueError: for an unknown mode.

    Example:
        >>> import torch
        >>> from mixcore.losses.decoupled_mixup import weigh_sides
        >>> weigh_sides(torch.tensor([0.2, 0.7]), eta=1.0, mode="less")
        (tensor([0.2000, 0.0000]), tensor([0.0000, 0.3000]))
    """
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(map(repr, MODES))}, got {mode!r}.")
    eta_a, eta_b = eta * lam**power, eta * (1 - lam) ** power
    if mode == "both":
        return eta_a, eta_b
    a = (lam < threshold) == (mode == "less")
    return eta_a * a, eta_b * ~a
