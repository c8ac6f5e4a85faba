"""Intrusion: mixes that look more like a third class than like the two of their label.

Guo et al., "MixUp as Locally Linear Out-Of-Manifold Regularization" (AAAI 2019), call it manifold
intrusion: a mix of classes a and b lands where real samples of class c are, so that its label is
wrong. Their method learns to avoid it (mixcore.mixers.lam_policy); here it is only counted, without
any training: is the real sample nearest to a mix of a third class? On pixels or on features of
whatever model, exactly, a block of mixes at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

ROOM = 2**22  # distances that are held at once


@dataclass(frozen=True, eq=False)
class Neighbors:
    """The k nearest real samples of m points, the nearest first.

    index (m, k) are their places in the reference, distance (m, k) float64 how far they are.
    """

    index: Tensor
    distance: Tensor


def find_neighbors(
    points: Tensor, reference: Tensor, k: int = 1, *, leave_out: Tensor | None = None
) -> Neighbors:
    """The nearest of a reference by Euclidean distance, from exact differences.

    Args:
        points: (m, ...) pictures or features.
        reference: (n, ...) real samples of the same shape.
        k: how many of them.
        leave_out: (m, j) places in the reference that do not count for a point, such as the
            samples that it was mixed from.

    Returns:
        The neighbors; of those at one distance the first comes first.

    Raises:
        ValueError: for shapes that disagree, numbers that are not finite, and fewer samples than k.

    Example:
        >>> import torch
        >>> from mixcore.intrusion import find_neighbors
        >>> line = torch.tensor([[0.0], [1.0], [5.0]])
        >>> find_neighbors(torch.tensor([[4.0]]), line, 2).index.tolist()
        [[2, 1]]
    """
    flat, known = points.detach().flatten(1), reference.detach().flatten(1)
    left = 0 if leave_out is None else leave_out.shape[1]
    if points.shape[1:] != reference.shape[1:]:
        raise ValueError(
            f"points and reference must be of one shape, got {tuple(points.shape[1:])} and "
            f"{tuple(reference.shape[1:])} a sample."
        )
    if not 1 <= k <= len(known) - left:
        raise ValueError(
            f"k must be from 1 to the {len(known) - left} samples of the reference that count, "
            f"got {k}."
        )
    if leave_out is not None and len(leave_out) != len(flat):
        raise ValueError(f"leave_out must have a row a point, {len(flat)}, got {len(leave_out)}.")
    for name, some in (("points", flat), ("reference", known)):
        if not bool(torch.isfinite(some).all()):
            raise ValueError(f"{name} must be finite, but {name} has NaN or infinity.")
    known = known.double()
    rows = max(1, ROOM // len(known))
    found = []
    for first in range(0, len(flat), rows):
        some = flat[first : first + rows].double()
        far = torch.cdist(some, known, compute_mode="donot_use_mm_for_euclid_dist")
        if leave_out is not None:
            far.scatter_(1, leave_out[first : first + rows].to(far.device), torch.inf)
        # Of those at one distance the first, either way.
        near = far.argmin(1)[:, None] if k == 1 else far.argsort(dim=1, stable=True)[:, :k]
        found.append((near, far.gather(1, near)))
    index, distance = (torch.cat(some) for some in zip(*found, strict=True))
    return Neighbors(index, distance)


@dataclass(frozen=True, eq=False)
class Intrusions:
    """Mixes and the classes that they are nearest to, m of them.

    third (m,) bool is by the nearest alone; share (m,) float64 is that of the k nearest; label (m,)
    is the nearest one's class.
    """

    third: Tensor
    share: Tensor
    label: Tensor
    neighbors: Neighbors

    @property
    def rate(self) -> float:
        """The share of the mixes that are nearest to a third class."""
        return float(self.third.double().mean())


def find_intrusions(
    points: Tensor,
    classes: Tensor,
    reference: Tensor,
    y: Tensor,
    k: int = 1,
    *,
    leave_out: Tensor | None = None,
) -> Intrusions:
    """Mixes whose nearest real sample is of none of the classes that they are mixed from.

    The samples that were mixed are among the reference unless left out, so that a mix must be
    nearer to a stranger than to its own sources.

    Args:
        points: (m, ...) mixes, as pixels or features.
        classes: (m, 2) what each is mixed from.
        reference: (n, ...) real samples.
        y: (n,) their classes.
        k: how many of the nearest the share goes by.
        leave_out: as of find_neighbors.

    Returns:
        The intrusions.

    Raises:
        ValueError: as of find_neighbors, and for labels of other shapes.

    Example:
        >>> import torch
        >>> from mixcore.intrusion import find_intrusions
        >>> blobs, y = torch.tensor([[-1.0], [0.0], [1.0]]), torch.tensor([0, 1, 2])
        >>> mixes = torch.tensor([[-0.9], [0.1], [0.8]])  # of classes 0 and 2
        >>> find_intrusions(mixes, torch.tensor([[0, 2]] * 3), blobs, y).third.tolist()
        [False, True, False]
    """
    if classes.shape != (len(points), 2) or y.shape != (len(reference),):
        raise ValueError(
            f"classes must be ({len(points)}, 2) and y ({len(reference)},), got "
            f"{tuple(classes.shape)} and {tuple(y.shape)}."
        )
    near = find_neighbors(points, reference, k, leave_out=leave_out)
    label = y.to(near.index.device)[near.index]
    own = classes.to(label.device)
    third = (label[:, :, None] != own[:, None]).all(2)
    return Intrusions(third[:, 0], third.double().mean(1), label[:, 0], near)
